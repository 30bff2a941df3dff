#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attaching a model that an engine has loaded, up to the dict of torch's tensors, beside safetensors.torch.load_file of
the same file, in turns. Needs torch, safetensors and the client (clients/python/src, which it finds by itself).

    attach_benchmark.py WEIGHTROOMCTL FILE [--device HOST_0] [--rounds 9]

"To the dict" is what either call takes to return; on a GPU ("GPU_0"), until its work is done. In RAM safetensors maps
the file and reads nothing yet, so "every page" is measured as well: until one byte of each page of all tensors was read.
The file is in the page cache, as far as it has room: what the disk does is not measured here.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from own_engine import OwnEngine
from safetensors.torch import load_file

import weightroom  # after own_engine, which says where it is

_PAGE = 4096


def seconds_for(work: Callable[[], dict[str, torch.Tensor]]) -> dict[str, float]:
    gc.collect()
    begin = time.perf_counter()
    tensors = work()
    finish(tensors)
    to_the_dict = time.perf_counter()
    touch(tensors)
    end = time.perf_counter()
    return {"to the dict": to_the_dict - begin, "every page": end - begin}


def finish(tensors: dict[str, torch.Tensor]) -> None:
    """Wait for what a GPU is still at work on."""
    if next(iter(tensors.values())).is_cuda:
        torch.cuda.synchronize()


def touch(tensors: dict[str, torch.Tensor]) -> None:
    """Read one byte of each page."""
    for tensor in tensors.values():
        tensor.flatten().view(torch.uint8)[::_PAGE].sum()
    finish(tensors)


def measure(engine: OwnEngine, file: Path, device: str, rounds: int) -> dict[str, list[dict[str, float]]]:
    def attach_anew() -> dict[str, torch.Tensor]:
        return weightroom.load(model_id, client=weightroom.Client(engine.socket))

    with weightroom.Client(engine.socket) as client:
        client.model.get_available_models()
        model_id = client.model.get_model_of_file(path=str(file))["model_id"]
        client.model.post_model_load(model_id=model_id, device_id=device)
        place = f"cuda:{device[4:]}" if device.startswith("GPU_") else "cpu"
        ways: dict[str, Callable[[], dict[str, torch.Tensor]]] = {
            "attach": lambda: weightroom.load(model_id, client=client),
            "connect and attach": attach_anew,
            "safetensors": lambda: load_file(file, place),
        }
        names = list(ways)
        for name in names:  # imports, the page cache
            seconds_for(ways[name])
        figures: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                figures[name].append(seconds_for(ways[name]))
        return figures


def row(values: list[float], unit: float = 1e3) -> str:
    return f"{statistics.median(values) * unit:.1f} ({min(values) * unit:.1f}–{max(values) * unit:.1f})"


def report(figures: dict[str, list[dict[str, float]]]) -> None:
    for what in ("to the dict", "every page"):
        for name, rounds in figures.items():
            values = [seconds[what] for seconds in rounds]
            ratios = [theirs[what] / ours[what] for ours, theirs in zip(rounds, figures["safetensors"])]
            print(f"{what}, {name}: {row(values)} ms; safetensors takes {row(ratios, 1)} times as long")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weightroomctl")
    parser.add_argument("file", type=Path)
    parser.add_argument("--device", default="HOST_0", help="the engine's: HOST_0 or GPU_0")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="all figures, in seconds, instead of medians")
    arguments: Any = parser.parse_args()
    file = arguments.file.resolve()
    with tempfile.TemporaryDirectory(prefix="weightroom-") as name:
        engine = OwnEngine(arguments.weightroomctl, file, Path(name), arguments.device)
        try:
            figures = measure(engine, file, arguments.device, arguments.rounds)
        finally:
            engine.end()
    print(f"{file.stat().st_size} bytes, {arguments.rounds} rounds: median (minimum–maximum)", file=sys.stderr)
    if arguments.json:
        print(json.dumps(figures))
    else:
        report(figures)


if __name__ == "__main__":
    main()
