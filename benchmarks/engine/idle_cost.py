#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine costs that has loaded a model and watches: processor time of all its threads, second by second, while
nobody asks it for anything. That is what it takes to look at devices and machine once a second and to keep the history,
with all else that the engine does by itself: an upper bound for the watching.

    idle_cost.py WEIGHTROOMCTL FILE [--device HOST_0] [--seconds 60]

Needs no torch. The kernel counts the time in nanoseconds (/proc/PID/task/*/schedstat).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from own_engine import OwnEngine

import weightroom  # after own_engine, which says where it is

_NANO = 1e-9
_PAUSE = 15


def processor_seconds(process: int) -> dict[str, float]:
    """Of each of its threads since it began."""
    seconds = {}
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            seconds[task.name] = int((task / "schedstat").read_text().split()[0]) * _NANO
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
    return seconds


def spent(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {task: seconds - before.get(task, 0.0) for task, seconds in after.items()}


def measure(process: int, seconds: int) -> tuple[list[float], dict[str, float]]:
    """Of each second the share of one core, and of each thread that of the whole time."""
    first = before = processor_seconds(process)
    began = at = time.monotonic()
    shares = []
    for turn in range(1, seconds + 1):
        time.sleep(max(0.0, began + turn - time.monotonic()))
        now, after = time.monotonic(), processor_seconds(process)
        shares.append(sum(spent(before, after).values()) / (now - at))
        before, at = after, now
    whole = at - began
    return shares, {task: used / whole for task, used in spent(first, before).items()}


def load(engine: OwnEngine, file: Path, device: str) -> None:
    with weightroom.Client(engine.socket) as client:
        client.model.get_available_models()
        model_id = client.model.get_model_of_file(path=str(file))["model_id"]
        client.model.post_model_load(model_id=model_id, device_id=device)


def await_idleness(engine: OwnEngine) -> None:
    """Until what the engine does in idle time is done, above all making memory ready for the next load."""
    before = -1
    with weightroom.Client(engine.socket) as client:
        while (ready := ready_bytes(client.monitor.get_monitor_state())) != before:
            before = ready
            time.sleep(_PAUSE)


def ready_bytes(state: dict[str, Any]) -> int:
    memories = [state["cache"]["memory"], *(device["memory"] for device in state["devices"])]
    return sum(entry["size_bytes"] for memory in memories for entry in memory["entries"] if entry["owner"] == "ready")


def report(shares: list[float], threads: dict[str, float]) -> None:
    print(f"of one core: {100 * statistics.fmean(shares):.3f} % on average")
    print(f"of single seconds: median {100 * statistics.median(shares):.3f} %, largest {100 * max(shares):.3f} %")
    for task, share in sorted(threads.items(), key=lambda row: -row[1])[:5]:
        print(f"  thread {task}: {100 * share:.3f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weightroomctl")
    parser.add_argument("file", type=Path)
    parser.add_argument("--device", default="HOST_0", help="the engine's: HOST_0 or GPU_0")
    parser.add_argument("--seconds", type=int, default=60)
    arguments: Any = parser.parse_args()
    file = arguments.file.resolve()
    with tempfile.TemporaryDirectory(prefix="weightroom-") as name:
        engine = OwnEngine(arguments.weightroomctl, file, Path(name), arguments.device)
        try:
            load(engine, file, arguments.device)
            await_idleness(engine)
            report(*measure(engine.process_id, arguments.seconds))
        finally:
            engine.end()


if __name__ == "__main__":
    main()
