# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine for a measurement: with its own settings and data, and with room for one model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "clients" / "python" / "src"))

_GIB = 1 << 30


class OwnEngine:
    """`device`: "HOST_0", or "GPU_0" for the GPUs of the machine."""

    def __init__(self, program: str, file: Path, folder: Path, device: str) -> None:
        room = str(file.stat().st_size + _GIB)
        devices = [] if device.startswith("GPU_") else ["--no-cuda", "--host-device", room]
        options = {
            "--settings": folder / "settings.json",
            "--data-folder": folder / "data",
            "--folder": file.parent,
            "--socket-folder": folder / "sockets",
            "--cache": room,
        }
        words = [str(word) for option in options.items() for word in option]
        self._process = subprocess.Popen([program, "serve", *devices, *words], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._process.stdout.readline()
        self.socket = folder / "sockets" / "engine.sock"

    @property
    def process_id(self) -> int:
        return self._process.pid

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()
