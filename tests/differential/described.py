# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine reads in a file, as Python values: runs describe_tensors."""
import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np


class Refused(Exception):
    """The engine refused the file: the name of its error code, and its words."""

    def __init__(self, code, detail):
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Description:
    """A file as the engine reads it."""

    def __init__(self, lines, values_folder):
        self.format = lines[0]["format"]
        self.metadata = lines[0]["metadata"]
        self.tensors = lines[1:]
        self._values_folder = values_folder

    def values(self, number):
        """The values of a tensor as 32-bit numbers, None when the engine cannot compute them."""
        if not self.tensors[number]["values"]:
            return None
        return np.fromfile(Path(self._values_folder) / f"{number}.f32", dtype=np.float32)


def describe(program, path, values_folder=None):
    """What `program` (describe_tensors) says of a file. Raises Refused."""
    options = [] if values_folder is None else ["--values", str(values_folder)]
    run = subprocess.run([program, *options, str(path)], capture_output=True, text=True, timeout=60)
    if run.returncode not in (0, 1):
        raise RuntimeError(f"describe_tensors ended with {run.returncode}: {run.stderr}")
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode == 1:
        raise Refused(lines[-1]["error"], lines[-1]["detail"])
    return Description(lines, values_folder)


def sha256(data):
    return hashlib.sha256(data).hexdigest()
