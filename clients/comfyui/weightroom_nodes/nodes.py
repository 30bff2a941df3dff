# SPDX-License-Identifier: GPL-3.0-or-later
"""Loaders for ComfyUI: as its own, but the weights are those of a Weightroom engine, and are not read again.

Each node gets a state dict by weightroom.load() and gives it to the public function of ComfyUI that takes one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Union

import comfy.controlnet
import comfy.model_management
import comfy.sd
import folder_paths

from .keeping import hold_on_gpu, kept
from .library import Model, choices, problem_with

_CATEGORY = "loaders/Weightroom"

_HOST = "RAM"
_GPU = "GPU"
_WHERE: tuple[list[str], dict[str, Any]] = (
    [_HOST, _GPU],
    {
        "default": _HOST,
        "tooltip": "RAM: all programs share the weights in RAM, and ComfyUI brings them to the GPU as it always does. "
        "GPU: all programs share them on the GPU, where the engine must have room; ComfyUI leaves them there.",
    },
)

_PARTS = ("model", "clip", "vae")


def _chosen(*kinds: str) -> tuple[list[str], dict[str, Any]]:
    return (choices(kinds), {"tooltip": "A model of Weightroom's library."})


class _Loader:
    """What all of these nodes have in common."""

    CATEGORY = _CATEGORY
    FUNCTION = "load"

    @classmethod
    def VALIDATE_INPUTS(cls, model: str) -> Union[bool, str]:
        """Let a workflow name a model that was renamed; say why there is none."""
        return problem_with(model) or True


class CheckpointLoader(_Loader):
    """A checkpoint: diffusion model, text encoders and VAE."""

    DESCRIPTION = "Takes a checkpoint from Weightroom, without reading its file again."
    RETURN_TYPES = ("MODEL", "CLIP", "VAE")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"model": _chosen("checkpoint"), "where": _WHERE}}

    def load(self, model: str, where: str) -> tuple[Any, ...]:
        return _checkpoint(model, where)


class DiffusionModelLoader(_Loader):
    """A UNet or transformer."""

    DESCRIPTION = "Takes a diffusion model (UNet, transformer) from Weightroom, without reading its file again."
    RETURN_TYPES = ("MODEL",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"model": _chosen("diffusion-model"), "where": _WHERE}}

    def load(self, model: str, where: str) -> tuple[Any, ...]:
        return (_diffusion_model(model, where),)


class VAELoader(_Loader):
    """A VAE."""

    DESCRIPTION = "Takes a VAE from Weightroom, without reading its file again."
    RETURN_TYPES = ("VAE",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"model": _chosen("vae")}}

    def load(self, model: str) -> tuple[Any, ...]:
        return (_vae(model),)


class CLIPLoader(_Loader):
    """A text encoder."""

    DESCRIPTION = "Takes a text encoder from Weightroom, without reading its file again."
    RETURN_TYPES = ("CLIP",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"model": _chosen("text-encoder"), "type": (_clip_types(), {"default": "stable_diffusion"})}}

    def load(self, model: str, type: str) -> tuple[Any, ...]:
        return (_text_encoders((model,), type),)


class DualCLIPLoader(_Loader):
    """Two text encoders that belong together."""

    DESCRIPTION = "Takes two text encoders from Weightroom, without reading their files again."
    RETURN_TYPES = ("CLIP",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {
            "required": {
                "model": _chosen("text-encoder"),
                "second_model": _chosen("text-encoder"),
                "type": (_clip_types(), {"default": "sdxl"}),
            }
        }

    @classmethod
    def VALIDATE_INPUTS(cls, model: str, second_model: str) -> Union[bool, str]:  # type: ignore[override]
        return problem_with(model) or problem_with(second_model) or True

    def load(self, model: str, second_model: str, type: str) -> tuple[Any, ...]:
        return (_text_encoders((model, second_model), type),)


class ControlNetLoader(_Loader):
    """A ControlNet or T2I adapter."""

    DESCRIPTION = "Takes a ControlNet from Weightroom, without reading its file again."
    RETURN_TYPES = ("CONTROL_NET",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"model": _chosen("controlnet", "t2i-adapter")}}

    def load(self, model: str) -> tuple[Any, ...]:
        found = Model(model, _device(_HOST))
        return (_known(_made(comfy.controlnet.load_controlnet_state_dict, found), found),)


class LoraLoader(_Loader):
    """A LoRA, applied to a diffusion model and text encoders. ComfyUI computes what it changes in memory of its own."""

    DESCRIPTION = "Takes a LoRA from Weightroom, and applies it as ComfyUI's own loader does."
    RETURN_TYPES = ("MODEL", "CLIP")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        strength = ("FLOAT", {"default": 1.0, "min": -100.0, "max": 100.0, "step": 0.01})
        return {
            "required": {
                "diffusion_model": ("MODEL",),
                "model": _chosen("lora"),
                "strength_model": strength,
                "strength_clip": strength,
            },
            "optional": {"clip": ("CLIP",)},
        }

    def load(
        self, diffusion_model: Any, model: str, strength_model: float, strength_clip: float, clip: Any = None
    ) -> tuple[Any, ...]:
        if strength_model == 0 and strength_clip == 0:
            return diffusion_model, clip
        found = Model(model, _device(_HOST))
        named = _taken_by(comfy.sd.load_lora_for_models, {"lora_metadata": found.metadata})
        changed = comfy.sd.load_lora_for_models(
            diffusion_model, clip, found.weights, strength_model, strength_clip, **named
        )
        return tuple(changed)


def _device(where: str) -> Any:
    return comfy.model_management.get_torch_device() if where == _GPU else "cpu"


def _checkpoint(
    choice: str, where: str, parts: tuple[str, ...] = _PARTS, disable_dynamic: bool = False
) -> tuple[Any, ...]:
    """Return the diffusion model, the text encoders and the VAE; None for what is not among `parts`."""
    found = Model(choice, _device(where))
    made = _made(
        comfy.sd.load_state_dict_guess_config,
        found,
        disable_dynamic,
        embedding_directory=folder_paths.get_folder_paths("embeddings"),
        **{f"output_{part}": part in parts for part in _PARTS},
    )
    made = tuple(_known(made, found)[: len(_PARTS)])
    for part, one in zip(_PARTS, made):
        _finish(found, _patcher_of(part, one), _checkpoint_part, choice, where, part)
    return made


def _checkpoint_part(choice: str, where: str, part: str, disable_dynamic: bool = False) -> Any:
    return _patcher_of(part, _checkpoint(choice, where, (part,), disable_dynamic)[_PARTS.index(part)])


def _patcher_of(part: str, one: Any) -> Any:
    """Return the ModelPatcher of a part of a checkpoint; None where there is none, as for a VAE that is missing."""
    return one if part == "model" else getattr(one, "patcher", None)


def _diffusion_model(choice: str, where: str, disable_dynamic: bool = False) -> Any:
    found = Model(choice, _device(where))
    made = _known(_made(comfy.sd.load_diffusion_model_state_dict, found, disable_dynamic), found)
    _finish(found, made, _diffusion_model, choice, where)
    return made


def _vae(choice: str) -> Any:
    found = Model(choice, _device(_HOST))
    made = _made(comfy.sd.VAE, found)
    made.throw_exception_if_invalid()
    _finish(found, made.patcher, _vae_patcher, choice)
    return made


def _vae_patcher(choice: str, disable_dynamic: bool = False) -> Any:
    return _vae(choice).patcher  # ComfyUI has no VAE without dynamic VRAM where it is on


def _text_encoders(choices: tuple[str, ...], kind: str, disable_dynamic: bool = False) -> Any:
    found = [Model(choice, _device(_HOST)) for choice in choices]
    named = _taken_by(comfy.sd.load_text_encoder_state_dicts, {"disable_dynamic": disable_dynamic})
    with kept({f"{number}.{name}": tensor for number, one in enumerate(found) for name, tensor in one.weights.items()}):
        made = comfy.sd.load_text_encoder_state_dicts(
            [dict(one.weights) for one in found],
            embedding_directory=folder_paths.get_folder_paths("embeddings"),
            clip_type=getattr(comfy.sd.CLIPType, kind.upper(), comfy.sd.CLIPType.STABLE_DIFFUSION),
            **named,
        )
    _finish(found[0], made.patcher, _text_encoders_patcher, choices, kind)
    return made


def _text_encoders_patcher(choices: tuple[str, ...], kind: str, disable_dynamic: bool = False) -> Any:
    return _text_encoders(choices, kind, disable_dynamic).patcher


def _finish(found: Model, patcher: Any, again: Callable[..., Any], *words: Any) -> None:
    """Tell ComfyUI how to load this once more, and let what is on the GPU stay there.

    It loads once more where it does without dynamic VRAM (hooks, torch.compile), and for another device.
    """
    if patcher is None:
        return
    patcher.cached_patcher_init = (again, words)
    if found.is_on_gpu:
        hold_on_gpu(patcher)


def _made(function: Callable[..., Any], found: Model, disable_dynamic: bool = False, **named: Any) -> Any:
    """Call a function of ComfyUI that takes a state dict, which it may take apart."""
    # Dynamic VRAM has a copy of its own on the GPU.
    optional = {"metadata": found.metadata, "disable_dynamic": disable_dynamic or found.is_on_gpu}
    with kept(found.weights):
        made = function(dict(found.weights), **named, **_taken_by(function, optional))
    if found.is_on_gpu:
        comfy.model_management.soft_empty_cache()  # what a model may have had there before it was filled
    return made


def _taken_by(function: Callable[..., Any], named: dict[str, Any]) -> dict[str, Any]:
    """Return those arguments that this version of ComfyUI knows."""
    known = inspect.signature(function).parameters
    return {name: value for name, value in named.items() if name in known}


def _known(made: Any, found: Model) -> Any:
    if made is None:
        raise RuntimeError(f"ComfyUI does not recognise {found.name} by its weights")
    return made


def _clip_types() -> list[str]:
    return [kind.name.lower() for kind in comfy.sd.CLIPType]


NODE_CLASS_MAPPINGS: dict[str, Any] = {
    "WeightroomCheckpointLoader": CheckpointLoader,
    "WeightroomDiffusionModelLoader": DiffusionModelLoader,
    "WeightroomVAELoader": VAELoader,
    "WeightroomCLIPLoader": CLIPLoader,
    "WeightroomDualCLIPLoader": DualCLIPLoader,
    "WeightroomControlNetLoader": ControlNetLoader,
    "WeightroomLoraLoader": LoraLoader,
}

NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {
    "WeightroomCheckpointLoader": "Load Checkpoint (Weightroom)",
    "WeightroomDiffusionModelLoader": "Load Diffusion Model (Weightroom)",
    "WeightroomVAELoader": "Load VAE (Weightroom)",
    "WeightroomCLIPLoader": "Load CLIP (Weightroom)",
    "WeightroomDualCLIPLoader": "Load two CLIPs (Weightroom)",
    "WeightroomControlNetLoader": "Load ControlNet (Weightroom)",
    "WeightroomLoraLoader": "Load LoRA (Weightroom)",
}
