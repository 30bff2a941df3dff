#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classifies some of the safetensors files below a folder with InvokeAI, as it does when a model is installed: the
class of configuration that fits. Prints the seconds per file. What does not count: imports, the first file, which makes
InvokeAI ready, and the hash of the content, which InvokeAI takes as well and Weightroom's scan does not.

    peer_invokeai.py FOLDER COUNT

The files are spread evenly over the folder. Needs a Python environment with invokeai 6.
"""
import contextlib
import sys
import time
from pathlib import Path

from invokeai.backend.model_manager.configs.factory import ModelConfigFactory


def classify(file):
    result = ModelConfigFactory.from_model_on_disk(file, override_fields={"hash": "not-computed"})
    if result.config is None:
        raise RuntimeError(f"InvokeAI has no class for {file}")


def spread_evenly(files, count):
    return [files[i * len(files) // count] for i in range(count)]


def main():
    files = sorted(Path(sys.argv[1]).rglob("*.safetensors"))
    first, *chosen = spread_evenly(files, min(int(sys.argv[2]) + 1, len(files)))
    with contextlib.redirect_stdout(sys.stderr):
        classify(first)
        begin = time.perf_counter()
        for file in chosen:
            classify(file)
        seconds = time.perf_counter() - begin
    print(seconds / len(chosen))


if __name__ == "__main__":
    main()
