# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that are made without memory for their parameters, and then hold tensors that exist already.

    configuration ─▶ model, parameters without memory ─▶ each parameter is replaced by a tensor of the engine
                     buffers real, as its code makes them

Two libraries, two ways. diffusers' names of parameters are those of its files: its model is made on the meta device and
takes the tensors by load_state_dict(assign=True). transformers renames on loading, from the names that files have had
over the years, and ties parameters: its own from_pretrained() does that, with stand-ins for the tensors, by which it is
seen afterwards which tensor belongs where. So nothing depends on which device they are on.
"""

from __future__ import annotations

import importlib
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional

import torch

from .errors import WeightroomError

_MOST_NAMED = 5  # names in a message

# Guards what parameters_without_memory() changes for all threads: one at a time.
_making = threading.RLock()

Weights = dict[str, torch.Tensor]


@contextmanager
def parameters_without_memory() -> Iterator[None]:
    """Let modules that this thread makes have their parameters on the meta device, and their buffers as usual.

    On the meta device as a whole, buffers that no file has (position_ids, frequencies) would have no values.
    """
    thread = threading.get_ident()

    def register_without_memory(module: Any, name: str, parameter: Optional[torch.nn.Parameter]) -> None:
        register(module, name, parameter)
        if parameter is not None and threading.get_ident() == thread:
            module._parameters[name] = torch.nn.Parameter(parameter.detach().to("meta"), requires_grad=False)

    every: Any = torch.nn.Module
    with _making:
        register = every.register_parameter
        every.register_parameter = register_without_memory
        try:
            yield
        finally:
            every.register_parameter = register


def diffusers_model(kind: Any, folder: Path, component: str, weights: Weights) -> Any:
    """Return a model of diffusers, of the configuration in `folder`, that holds `weights`. Raises WeightroomError."""
    left = dict(weights)
    try:
        configuration = kind.load_config(str(folder), local_files_only=True)
        with parameters_without_memory(), _default_type(_main_type(weights)):
            made = kind.from_config(configuration)
        if hasattr(made, "_fix_state_dict_keys_on_load"):
            made._fix_state_dict_keys_on_load(left)  # files of VAEs have older names for their attention
        _keep_in_float32(left, getattr(kind, "_keep_in_fp32_modules", None))
        missing, unexpected = made.load_state_dict(left, strict=False, assign=True)
    except (RuntimeError, OSError, TypeError, ValueError) as error:
        raise WeightroomError(f"'{component}' does not fit {kind.__name__}: {error}") from error
    ignored = getattr(kind, "_keys_to_ignore_on_load_unexpected", None) or []
    unexpected = [name for name in unexpected if not any(re.search(pattern, name) for pattern in ignored)]
    _refuse(component, kind, missing, unexpected)
    _move_buffers(made, next(iter(weights.values())).device)
    made.register_to_config(_name_or_path=str(folder))
    return made


def transformers_model(kind: Any, folder: Path, component: str, weights: Weights) -> Any:
    """Return a model of transformers, of the configuration in `folder`, that holds `weights`. Raises WeightroomError."""
    made, names = _with_stand_ins(kind, folder, component, weights, _main_type(weights))
    places = list(_places_in(made))
    if any(place.is_kept and id_of(place.tensor) not in names for place in places):
        names_by_key = _names_without_casts(kind, folder, component, weights)
    else:
        names_by_key = {}
    shared: dict[tuple[str, torch.dtype], torch.Tensor] = {}
    for place in places:
        name = names.get(id_of(place.tensor)) or names_by_key.get(place.key)
        if name is None:
            if place.is_kept:
                raise WeightroomError(
                    f"'{component}': transformers computes '{place.key}' from several tensors of the file, which takes"
                    f" memory of its own: load it with {kind.__name__}.from_pretrained()"
                )
            continue
        wanted = place.tensor.dtype
        if (name, wanted) not in shared:
            # Another type where the library insists on it (T5 in float16): a copy of this process.
            shared[name, wanted] = _as_parameter(weights[name].to(wanted), place)
        place.put(shared[name, wanted])
    _move_buffers(made, next(iter(weights.values())).device)
    made.config.name_or_path = str(folder)
    return made


def id_of(tensor: torch.Tensor) -> int:
    """Return where a tensor begins; 0 for one without elements."""
    return tensor.data_ptr()


class _Place:
    """A parameter or buffer of a model."""

    def __init__(self, owner: torch.nn.Module, name: str, key: str, *, is_parameter: bool) -> None:
        self.key = key
        self.is_parameter = is_parameter
        self.is_kept = is_parameter or name not in owner._non_persistent_buffers_set
        self._holder: dict[str, Any] = owner._parameters if is_parameter else owner._buffers
        self._name = name

    @property
    def tensor(self) -> torch.Tensor:
        held: torch.Tensor = self._holder[self._name]
        return held

    def put(self, tensor: torch.Tensor) -> None:
        self._holder[self._name] = tensor


def _places_in(model: Any) -> Iterator[_Place]:
    for prefix, module in model.named_modules():
        for holder, is_parameter in ((module._parameters, True), (module._buffers, False)):
            for name, tensor in holder.items():
                if tensor is not None:
                    key = f"{prefix}.{name}" if prefix else name
                    yield _Place(module, name, key, is_parameter=is_parameter)


def _as_parameter(tensor: torch.Tensor, place: _Place) -> torch.Tensor:
    return torch.nn.Parameter(tensor, requires_grad=False) if place.is_parameter else tensor


def _with_stand_ins(
    kind: Any, folder: Path, component: str, weights: Weights, dtype: torch.dtype, *, all_of: Optional[torch.dtype] = None
) -> tuple[Any, dict[int, str]]:
    """Return what transformers makes of stand-ins, and by where each of them begins, which tensor it stands for.

    A stand-in has the shape of its tensor and one element of memory. `all_of`: the type that those of numbers with a
    fraction have; None: those of their tensors.
    """
    cells = {name: torch.empty((), dtype=_type_of(tensor, all_of)) for name, tensor in weights.items()}
    stand_ins = {name: cell.expand(weights[name].shape) for name, cell in cells.items()}
    try:
        configuration = kind.config_class.from_pretrained(str(folder), local_files_only=True)
        with _without_progress_bars():
            made, report = kind.from_pretrained(
                None,
                config=configuration,
                state_dict=stand_ins,
                dtype=dtype,
                local_files_only=True,
                output_loading_info=True,
            )
    except (RuntimeError, OSError, TypeError, ValueError) as error:
        raise WeightroomError(f"'{component}' does not fit {kind.__name__}: {error}") from error
    _refuse(component, kind, report["missing_keys"], report["unexpected_keys"])
    return made, _Names({id_of(cell): name for name, cell in cells.items()}, cells)


class _Names(dict[int, str]):
    """Names by addresses, which are taken as long as this lives."""

    def __init__(self, names: Mapping[int, str], cells: Weights) -> None:
        super().__init__(names)
        self._cells = cells


def _names_without_casts(kind: Any, folder: Path, component: str, weights: Weights) -> dict[str, str]:
    """Return which tensor each parameter is, where transformers has no reason to change any type."""
    made, names = _with_stand_ins(kind, folder, component, weights, torch.float32, all_of=torch.float32)
    return {place.key: names[id_of(place.tensor)] for place in _places_in(made) if id_of(place.tensor) in names}


def _type_of(tensor: torch.Tensor, wanted: Optional[torch.dtype]) -> torch.dtype:
    return tensor.dtype if wanted is None or not tensor.is_floating_point() else wanted


def _move_buffers(model: Any, device: torch.device) -> None:
    for place in _places_in(model):
        if not place.is_parameter and place.tensor.device != device:
            place.put(place.tensor.to(device))


def _keep_in_float32(weights: Weights, modules: Any) -> None:
    """Turn the weights of these modules into float32, as diffusers does: copies of this process."""
    named = [modules] if isinstance(modules, str) else list(modules or [])
    for name, tensor in weights.items():
        if tensor.is_floating_point() and any(module in name.split(".") for module in named):
            weights[name] = tensor.to(torch.float32)


def _main_type(weights: Weights) -> torch.dtype:
    """Return the type that most bytes are in."""
    sizes: Counter[torch.dtype] = Counter()
    for tensor in weights.values():
        if tensor.is_floating_point():
            sizes[tensor.dtype] += tensor.nbytes
    return sizes.most_common(1)[0][0] if sizes else torch.float32


@contextmanager
def _default_type(dtype: torch.dtype) -> Iterator[None]:
    """Make modules whose numbers are of a type, as diffusers does; not of eight bits, in which nothing is computed."""
    former = torch.get_default_dtype()
    if dtype.itemsize > 1:
        torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(former)


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    bars: Any = importlib.import_module("transformers.utils.logging")
    was_on = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            bars.enable_progress_bar()


def _refuse(component: str, kind: Any, missing: Any, unexpected: Any) -> None:
    for names, what in ((missing, "lack"), (unexpected, "have beside what it knows")):
        if names:
            listed = sorted(names)
            more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
            raise WeightroomError(
                f"'{component}': for {kind.__name__} the weights {what}: {', '.join(listed[:_MOST_NAMED])}{more}"
            )
