# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines of diffusers whose weights are those that an engine holds, without a copy.

    import weightroom.diffusers
    pipeline = weightroom.diffusers.load_pipeline("/models/stable-diffusion-xl-base-1.0")

Every component with weights is made from its configuration, without memory for its parameters, and gets the engine's
tensors. The rest (schedulers, tokenizers, processors) is loaded by diffusers as usual. Weights have the types of their
files, or those that the engine holds them in; there is no torch_dtype, because another type is another copy.

Nothing may train or change these weights where they lie on a GPU: see weightroom.torch.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union

import torch

from . import torch as _torch
from ._empty_models import diffusers_model, transformers_model
from ._pipelines import component_ids_by_folder, read_object, refuse_quantized
from .errors import WeightroomError

if TYPE_CHECKING:
    from ._call import OnProgress
    from ._client import Client
    from ._lease import Lease

__all__ = ["load_component", "load_pipeline"]

_INDEX = "model_index.json"


def load_pipeline(
    model: Union[str, os.PathLike[str]],
    device: Union[str, torch.device, None] = None,
    *,
    client: Optional[Client] = None,
    pipeline_class: Any = None,
    as_stored: bool = True,
    on_progress: Optional[OnProgress] = None,
    timeout: Optional[float] = None,
    **overrides: Any,
) -> Any:
    """Return a pipeline on weights that the engine holds; the engine loads them first where it has to.

    `model` is the id, or the folder, of a diffusers pipeline in the engine's library; `device`, `client`, `on_progress`
    and `timeout` are those of weightroom.load(). `pipeline_class`: None for the class that the folder names.
    `overrides` are components of your own (`vae=my_vae`, `safety_checker=None`), whose weights are then not loaded, and
    other arguments of the class. `as_stored`: weights must be of the types that the files have; False takes what the
    engine holds, which may be a different type for each component.

    The weights need no gradients. Moving the pipeline to another device copies them.

    Raises what weightroom.load() does, and WeightroomError, which names the component, for a folder that is no
    pipeline, a class that is neither diffusers' nor transformers', and weights that do not fit the class.
    """
    from diffusers import DiffusionPipeline

    used = client if client is not None else _torch._shared_client()
    model_id, folder = _pipeline_of(used, model)
    named = _components_named_in(folder)
    wanted = {name: _class_of(name, *words) for name, words in named.items() if name not in overrides}
    heavy = {name: kind for name, kind in wanted.items() if issubclass(kind, torch.nn.Module)}
    options = {"as_stored": as_stored, "on_progress": on_progress, "timeout": timeout}
    parts = _made(used, model_id, folder, heavy, device, options) if heavy else {}
    chosen = DiffusionPipeline if pipeline_class is None else pipeline_class
    # Nothing with weights is left to load; diffusers would warn that accelerate is missing for it.
    return chosen.from_pretrained(str(folder), local_files_only=True, low_cpu_mem_usage=False, **parts, **overrides)


def load_component(
    model: Union[str, os.PathLike[str]],
    component: str,
    device: Union[str, torch.device, None] = None,
    *,
    client: Optional[Client] = None,
    as_stored: bool = True,
    on_progress: Optional[OnProgress] = None,
    timeout: Optional[float] = None,
) -> Any:
    """Return one component of a pipeline, by the name of its folder ("unet", "text_encoder_2"); see load_pipeline()."""
    used = client if client is not None else _torch._shared_client()
    model_id, folder = _pipeline_of(used, model)
    named = _components_named_in(folder)
    if component not in named:
        raise WeightroomError(f"{folder} has no component '{component}'; it has {', '.join(named)}")
    kind = _class_of(component, *named[component])
    if not issubclass(kind, torch.nn.Module):
        raise WeightroomError(f"'{component}' of {folder} has no weights: load it with {kind.__name__}.from_pretrained()")
    options = {"as_stored": as_stored, "on_progress": on_progress, "timeout": timeout}
    return _made(used, model_id, folder, {component: kind}, device, options)[component]


def _pipeline_of(client: Client, model: Union[str, os.PathLike[str]]) -> tuple[str, Path]:
    """Return the id and the folder of a pipeline."""
    model_id, _ = _torch._found(client, model)
    path = Path(client.model.get_model(model_id=model_id)["path"])
    folder = path.parent if path.name == _INDEX else path
    if not (folder / _INDEX).is_file():
        raise WeightroomError(
            f"{path} is not the folder of a diffusers pipeline. Of a single file, the weights come by weightroom.load();"
            " model.post_model_convert makes a folder of it"
        )
    return model_id, folder


def _components_named_in(folder: Path) -> dict[str, tuple[str, str]]:
    """Return library and class of each component that the pipeline has."""
    index = read_object(folder / _INDEX)
    return {
        name: (words[0], words[1])
        for name, words in index.items()
        if isinstance(words, list) and len(words) == 2 and all(isinstance(word, str) for word in words)
    }


def _class_of(component: str, library: str, name: str) -> Any:
    """Return a class by its names. What a file names is looked up in two libraries, and nowhere else."""
    import diffusers
    import transformers

    places = {"diffusers": diffusers, "transformers": transformers}
    place = places.get(library) or getattr(diffusers.pipelines, library, None)
    found = getattr(place, name, None)
    if not isinstance(found, type):
        raise WeightroomError(f"'{component}' is a {library}.{name}, which diffusers and transformers do not have here")
    return found


def _made(
    client: Client,
    model_id: str,
    folder: Path,
    wanted: Mapping[str, Any],
    device: Union[str, torch.device, None],
    options: dict[str, Any],
) -> dict[str, Any]:
    """Return components by their folders, with their weights; `wanted` are their classes."""
    ids = component_ids_by_folder(client, model_id)
    for component in wanted:
        if not ids.get(component):
            raise WeightroomError(f"'{component}' of {folder}: the engine has no weights of it")
        refuse_quantized(folder / component, component)
    used = [one for component in wanted for one in ids[component]]
    weights = _weights_by_component(_torch.lease_on(client, model_id, used, device, **options))
    made = {}
    for component, kind in wanted.items():
        own = {name: tensor for one in ids[component] for name, tensor in weights[one].items()}
        make = diffusers_model if _is_of_diffusers(kind) else transformers_model
        made[component] = make(kind, folder / component, component, own)
        made[component].eval()
        made[component].requires_grad_(False)
    return made


def _weights_by_component(lease: Lease) -> dict[str, dict[str, torch.Tensor]]:
    found: dict[str, dict[str, torch.Tensor]] = {component: {} for component in lease.component_ids}
    for tensor, view in zip(lease.tensors, _torch.views_of(lease)):
        found[tensor.component_id][tensor.name] = view
    return found


def _is_of_diffusers(kind: Any) -> bool:
    from diffusers import ModelMixin

    return issubclass(kind, ModelMixin)
