#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks which way the includes of the source tree point. Prints file:line for each that breaks a rule.

    check_layering.py ROOT

The rules, for files under app, ui, model_engine, tests and benchmarks:
  order     an include may only point to the same folder or to one further left in ORDER
  engine    of ui/ only ui/bridge includes model_engine/
  qt        model_engine/ includes nothing of Qt
  cuda      CUDA's and NVML's headers only in model_engine/device, its tests, and the test doubles (tests/fake_cuda, fake_nvml)
  torch     LibTorch's headers only in model_engine/loader/torch
  path      an include of the project names its path from the project's folder
  pickle    nothing that runs a pickle is named anywhere
"""
import re
import sys
from pathlib import Path

# The order of the data's way. Folders not named here (tests, benchmarks) may include everything.
ENGINE_FOLDERS = ["core", "formats", "catalog", "memory", "device", "cache", "loader", "sharing", "monitor",
                  "benchmark", "operations", "server"]
ORDER = [f"model_engine/{folder}" for folder in ENGINE_FOLDERS] + ["model_engine", "ui/bridge", "ui", "app"]
RANK = {layer: rank for rank, layer in enumerate(ORDER)}

TOP_FOLDERS = ("app", "ui", "model_engine", "tests", "benchmarks")
SUFFIXES = {".h", ".hpp", ".cpp", ".cc", ".c", ".cu", ".cuh", ".inl"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
QT_HEADER = re.compile(r"^(Q[A-Z]\w*|Qt\w*/.*|q[a-z0-9]+\.h)$")
CUDA_FOLDERS = ("model_engine/device/", "tests/model_engine/device/", "tests/fake_cuda/", "tests/fake_nvml/")
CUDA_HEADER = re.compile(r"^(.*/)?(cuda|cuda_\w+|cudaTypedefs|nvml|driver_types|cublas\w*|nvrtc)\.h$")
TORCH_HEADER = re.compile(r"^(torch|ATen|c10|caffe2)/")
# Written by Qt's and CMake's tools into the build folder
GENERATED = re.compile(r"^(\w+\.moc|moc_\w+\.cpp|ui_\w+\.h)$")
# Split, so that this file does not name them itself
PICKLE_TOKENS = ["torch" + "::load", "jit" + "::load", "pickle" + "_load"]


def layer_of(path):
    """The layer of a path relative to the root ("ui/models/x.h" is in "ui"), None outside the order."""
    parts = path.split("/")
    if parts[0] == "model_engine":
        return f"model_engine/{parts[1]}" if len(parts) > 2 else "model_engine"
    if parts[0] == "ui":
        return "ui/bridge" if len(parts) > 2 and parts[1] == "bridge" else "ui"
    return parts[0] if parts[0] in RANK else None


def check_include(file, quote, header):
    """Yields what is wrong with one include of `file`, a path relative to the root."""
    layer = layer_of(file)

    if file.startswith("model_engine/") and QT_HEADER.match(header):
        yield f"qt: model_engine may not include Qt's <{header}>"
    if CUDA_HEADER.match(header) and not file.startswith(CUDA_FOLDERS):
        if not TORCH_HEADER.match(header):
            yield f"cuda: {header} may only be included in model_engine/device, its tests and the test doubles"
    if TORCH_HEADER.match(header) and not file.startswith("model_engine/loader/torch/"):
        yield f"torch: {header} may only be included in model_engine/loader/torch"

    if not header.startswith(tuple(f"{folder}/" for folder in TOP_FOLDERS)):
        if quote == '"' and not GENERATED.match(header) and not CUDA_HEADER.match(header):
            yield f'path: "{header}" does not begin at the project\'s folder'
        return
    if ".." in header.split("/"):
        yield f"path: {header} goes up with .."
        return
    if layer is None:
        return

    target = layer_of(header)
    if target is None:
        yield f"order: {layer} may not include {header}"
    elif target not in RANK:
        yield f"order: {target} is no folder of the order; add it to ORDER"
    elif layer not in RANK:
        yield f"order: {layer} is no folder of the order; add it to ORDER"
    elif RANK[target] > RANK[layer]:
        yield f"order: {layer} may not include {header}, which lies further right"
    elif layer == "ui" and target.startswith("model_engine"):
        yield f"engine: of ui/ only ui/bridge may include {header}"


def check_file(root, path):
    file = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        include = INCLUDE.match(line)
        if include:
            for problem in check_include(file, include.group(1), include.group(2)):
                yield f"{file}:{number}: {problem}"
        for token in PICKLE_TOKENS:
            if token in line:
                yield f"{file}:{number}: pickle: {token} runs code from a file"


def check_tree(root):
    root = Path(root)
    for folder in TOP_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield from check_file(root, path)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    problems = list(check_tree(arguments[1]))
    for problem in problems:
        print(problem)
    print(f"layering: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
