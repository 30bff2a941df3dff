# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in the folder of a diffusers pipeline, and which of the engine's components that is."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from .errors import WeightroomError

if TYPE_CHECKING:
    from ._client import Client

_LONGEST_HEADER = 100 << 20  # as safetensors' own

Shapes = dict[str, tuple[int, ...]]


def component_ids_of(client: Client, model_id: str, folder: Path, names: Iterable[str]) -> Optional[list[str]]:
    """Return the engine's ids of what lies in these folders of a pipeline; None, for all, where that cannot be told.

    The engine names components by what they are ("encoder_clip_l"), a pipeline by their folders ("text_encoder"): they
    are the same where they have the same tensors.
    """
    rows = client.model.get_model_components(model_id=model_id, include_tensors=True)["tensors"]
    ours: dict[str, Shapes] = {}
    for row in rows:
        ours.setdefault(str(row["component_id"]), {})[row["name"]] = tuple(row["shape"])
    found: list[str] = []
    for name in names:
        theirs = _shapes_in(folder / name)
        same = [component for component, shapes in ours.items() if shapes == theirs]
        if len(same) != 1:
            return None
        found += same
    return found


def refuse_quantized(folder: Path, component: str) -> None:
    """Raise WeightroomError for a component whose weights only its quantization's library can use."""
    try:
        configuration = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightroomError(f"'{component}': its configuration cannot be read: {error}") from error
    if not isinstance(configuration, dict):
        raise WeightroomError(f"'{component}': its configuration is no JSON object")
    quantization = configuration.get("quantization_config")
    if quantization:
        method = quantization.get("quant_method") if isinstance(quantization, dict) else quantization
        raise WeightroomError(f"'{component}' is quantized ({method}): diffusers has to load it itself")


def _shapes_in(folder: Path) -> Shapes:
    """Return names and shapes in the safetensors files of a folder; nothing where there are others or variants."""
    shapes: Shapes = {}
    for file in sorted(folder.glob("*.safetensors")):
        for name, shape in _shapes_of(file).items():
            if name in shapes:
                return {}
            shapes[name] = shape
    return shapes


def _shapes_of(file: Path) -> Shapes:
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            header = json.loads(opened.read(min(length, _LONGEST_HEADER)))
        header.pop("__metadata__", None)
        return {name: tuple(entry["shape"]) for name, entry in header.items()}
    except (OSError, ValueError, struct.error, AttributeError, KeyError, TypeError):
        return {}
