# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for ComfyUI, which cannot be installed as a package: not one line of it is ComfyUI's.

It has the functions that the nodes call, with the signatures that ComfyUI 0.3.64 has (and those of `Newer`, from its
source of 2026), writes down what they were called with, and treats weights as ComfyUI does where that matters here:
models are made first and filled by load_state_dict(), a LoRA's weights are computed in new memory, a hook's are written
into the old one. What passes here has not been tried in ComfyUI; README.md says what has.
"""

from __future__ import annotations

import sys
import types
from enum import Enum
from typing import Any, Optional

import torch


class CLIPType(Enum):
    STABLE_DIFFUSION = 1
    SDXL = 5


class Patcher:
    """A ModelPatcher, as far as weights go."""

    def __init__(self, model: torch.nn.Module, load_device: Any, offload_device: Any) -> None:
        self.model = model
        self.load_device = load_device
        self.offload_device = offload_device
        self.weight_inplace_update = False

    def clone(self) -> Patcher:
        return type(self)(self.model, self.load_device, self.offload_device)

    def patch_weight_to_device(self, key: str) -> None:
        owner, _, name = key.rpartition(".")
        module = self.model.get_submodule(owner)
        patched = module._parameters[name].detach() + 1  # type: ignore[union-attr]
        module._parameters[name] = torch.nn.Parameter(patched, requires_grad=False)

    def patch_hook_weight_to_device(
        self, hooks: Any, combined_patches: dict[str, Any], key: str, original_weights: Any, memory_counter: Any
    ) -> None:
        self._write(key, self.model.get_parameter(key).detach() + 1)

    def patch_cached_hook_weights(self, cached_weights: dict[str, Any], key: str, memory_counter: Any) -> None:
        self._write(key, cached_weights[key][0])

    def _write(self, key: str, value: torch.Tensor) -> None:
        with torch.no_grad():
            self.model.get_parameter(key).copy_(value)


class VAE:
    def __init__(
        self, sd: Any = None, device: Any = None, config: Any = None, dtype: Any = None, metadata: Any = None
    ) -> None:
        calls.append(("VAE", {"sd": dict(sd), "metadata": metadata}))
        self.patcher = _patcher(sd)

    def throw_exception_if_invalid(self) -> None:
        calls.append(("throw_exception_if_invalid", {}))


class CLIP:
    def __init__(self, state_dicts: list[dict[str, Any]]) -> None:
        self.patchers = [_patcher(state_dict) for state_dict in state_dicts]
        self.patcher = self.patchers[0]


calls: list[tuple[str, dict[str, Any]]] = []

# What models are made with before they are filled.
model_type: Optional[torch.dtype] = None


def load_state_dict_guess_config(
    sd: dict[str, Any],
    output_vae: bool = True,
    output_clip: bool = True,
    output_clipvision: bool = False,
    embedding_directory: Any = None,
    output_model: bool = True,
    model_options: Any = {},
    te_model_options: Any = {},
    metadata: Any = None,
) -> Any:
    calls.append(
        (
            "load_state_dict_guess_config",
            {
                "sd": dict(sd),
                "embedding_directory": embedding_directory,
                "model_options": model_options,
                "metadata": metadata,
            },
        )
    )
    if not sd:
        return None
    model = _patcher({f"model.{name}": sd.pop(name) for name in list(sd)})  # ComfyUI takes it apart, and renames
    return model, None, None, None


def load_diffusion_model_state_dict(sd: dict[str, Any], model_options: Any = {}) -> Any:
    calls.append(("load_diffusion_model_state_dict", {"sd": dict(sd), "model_options": model_options}))
    return _patcher(sd)


def load_text_encoder_state_dicts(
    state_dicts: list[dict[str, Any]] = [],
    embedding_directory: Any = None,
    clip_type: CLIPType = CLIPType.STABLE_DIFFUSION,
    model_options: Any = {},
) -> Any:
    named = {"state_dicts": state_dicts, "embedding_directory": embedding_directory, "clip_type": clip_type}
    calls.append(("load_text_encoder_state_dicts", named))
    return CLIP(state_dicts)


def load_controlnet_state_dict(state_dict: dict[str, Any], model: Any = None, model_options: Any = {}) -> Any:
    calls.append(("load_controlnet_state_dict", {"sd": dict(state_dict)}))
    return _patcher(state_dict) if any("zero_conv" in name for name in state_dict) else None


def load_lora_for_models(model: Any, clip: Any, lora: dict[str, Any], strength_model: float, strength_clip: float) -> Any:
    named = {"lora": dict(lora), "strength_model": strength_model, "strength_clip": strength_clip}
    calls.append(("load_lora_for_models", named))
    return model.clone(), clip


class Newer:
    """Functions that have learned arguments since, and modules of "dynamic VRAM"."""

    class Linear(torch.nn.Module):
        """A module that is made without memory, and copies what it gets where nobody has given it weights before."""

        def __init__(self) -> None:
            super().__init__()
            self.weight: Optional[torch.nn.Parameter] = None
            self.bias: Optional[torch.nn.Parameter] = None
            self.weight_comfy_model_dtype = self.bias_comfy_model_dtype = torch.float16

        def _load_from_state_dict(self, state_dict: Any, prefix: str, *_: Any) -> None:
            for name, tensor in state_dict.items():
                setattr(self, name[len(prefix) :], torch.nn.Parameter(tensor.clone(), requires_grad=False))

    class Embedding(Linear):
        """Likewise, but one can see how large it will be."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.empty(3, 2, dtype=torch.float16, device="meta"), requires_grad=False)

    @staticmethod
    def load_diffusion_model_state_dict(
        sd: dict[str, Any], model_options: Any = {}, metadata: Any = None, disable_dynamic: bool = False
    ) -> Any:
        named = {"sd": dict(sd), "metadata": metadata, "disable_dynamic": disable_dynamic}
        calls.append(("load_diffusion_model_state_dict", named))
        return _patcher(sd)


