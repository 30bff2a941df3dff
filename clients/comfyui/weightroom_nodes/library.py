# SPDX-License-Identifier: GPL-3.0-or-later
"""The models of the engine, as lists to choose from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Optional

import weightroom

# An engine that scans answers meanwhile; one that hangs must not hang ComfyUI's page.
_PATIENCE_SECONDS = 5.0

_CHOICE = re.compile(r"\[([^\[\]]+)\]$")


def choices(kinds: Iterable[str]) -> list[str]:
    """Return "name [id]" of each model of these kinds; one line that says why there are none."""
    try:
        with weightroom.Client() as client:
            models = client.model.get_available_models(timeout=_PATIENCE_SECONDS)["models"]
    except (weightroom.WeightroomError, OSError) as error:
        return [f"({error})"]
    wanted = frozenset(kinds)
    # ComfyUI's loaders take what single files have; the folders of diffusers name their tensors otherwise.
    usable = [row for row in models if row["model_type"] in wanted and row["format"] != "diffusers"]
    rows = sorted((row["name"].lower(), f"{row['name']} [{row['model_id']}]") for row in usable)
    return [row for _, row in rows] or ["(the library of Weightroom has no model of this kind)"]


def id_in(choice: str) -> Optional[str]:
    """Return the id of a choice; None for the line that says why there are none."""
    found = _CHOICE.search(choice)
    return found.group(1) if found else None


def problem_with(choice: str) -> Optional[str]:
    """Return why a choice cannot be used; None where the engine may know it. Names may have changed, ids have not."""
    return None if id_in(choice) else f"no model is chosen: {choice}"


class Model:
    """Weights of a model, and what its file says about them."""

    def __init__(self, choice: str, device: Any) -> None:
        """Have the engine load it, where it has not, and attach to it. Raises weightroom.WeightroomError."""
        model_id = id_in(choice)
        if model_id is None:
            raise weightroom.WeightroomError(f"no model is chosen: {choice}")
        client = weightroom.Client()  # it stays connected as long as any of the weights lives
        self.name: str = choice
        self.weights = weightroom.load(model_id, device=device, client=client)
        self.metadata = _metadata_of(client.model.get_model(model_id=model_id)["path"])

    @property
    def is_on_gpu(self) -> bool:
        """Whether other programs would see what is written into the weights."""
        return any(tensor.device.type != "cpu" for tensor in self.weights.values())


def _metadata_of(path: str) -> Optional[dict[str, str]]:
    """Return the metadata of a safetensors file, which ComfyUI looks at to tell some models apart."""
    if not path.endswith((".safetensors", ".sft")):
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            found: Optional[dict[str, str]] = file.metadata()
            return found
    except (OSError, SafetensorError):
        return None
