# SPDX-License-Identifier: GPL-3.0-or-later
"""`weightroomctl serve --rest` for the test of a whole."""
from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

PATIENCE = 120.0


class ServedRest:
    """An engine without GPUs, with all that it writes in one folder; `folder / "library"` is its library."""

    def __init__(self, program: str, folder: Path) -> None:
        self.library = folder / "library"
        self.library.mkdir(exist_ok=True)
        self.sockets = folder / "sockets"
        options = {
            "--settings": folder / "settings.json",
            "--data-folder": folder / "data",
            "--folder": self.library,
            "--socket-folder": self.sockets,
            "--host-device": "64MiB",
            "--cache": "64MiB",
        }
        words = [str(word) for option in options.items() for word in option]
        self.process = subprocess.Popen(
            [program, "serve", "--no-cuda", "--rest", "0", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        greeting = self.process.stdout.readline() + self.process.stdout.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+)/api with the token in (\S+) and.* that in (\S+)", greeting)
        assert found, greeting
        self.url = found[1]
        self.token = Path(found[2]).read_text().strip()
        self.read_token_file = Path(found[3])

    def end(self) -> str:
        """What is wrong with how it ended; empty when nothing is."""
        if self.process.poll() is not None:
            return f"the engine has ended by itself, with {self.process.returncode}"
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=PATIENCE)
        if self.process.returncode != 0:
            return f"the engine ended with {self.process.returncode}: {errors}"
        if self.token in errors:
            return "the token stands in the log"
        return errors if "exception" in errors else ""
