# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of diffusers pipelines: which of the engine's components lies in which.

The engine names components by what they are ("encoder_clip_l"), a pipeline by their folders ("text_encoder"). In a lease
tensors have the names of their files, which may be the same in two folders.
"""

from __future__ import annotations

import json
import struct
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from .errors import WeightroomError

if TYPE_CHECKING:
    from ._client import Client

_LONGEST_HEADER = 100 << 20  # as safetensors' own


def component_ids_by_folder(client: Client, model_id: str) -> dict[str, list[str]]:
    """Return the engine's ids of what lies in each folder ("unet") of a pipeline. Raises EngineError, WeightroomError."""
    files = [str(row["path"]) for row in client.model.get_model(model_id=model_id)["known_hashes"]]
    folders = [str(client.model.get_model_of_file(path=file)["name_prefix"]).rstrip("/") for file in files]
    rows = client.model.get_model_components(model_id=model_id, include_tensors=True)["tensors"]
    # Both are in the order of the files; every folder has components, and none lies in two.
    ids = list(dict.fromkeys(str(row["component_id"]) for row in rows))
    names = list(dict.fromkeys(folders))
    if len(ids) == len(names):
        return {folder: [component] for folder, component in zip(names, ids)}
    found: dict[str, list[str]] = {folder: [] for folder in names}
    left = iter(rows)
    for file, folder in zip(files, folders):
        for row in islice(left, _count_tensors(Path(file))):
            if row["component_id"] not in found[folder]:
                found[folder].append(str(row["component_id"]))
    return found


def refuse_quantized(folder: Path, component: str) -> None:
    """Raise WeightroomError for a component whose weights only its quantization's library can use."""
    configuration = read_object(folder / "config.json")
    quantization = configuration.get("quantization_config")
    if quantization:
        method = quantization.get("quant_method") if isinstance(quantization, dict) else quantization
        raise WeightroomError(f"'{component}' is quantized ({method}): diffusers has to load it itself")


def read_object(file: Path) -> dict[str, Any]:
    """Return the JSON object of a file. Raises WeightroomError."""
    problem: Optional[Exception] = None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    except (OSError, ValueError) as error:
        problem = error
    raise WeightroomError(f"{file} cannot be read: {problem or 'it is no JSON object'}") from problem


def _count_tensors(file: Path) -> int:
    """Return how many tensors a safetensors file has. Raises WeightroomError, for other files too."""
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            header = json.loads(opened.read(min(length, _LONGEST_HEADER)))
        return len(header) - ("__metadata__" in header)
    except (OSError, ValueError, struct.error, TypeError) as error:
        raise WeightroomError(f"which components lie in {file.parent} cannot be told: {error}") from error
