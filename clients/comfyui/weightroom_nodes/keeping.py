# SPDX-License-Identifier: GPL-3.0-or-later
"""Models of ComfyUI that hold the engine's tensors themselves, and do not write into them.

ComfyUI makes a model and then has load_state_dict() copy the weights into it (without "dynamic VRAM", which newer ones
have on some GPUs and which assigns them). In `kept`, what fits as it is, is put in the place of the model's own, still
untouched, memory; also where there is none yet: with dynamic VRAM modules are made without, those of models too that do
not use it. What ComfyUI converts, to another type or device, it copies as ever.

What it does with LoRAs and other patches: comfy/model_patcher.py computes the patched weight in new memory and puts that
in the place of the old one, which it keeps to go back (`weight_inplace_update` is off, and nothing of ComfyUI turns it
on); or adds it on the fly where the weight is used. Only hooks ("Create Hook LoRA") write into a weight where it lies.
On the host each process has its own copy of what it writes. On a GPU all have the same memory: `hold_on_gpu` gives such
a weight memory of its own first.
"""

from __future__ import annotations

import bisect
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

# Guards what kept() changes for all threads: one at a time.
_loading = threading.RLock()


@contextmanager
def kept(weights: Mapping[str, torch.Tensor]) -> Iterator[None]:
    """Let modules that this thread loads hold these tensors themselves, by whatever names they get them."""
    thread = threading.get_ident()
    shared = sorted(_place_of(tensor) for tensor in weights.values() if tensor.numel())

    def load(module: Any, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        if assign or threading.get_ident() != thread:
            return load_by_torch(module, state_dict, strict=strict, assign=assign)
        put = _put_in_place(module, state_dict, shared)
        rest = {name: tensor for name, tensor in state_dict.items() if name not in put}
        result = load_by_torch(module, rest, strict=False)
        missing = [name for name in result.missing_keys if name not in put]
        if strict and (missing or result.unexpected_keys):
            return load_by_torch(module, state_dict, strict=True)  # it says best what is wrong
        return type(result)(missing, result.unexpected_keys)

    every: Any = torch.nn.Module
    with _loading:
        load_by_torch = every.load_state_dict
        every.load_state_dict = load
        try:
            yield
        finally:
            every.load_state_dict = load_by_torch


def hold_on_gpu(patcher: Any) -> None:
    """Let a ModelPatcher leave its weights where they are, and write into none that others see.

    One that has converted all of its weights has them in memory of its own, on the host, and does with them as ever.
    """
    if not any(weight.device == patcher.load_device for weight in patcher.model.parameters()):
        return
    # "Offloading" would copy them to the host and, back again, to memory of this process.
    patcher.offload_device = patcher.load_device
    patcher.weight_inplace_update = False
    shared = {_place_of(weight) for weight in patcher.model.parameters()}
    patcher.__class__ = _unsharing(type(patcher), shared)


def _unsharing(kind: Any, shared: set[tuple[int, int]]) -> Any:
    """Return a class of patchers that give a weight memory of its own before a hook writes into it."""

    class Unsharing(kind):  # type: ignore[misc]
        def patch_hook_weight_to_device(self, *words: Any, **named: Any) -> Any:
            _unshare(self.model, _key_in(words, named, 2), shared)
            return super().patch_hook_weight_to_device(*words, **named)

        def patch_cached_hook_weights(self, *words: Any, **named: Any) -> Any:
            _unshare(self.model, _key_in(words, named, 1), shared)
            return super().patch_cached_hook_weights(*words, **named)

    Unsharing.__name__ = kind.__name__
    return Unsharing


def _key_in(words: tuple[Any, ...], named: Mapping[str, Any], position: int) -> str:
    return str(named["key"] if "key" in named else words[position])


def _unshare(model: torch.nn.Module, key: str, shared: set[tuple[int, int]]) -> None:
    owner, _, name = key.rpartition(".")
    module = model.get_submodule(owner)
    weight = module._parameters.get(name)
    if weight is not None and _place_of(weight) in shared:
        module._parameters[name] = torch.nn.Parameter(weight.detach().clone(), requires_grad=False)


def _put_in_place(module: torch.nn.Module, state_dict: Mapping[str, Any], shared: list[tuple[int, int]]) -> set[str]:
    """Put shared tensors of a state dict where they belong, if they fit as they are; return their names."""
    put = set()
    for prefix, part in module.named_modules():
        for name in _names_in(part):
            key = f"{prefix}.{name}" if prefix else name
            tensor: Any = state_dict.get(key)
            own = getattr(part, name, None)
            if _is_in(shared, tensor) and (_is_to_come(part, name, own) or _fits(own, tensor)):
                is_buffer = name in part._buffers
                setattr(part, name, tensor if is_buffer else torch.nn.Parameter(tensor, requires_grad=False))
                put.add(key)
    return put


# Modules of ComfyUI that are made without memory, since 2026, have the type that it is to have beside each name.
_TYPE_OF = "_comfy_model_dtype"


def _names_in(module: torch.nn.Module) -> list[str]:
    """Return the names of a module's own parameters and buffers, with those that it does not have yet."""
    to_come = [name.removesuffix(_TYPE_OF) for name in vars(module) if name.endswith(_TYPE_OF)]
    return list(dict.fromkeys([*module._parameters, *module._buffers, *to_come]))


def _is_to_come(module: torch.nn.Module, name: str, own: Any) -> bool:
    """Whether a parameter has no memory yet: it will be what the state dict has, of whatever type that is."""
    return hasattr(module, name + _TYPE_OF) and (own is None or own.is_meta)


def _fits(own: Any, tensor: Any) -> bool:
    """Whether a tensor can be in the place of another, and all that is computed with it stays the same."""
    return (
        type(own) in (torch.nn.Parameter, torch.Tensor)
        and tensor is not None
        and own.dtype == tensor.dtype
        and own.shape == tensor.shape
        and own.stride() == tensor.stride()
        and (own.device == tensor.device or tensor.device.type != "cpu")
    )


def _is_in(shared: list[tuple[int, int]], tensor: Any) -> bool:
    """Whether a tensor is one of the engine's, or a part of one: ComfyUI splits the attention of OpenCLIP in three."""
    if type(tensor) not in (torch.nn.Parameter, torch.Tensor) or not tensor.numel():
        return False
    begin, size = _place_of(tensor)
    before = bisect.bisect_right(shared, (begin, sys.maxsize)) - 1
    return before >= 0 and begin + size <= sum(shared[before])


def _place_of(tensor: torch.Tensor) -> tuple[int, int]:
    return tensor.data_ptr(), tensor.nbytes