def _patcher(state_dict: dict[str, Any]) -> Patcher:
    """Return a model with parameters of these names, filled as ComfyUI fills its own."""
    model = torch.nn.Module()
    for name, tensor in state_dict.items():
        *owners, last = name.split(".")
        owner = model
        for part in owners:
            if part not in owner._modules:
                owner.add_module(part, torch.nn.Module())
            owner = owner.get_submodule(part)
        empty = torch.empty(tensor.shape, dtype=model_type or tensor.dtype)
        owner.register_parameter(last, torch.nn.Parameter(empty, requires_grad=False))
    missing, unexpected = model.load_state_dict(state_dict, strict=False)
    assert not missing and not unexpected
    return Patcher(model, torch.device("cpu"), torch.device("cpu"))


def install() -> None:
    """Put it where `import comfy.sd` finds it."""
    sd = types.ModuleType("comfy.sd")
    for name in (
        "CLIPType",
        "VAE",
        "load_state_dict_guess_config",
        "load_diffusion_model_state_dict",
        "load_text_encoder_state_dicts",
        "load_lora_for_models",
    ):
        setattr(sd, name, globals()[name])
    controlnet = types.ModuleType("comfy.controlnet")
    controlnet.load_controlnet_state_dict = load_controlnet_state_dict  # type: ignore[attr-defined]
    management = types.ModuleType("comfy.model_management")
    management.get_torch_device = lambda: torch.device("cpu")  # type: ignore[attr-defined]
    management.soft_empty_cache = lambda: calls.append(("soft_empty_cache", {}))  # type: ignore[attr-defined]
    comfy = types.ModuleType("comfy")
    comfy.__path__ = []
    paths = types.ModuleType("folder_paths")
    paths.get_folder_paths = lambda kind: [f"/comfyui/{kind}"]  # type: ignore[attr-defined]
    for module in (comfy, sd, controlnet, management, paths):
        sys.modules[module.__name__] = module
        parent, _, last = module.__name__.rpartition(".")
        if parent:
            setattr(comfy, last, module)
