# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights that an engine holds, as torch's tensors, without a copy.

    import weightroom
    weights = weightroom.load("sd_xl_base-3f9c21d08a7be614")

or, in a script that loads files, instead of `from safetensors.torch import load_file`:

    from weightroom.torch import load_file

Tensors on a host device can be written: this process then has a copy of the pages that it has changed, and nobody else
sees it. On a GPU all programs have the very same memory: clone() what is to be changed.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union

import torch

from ._client import Client
from ._cuda import device_numbers, driver
from ._lease import Lease, LeasedTensor, attach
from ._pipelines import component_ids_by_folder
from .errors import CallTimeoutError, RequestError, WeightroomError

if TYPE_CHECKING:
    from ._call import OnProgress

__all__ = ["dtype_of", "load", "load_file", "tensors_of"]

_log = logging.getLogger("weightroom")

_LONGEST_WAIT_SECONDS = 1.0

_DTYPES = {
    "bool": "bool",
    "u8": "uint8",
    "i8": "int8",
    "u16": "uint16",
    "i16": "int16",
    "u32": "uint32",
    "i32": "int32",
    "u64": "uint64",
    "i64": "int64",
    "fp16": "float16",
    "bf16": "bfloat16",
    "fp32": "float32",
    "fp64": "float64",
    "c64": "complex64",
    "fp8_e4m3": "float8_e4m3fn",
    "fp8_e5m2": "float8_e5m2",
    "fp8_e4m3fnuz": "float8_e4m3fnuz",
    "fp8_e5m2fnuz": "float8_e5m2fnuz",
    "fp8_e8m0": "float8_e8m0fnu",
}


@lru_cache(maxsize=None)
def dtype_of(name: str) -> Optional[torch.dtype]:
    """Return torch's type for the engine's word; None for a type that torch has not: GGUF's blocks, 4 and 6 bits."""
    found = getattr(torch, _DTYPES.get(name, ""), None)
    return found if isinstance(found, torch.dtype) else None


def load(
    model: Union[str, os.PathLike[str]],
    component: Union[str, Iterable[str], None] = None,
    device: Union[str, torch.device, None] = None,
    *,
    client: Optional[Client] = None,
    on_progress: Optional[OnProgress] = None,
    timeout: Optional[float] = None,
    as_stored: bool = False,
    raw: bool = False,
) -> dict[str, torch.Tensor]:
    """Return the weights of a model by their names in its file; the engine loads it first where it has to.

    The parts of a diffusers pipeline have files of their own, and may have tensors of the same names: load a file of it,
    or a component; or all together, by weightroom.diffusers.

    `model` is an id, a file or the folder of a pipeline that is in the engine's library. `component` names one or
    several (`client.model.get_model_components` lists them). `device` is the engine's ("GPU_0", "HOST_0") or torch's
    ("cuda:0", "cpu"); None: where the model is, else the engine's first. `client`: None for one that all calls share.
    `as_stored`: weights must be of the types that the file has; else the engine may hold them converted, as its settings
    say. `raw`: tensors of types that torch has not come as bytes, flat, instead of an error.

    Memory is used as long as any of the tensors (or a view of one) lives, and given back by itself then.

    Raises NotRunningError without an engine, EngineError for what it refuses (no such model, not enough memory),
    WeightroomError for a type that torch has not, and for converted weights where they are wanted as they are stored.
    """
    used = client if client is not None else _shared_client()
    model_id, prefix = _found(used, model)
    if component is None and prefix:
        component = component_ids_by_folder(used, model_id)[prefix.rstrip("/")]
    lease = lease_on(
        used, model_id, component, device, as_stored=as_stored, on_progress=on_progress, timeout=timeout
    )
    return tensors_of(lease, raw=raw)


