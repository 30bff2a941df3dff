#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what NVML answers about a GPU of this machine, for the test double of NVML (tests/fake_nvml).

    record_nvml.py [--device 0] > tests/data/nvml/rtx-4090-driver-580.json

Each question that model_engine/device/nvml/gpu_reader.cpp asks stands in the document with its result (NVML's number, 0 is
success) and what was filled in; a function that the driver has not is null. UUID and processes' ids are made up, so that
nothing of the machine is in it but its GPU.
"""

from __future__ import annotations

import argparse
import ctypes
import json
from ctypes import byref, c_char, c_int, c_uint, c_ulonglong, c_void_p
from typing import Any

_UUID = "GPU-00000000-0000-0000-0000-000000000001"
_FIRST_PROCESS = 1001
_MOST_PROCESSES = 64


class _MemoryV2(ctypes.Structure):
    _fields_ = [("version", c_uint)] + [(name, c_ulonglong) for name in ("total", "reserved", "free", "used")]


class _Memory(ctypes.Structure):
    _fields_ = [(name, c_ulonglong) for name in ("total", "free", "used")]


class _Utilization(ctypes.Structure):
    _fields_ = [("gpu", c_uint), ("memory", c_uint)]


class _Temperature(ctypes.Structure):
    _fields_ = [("version", c_uint), ("sensorType", c_int), ("temperature", c_int)]


class _Process(ctypes.Structure):
    _fields_ = [
        ("pid", c_uint),
        ("usedGpuMemory", c_ulonglong),
        ("gpuInstanceId", c_uint),
        ("computeInstanceId", c_uint),
    ]


class _Pci(ctypes.Structure):
    _fields_ = [("busIdLegacy", c_char * 16)]
    _fields_ += [(name, c_uint) for name in ("domain", "bus", "device", "pciDeviceId", "pciSubSystemId")]
    _fields_ += [("busId", c_char * 32)]


def _version(kind: type[ctypes.Structure], number: int) -> int:
    return ctypes.sizeof(kind) | number << 24


class Recorder:
    """Asks about one GPU."""

    def __init__(self, index: int) -> None:
        self._nvml = ctypes.CDLL("libnvidia-ml.so.1")
        self._expect(self._nvml.nvmlInit_v2())
        self._device = c_void_p()
        self._expect(self._nvml.nvmlDeviceGetHandleByIndex_v2(c_uint(index), byref(self._device)))
        self.answers: dict[str, Any] = {}

    def text(self, function: str) -> str:
        text = ctypes.create_string_buffer(96)
        self._expect(getattr(self._nvml, function)(text, c_uint(95)))
        return text.value.decode()

    def number(self, function: str, *arguments: int, kind: Any = c_uint) -> None:
        """A question whose answer is one number."""
        self.numbers(function, ("value",), *arguments, kind=kind)

    def numbers(self, function: str, names: tuple[str, ...], *arguments: int, kind: Any = c_uint) -> None:
        values = [kind() for _ in names]
        self._ask(function, arguments, [byref(value) for value in values], lambda: _named(names, values))

    def structure(self, function: str, filled: ctypes.Structure, names: tuple[str, ...]) -> None:
        self._ask(function, (), [byref(filled)], lambda: {name: _plain(getattr(filled, name)) for name in names})

    def processes(self, function: str) -> None:
        count = c_uint(_MOST_PROCESSES)
        rows = (_Process * _MOST_PROCESSES)()
        self._ask(
            function,
            (),
            [byref(count), rows],
            lambda: {
                "processes": [
                    {"pid": _FIRST_PROCESS + i, "usedGpuMemory": rows[i].usedGpuMemory} for i in range(count.value)
                ]
            },
        )

    def _ask(self, function: str, arguments: tuple[int, ...], filled: list[Any], values: Any) -> None:
        key = "/".join([function, *map(str, arguments)])
        try:
            address = getattr(self._nvml, function)
        except AttributeError:
            self.answers[key] = None
            return
        result = address(self._device, *map(c_int, arguments), *filled)
        self.answers[key] = {"result": result, **(values() if result == 0 else {})}

    @staticmethod
    def _expect(result: int) -> None:
        if result != 0:
            raise SystemExit(f"NVML failed with {result}")


def _named(names: tuple[str, ...], values: list[Any]) -> dict[str, int]:
    return {name: value.value for name, value in zip(names, values)}


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def record(recorder: Recorder) -> None:
    memory = _MemoryV2(version=_version(_MemoryV2, 2))
    recorder.structure("nvmlDeviceGetMemoryInfo_v2", memory, ("total", "reserved", "free", "used"))
    recorder.structure("nvmlDeviceGetMemoryInfo", _Memory(), ("total", "free", "used"))
    recorder.structure("nvmlDeviceGetUtilizationRates", _Utilization(), ("gpu", "memory"))
    recorder.structure("nvmlDeviceGetTemperatureV", _Temperature(version=_version(_Temperature, 1)), ("temperature",))
    recorder.number("nvmlDeviceGetTemperature", 0)
    for threshold in (0, 1, 2):  # shutdown, slowdown, memory
        recorder.number("nvmlDeviceGetTemperatureThreshold", threshold)
    for function in ("PowerUsage", "EnforcedPowerLimit", "FanSpeed"):
        recorder.number(f"nvmlDeviceGet{function}")
    recorder.numbers("nvmlDeviceGetPowerManagementLimitConstraints", ("smallest", "largest"))
    for clock in (0, 2):  # graphics, memory
        recorder.number("nvmlDeviceGetClockInfo", clock)
        recorder.number("nvmlDeviceGetMaxClockInfo", clock)
    for name in ("Event", "Throttle"):
        recorder.number(f"nvmlDeviceGetCurrentClocks{name}Reasons", kind=c_ulonglong)
    for what in ("LinkGeneration", "LinkWidth"):
        recorder.number(f"nvmlDeviceGetCurrPcie{what}")
        recorder.number(f"nvmlDeviceGetMaxPcie{what}")
    for counter in (0, 1):  # sent, received
        recorder.number("nvmlDeviceGetPcieThroughput", counter)
    recorder.numbers("nvmlDeviceGetEccMode", ("now", "next"))
    for kind in (0, 1):  # corrected, uncorrected; since the driver was loaded
        recorder.number("nvmlDeviceGetTotalEccErrors", kind, 0, kind=c_ulonglong)
    recorder.processes("nvmlDeviceGetComputeRunningProcesses_v3")
    recorder.processes("nvmlDeviceGetGraphicsRunningProcesses_v3")
    recorder.numbers("nvmlDeviceGetMigMode", ("now", "next"))
    recorder.number("nvmlDeviceGetVirtualizationMode")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", type=int, default=0, help="NVML's number of the GPU")
    recorder = Recorder(parser.parse_args().device)
    recorder.structure("nvmlDeviceGetPciInfo_v3", _Pci(), ("busId",))
    record(recorder)
    document = {
        "driver": recorder.text("nvmlSystemGetDriverVersion"),
        "nvml": recorder.text("nvmlSystemGetNVMLVersion"),
        "uuid": _UUID,
        "answers": recorder.answers,
    }
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
