# SPDX-License-Identifier: GPL-3.0-or-later
"""A lease: weights in the memory of an engine, mapped into this process.

    engine:       slab | tensor | tensor | … |        memfd, or CUDA memory
                    │        one descriptor a slab, by the socket
    this process: mapping ─▶ views, no bytes are copied

The lease is returned when the last view of its memory is gone. Until then the engine neither moves nor frees it.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional, Union

from ._cuda import CudaMemory, number_of
from ._host_memory import map_slab
from .errors import WeightroomError

if TYPE_CHECKING:
    import mmap

    from ._client import Client
    from ._descriptors import Descriptor

_MOST_AT_ONCE = 16  # descriptors with one answer

Memory = Union["mmap.mmap", CudaMemory]


@dataclass(frozen=True)
class LeasedTensor:
    """Where a tensor lies."""

    component_id: str
    name: str  # as its file has it
    dtype: str  # the engine's word: "fp16", "bf16", "q4_k"
    shape: tuple[int, ...]
    slab: Optional[int]  # its place in Lease.memory; None for a tensor without elements
    offset: int  # in bytes
    size: int  # in bytes


class Lease:
    """A lease of this client, with its memory.

    `memory` are the slabs: writable buffers on a host device (what is written is copied first, and stays in this
    process), CudaMemory on a GPU (where writing changes what all others have). They keep the lease; this object does
    too.
    """

    def __init__(self, client: Client, document: Mapping[str, Any]) -> None:
        """Take over a lease that the engine has granted, and map its memory. Raises EngineError and WeightroomError."""
        self.lease_id: int = document["lease_id"]
        self.model_id: str = document["model_id"]
        self.device_id: str = document["device_id"]
        self.component_ids: list[str] = list(document["component_ids"])
        self.size: int = document["size_bytes"]
        self.is_converted: bool = document["is_converted"]  # any of it is in another type than its file has
        keeper = _Keeper(client, self.lease_id)
        _keep(keeper, self)
        table = client.call("sharing.get_lease_tensors", lease_id=self.lease_id)
        self.tensors: list[LeasedTensor] = [_tensor_from(row) for row in table["tensors"]]
        # What torch calls "cuda:N"; None for memory in RAM.
        self.cuda_device: Optional[int] = number_of(table["device_uuid"]) if self.is_on_gpu else None
        sizes = [row["size_bytes"] for row in table["slabs"]]
        self.memory: list[Memory] = []
        for first in range(0, len(sizes), _MOST_AT_ONCE):
            part = sizes[first : first + _MOST_AT_ONCE]
            for descriptor, size in zip(client.take_slabs(self.lease_id, first, len(part)), part):
                self.memory.append(_mapped(self.cuda_device, descriptor, size))
                _keep(keeper, self.memory[-1])

    @property
    def is_on_gpu(self) -> bool:
        """Whether its memory is a GPU's."""
        return is_gpu(self.device_id)


class _Keeper:
    """Returns a lease when nobody holds it any more. Its client stays connected as long: with it the lease would end."""

    def __init__(self, client: Client, lease_id: int) -> None:
        self._client = client
        self._lease_id = lease_id
        client.keep_lease(lease_id)
        self._numbers = itertools.count()
        self._holders: set[int] = set()

    def hold(self) -> int:
        number = next(self._numbers)
        self._holders.add(number)
        return number

    def release(self, number: int) -> None:
        self._holders.discard(number)
        if not self._holders:
            self._client.return_lease(self._lease_id)


def is_gpu(device_id: str) -> bool:
    """Whether a device of the engine is a GPU."""
    return device_id.startswith("GPU_")


def attach(
    client: Client,
    *,
    model_id: str,
    device_id: Optional[str] = None,
    component_ids: Optional[Iterable[str]] = None,
) -> Lease:
    """Get a lease on what is loaded. Raises RequestError ("not_loaded" among others), and what Lease() raises."""
    fields: dict[str, Any] = {"model_id": model_id}
    if device_id is not None:
        fields["device_id"] = device_id
    if component_ids is not None:
        fields["component_ids"] = list(component_ids)
    return Lease(client, client.call("model.post_model_attach", **fields))


def _mapped(cuda_device: Optional[int], descriptor: Descriptor, size: int) -> Memory:
    try:
        if cuda_device is None:
            return map_slab(descriptor, size)
        return CudaMemory(descriptor.fileno(), size, cuda_device)
    except OSError as error:
        raise WeightroomError(f"the memory of a lease cannot be mapped: {error}") from error
    finally:
        descriptor.close()


def _keep(keeper: _Keeper, holder: object) -> None:
    # At the end of the program the connection ends, and all leases with it.
    weakref.finalize(holder, keeper.release, keeper.hold()).atexit = False


def _tensor_from(row: Mapping[str, Any]) -> LeasedTensor:
    return LeasedTensor(
        component_id=row["component_id"],
        name=row["name"],
        dtype=row["dtype"],
        shape=tuple(row["shape"]),
        slab=row["slab"],
        offset=row["offset_bytes"],
        size=row["size_bytes"],
    )