def lease_on(
    client: Client,
    model_id: str,
    component: Union[str, Iterable[str], None],
    device: Union[str, torch.device, None],
    *,
    as_stored: bool = False,
    on_progress: Optional[OnProgress] = None,
    timeout: Optional[float] = None,
) -> Lease:
    """Attach to a model, which is loaded first where it is not. For this package: load() is the entry."""
    if component is None:
        # Named one by one: "all" would be all that somebody has loaded.
        component = [row["component_id"] for row in client.model.get_model(model_id=model_id)["components"]]
    wish: dict[str, Any] = {"model_id": model_id}
    wish["component_ids"] = [component] if isinstance(component, str) else list(component)
    if device is not None:
        wish["device_id"] = _engine_device(client, device)
    lease = _attached(client, wish, {"precision": "as_stored"} if as_stored else {}, on_progress, timeout)
    if as_stored and lease.is_converted:
        raise WeightroomError(
            f"the engine holds {model_id} in another precision than its file has: unload it there, or take what it holds"
            " (as_stored=False)"
        )
    return lease


def load_file(
    filename: Union[str, os.PathLike[str]], device: Union[str, int, torch.device] = "cpu"
) -> dict[str, torch.Tensor]:
    """Return the weights of a file, as safetensors.torch.load_file() does, from the engine where there is one.

    Without an engine, and for a file that is not in its library or that it cannot load, safetensors itself reads it; the
    log ("weightroom") says why. Weights come as the file has them, also where the engine holds them converted.
    """
    wanted = torch.device("cuda", device) if isinstance(device, int) else torch.device(device)
    try:
        return load(_absolute(filename), device=wanted, as_stored=True)
    except WeightroomError as error:
        _log.info("%s is read by safetensors: %s", os.fspath(filename), error)
    from safetensors.torch import load_file as read_file

    return dict(read_file(filename, device=device if isinstance(device, (int, str)) else str(device)))


def tensors_of(lease: Lease, *, raw: bool = False) -> dict[str, torch.Tensor]:
    """Return views of the memory of a lease. Raises WeightroomError for a type that torch has not, unless `raw`.

    So it does when two components, of different folders of a pipeline, have tensors of the same name.
    """
    views = views_of(lease, raw=raw)
    found = {tensor.name: view for tensor, view in zip(lease.tensors, views)}
    if len(found) != len(views):
        raise WeightroomError(
            f"components of {lease.model_id} have tensors of the same names: load one of them, or a file"
            f" ({', '.join(lease.component_ids)})"
        )
    return found


def views_of(lease: Lease, *, raw: bool = False) -> list[torch.Tensor]:
    """Return the tensors of a lease in its order; as tensors_of()."""
    if not raw:
        _refuse_unknown(lease.tensors)
    place = torch.device("cpu") if lease.cuda_device is None else torch.device("cuda", lease.cuda_device)
    bases = [torch.as_tensor(memory, device=place) for memory in lease.memory] if lease.is_on_gpu else []
    return [_view(tensor, lease.memory, bases, place) for tensor in lease.tensors]


def _view(tensor: LeasedTensor, memory: list[Any], bases: list[torch.Tensor], place: torch.device) -> torch.Tensor:
    dtype = dtype_of(tensor.dtype)
    stored = torch.uint8 if dtype is None else dtype
    if tensor.slab is None:
        return torch.empty(tensor.shape, dtype=stored, device=place)
    if bases:
        flat = bases[tensor.slab].narrow(0, tensor.offset, tensor.size).view(stored)
    else:
        # Each tensor has a storage of its own: saving one does not save all of the slab.
        count = tensor.size // stored.itemsize
        flat = torch.frombuffer(memory[tensor.slab], dtype=stored, count=count, offset=tensor.offset)
    return flat if dtype is None or len(tensor.shape) == 1 else flat.view(tensor.shape)


def _refuse_unknown(tensors: Iterable[LeasedTensor]) -> None:
    for tensor in tensors:
        if dtype_of(tensor.dtype) is None:
            raise WeightroomError(
                f"tensor '{tensor.name}' is of type {tensor.dtype}, which torch has not: load the model with a"
                " precision (model.post_model_load), or take the bytes (raw=True)"
            )


