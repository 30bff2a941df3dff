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
        found = Model(model, _device(where))
        made = _made(
            comfy.sd.load_state_dict_guess_config,
            found,
            output_vae=True,
            output_clip=True,
            embedding_directory=folder_paths.get_folder_paths("embeddings"),
            model_options=_placement(found),
        )
        diffusion_model, clip, vae = _known(made, found)[:3]
        _hold(found, diffusion_model, getattr(clip, "patcher", None), getattr(vae, "patcher", None))
        return diffusion_model, clip, vae


class DiffusionModelLoader(_Loader):
    """A UNet or transformer."""

    DESCRIPTION = "Takes a diffusion model (UNet, transformer) from Weightroom, without reading its file again."
    RETURN_TYPES = ("MODEL",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"model": _chosen("diffusion-model"), "where": _WHERE}}

    def load(self, model: str, where: str) -> tuple[Any, ...]:
        found = Model(model, _device(where))
        made = _known(_made(comfy.sd.load_diffusion_model_state_dict, found, model_options=_placement(found)), found)
        _hold(found, made)
        return (made,)


class VAELoader(_Loader):
    """A VAE."""

    DESCRIPTION = "Takes a VAE from Weightroom, without reading its file again."
    RETURN_TYPES = ("VAE",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"model": _chosen("vae")}}

    def load(self, model: str) -> tuple[Any, ...]:
        made = _made(comfy.sd.VAE, Model(model, _device(_HOST)))
        made.throw_exception_if_invalid()
        return (made,)


class CLIPLoader(_Loader):
    """A text encoder."""

    DESCRIPTION = "Takes a text encoder from Weightroom, without reading its file again."
    RETURN_TYPES = ("CLIP",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"model": _chosen("text-encoder"), "type": (_clip_types(), {"default": "stable_diffusion"})}}

    def load(self, model: str, type: str) -> tuple[Any, ...]:
        return (_text_encoders([Model(model, _device(_HOST))], type),)


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
        return (_text_encoders([Model(name, _device(_HOST)) for name in (model, second_model)], type),)


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


def _placement(found: Model) -> dict[str, Any]:
    """Return the options by which ComfyUI leaves a diffusion model on the GPU that its weights are on."""
    if not found.is_on_gpu:
        return {}
    device = next(iter(found.weights.values())).device
    return {"load_device": device, "offload_device": device}


def _hold(found: Model, *patchers: Any) -> None:
    if found.is_on_gpu:
        for patcher in patchers:
            hold_on_gpu(patcher)


def _made(function: Callable[..., Any], found: Model, **named: Any) -> Any:
    """Call a function of ComfyUI that takes a state dict, which it may take apart."""
    optional: dict[str, Any] = {"metadata": found.metadata}
    if found.is_on_gpu:
        optional["disable_dynamic"] = True  # dynamic VRAM has a copy of its own on the GPU
    with kept(found.weights):
        return function(dict(found.weights), **named, **_taken_by(function, optional))


def _text_encoders(found: list[Model], kind: str) -> Any:
    with kept({f"{number}.{name}": tensor for number, one in enumerate(found) for name, tensor in one.weights.items()}):
        return comfy.sd.load_text_encoder_state_dicts(
            [dict(one.weights) for one in found],
            embedding_directory=folder_paths.get_folder_paths("embeddings"),
            clip_type=getattr(comfy.sd.CLIPType, kind.upper(), comfy.sd.CLIPType.STABLE_DIFFUSION),
        )


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
