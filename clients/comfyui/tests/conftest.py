# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch")

import comfy_stand_in  # noqa: E402

comfy_stand_in.install()

from served_engine import PATIENCE, ServedEngine  # noqa: E402


@pytest.fixture(scope="session")
def program() -> str:
    path = os.environ.get("WEIGHTROOMCTL")
    if not path:
        pytest.skip("WEIGHTROOMCTL does not name a built weightroomctl")
    return path


@pytest.fixture
def socket_folder() -> Iterator[Path]:
    """A folder with a short name: the path of a socket may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="weightroom-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def library(program: str) -> Iterator[Path]:
    """Models of all kinds that there is a node for."""
    with tempfile.TemporaryDirectory(prefix="weightroom-") as name:
        folder = Path(name)
        own = ["--settings", str(folder / "sample.json"), "--data-folder", str(folder / "data"), "--no-cuda"]
        kinds = ["checkpoint", "diffusion-model", "vae", "text-encoder", "controlnet", "lora"]
        wanted = [word for kind in kinds for word in ("--type", kind)]
        command = [program, *own, "make-sample", str(folder / "library"), *wanted]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
        yield folder / "library"


@pytest.fixture
def engine(
    program: str, library: Path, socket_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ServedEngine]:
    """An engine where programs look for that of their user."""
    served = ServedEngine(program, socket_folder, library)
    (socket_folder / "weightroom").symlink_to(served.folder)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(socket_folder))
    yield served
    served.stop()


@pytest.fixture(autouse=True)
def no_calls() -> Iterator[None]:
    comfy_stand_in.calls.clear()
    yield
    comfy_stand_in.model_type = None