def _engine_device(client: Client, device: Union[str, torch.device]) -> str:
    """Return the engine's name of a device."""
    if isinstance(device, str) and device.startswith(("GPU_", "HOST_")):
        return device
    wanted = torch.device(device)
    if wanted.type not in ("cpu", "cuda"):
        raise WeightroomError(f"the engine has no device for torch's '{wanted}'")
    uuid = _uuid_of(wanted) if wanted.type == "cuda" else None
    for row in client.model.get_model_status()["devices"]:
        if row["uuid"] == uuid:
            return str(row["device_id"])
    if uuid is not None:
        raise WeightroomError(f"the engine does not use torch's '{wanted}' ({uuid})")
    raise WeightroomError("the engine has no host device: give it one in the settings (host_device_bytes)")


def _uuid_of(device: torch.device) -> str:
    """Return the UUID of a GPU as the engine writes it, in whatever order this process sees them."""
    current: int = torch.cuda.current_device() if torch.cuda.is_initialized() else 0  # type: ignore[no-untyped-call]
    number = current if device.index is None else device.index
    for uuid, known in device_numbers(driver()).items():
        if known == number:
            return uuid
    raise WeightroomError(f"this process sees no GPU '{device}'")


def _attached(
    client: Client,
    wish: dict[str, Any],
    for_load: dict[str, Any],
    on_progress: Optional[OnProgress],
    timeout: Optional[float],
) -> Lease:
    """Attach, load before that where it has to be, and wait for others who are just loading the same."""
    deadline = None if timeout is None else time.monotonic() + timeout
    lease = _attached_if_loaded(client, wish) or _loaded_and_attached(client, wish, for_load, on_progress, deadline)
    if lease is not None:
        return lease
    with client.events("jobs") as jobs:
        while True:
            lease = _attached_if_loaded(client, wish) or _loaded_and_attached(
                client, wish, for_load, on_progress, deadline
            )
            if lease is not None:
                return lease
            left = _seconds_until(deadline)
            if left == 0.0:
                raise CallTimeoutError(f"{wish['model_id']}: another job was at work on it for too long")
            # Idle work of the engine may be at work on it, which is no job that is told of.
            jobs.get(_LONGEST_WAIT_SECONDS if left is None else min(left, _LONGEST_WAIT_SECONDS))


def _attached_if_loaded(client: Client, wish: dict[str, Any]) -> Optional[Lease]:
    try:
        return attach(client, **wish)
    except RequestError as error:
        if error.code != "not_loaded":
            raise
        return None


def _loaded_and_attached(
    client: Client,
    wish: dict[str, Any],
    for_load: dict[str, Any],
    on_progress: Optional[OnProgress],
    deadline: Optional[float],
) -> Optional[Lease]:
    """Load and attach; None while another job is at work on the model, and where somebody has unloaded it meanwhile."""
    left = _seconds_until(deadline)
    try:
        client.call("model.post_model_load", on_progress=on_progress, timeout=left, **wish, **for_load)
    except RequestError as error:
        if error.code != "busy":
            raise
        return None
    return _attached_if_loaded(client, wish)


def _seconds_until(deadline: Optional[float]) -> Optional[float]:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _found(client: Client, model: Union[str, os.PathLike[str]]) -> tuple[str, str]:
    """Return the id of a model, and of a file of a pipeline its folder: "unet/"; mostly nothing."""
    if isinstance(model, str) and os.sep not in model and not os.path.exists(model):
        return model, ""
    answer = client.model.get_model_of_file(path=_absolute(model))
    if not answer["is_complete"]:
        raise WeightroomError(f"{os.fspath(model)} is one of several shards: load the whole model")
    return answer["model_id"], answer["name_prefix"]


def _absolute(path: Union[str, os.PathLike[str]]) -> Path:
    return Path(os.path.abspath(path))


class _Shared:
    """The client that calls without one use; one for each process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._client: Optional[Client] = None
        self._process = 0

    def get(self) -> Client:
        with self._lock:
            if self._client is None or self._process != os.getpid() or self._client.is_lost:
                self._client = Client()
                self._process = os.getpid()
            return self._client


_shared = _Shared()


def _shared_client() -> Client:
    return _shared.get()
