# SPDX-License-Identifier: GPL-3.0-or-later
"""A real engine: `weightroomctl serve` as a process."""

from __future__ import annotations

import json
import signal
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

PATIENCE = 120.0

HOST_ONLY = ("--no-cuda", "--host-device", "1GiB")


def make_library(program: str, folder: Path) -> Path:
    """Write a small sample library, and a model that takes minutes to read and no room on the disk."""
    library = folder / "library"
    own = ["--settings", str(folder / "sample.json"), "--data-folder", str(folder / "sample-data"), "--no-cuda"]
    command = [program, *own, "make-sample", str(library), "--type", "vae"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
    _write_slow_model(library / "slow.safetensors")
    return library


def _write_slow_model(path: Path) -> None:
    size = 16 << 30
    header = json.dumps({"slow.weight": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + size)


class ServedEngine:
    """Serves a library in a folder of its own."""

    def __init__(self, program: str, folder: Path, library: Path, devices: Sequence[str] = HOST_ONLY) -> None:
        self.folder = folder / "sockets"
        options = {
            "--settings": folder / "settings.json",
            "--data-folder": folder / "data",
            "--folder": library,
            "--socket-folder": self.folder,
            "--cache": "1GiB",
        }
        words = [str(word) for option in options.items() for word in option]
        self._process = subprocess.Popen([program, "serve", *devices, *words], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        greeting = self._process.stdout.readline()
        assert greeting.startswith(b"Serving at "), greeting

    @property
    def socket(self) -> Path:
        return self.folder / "engine.sock"

    @property
    def read_socket(self) -> Path:
        return self.folder / "engine-read.sock"

    @property
    def process_id(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """End it at once; it is gone when this returns."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def stop(self) -> int:
        """End it in order, where it still runs; return its status."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return self._process.wait(PATIENCE)
