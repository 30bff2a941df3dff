#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a recording for the test double of NVML (tests/fake_nvml) out of what nvidia-smi has written about a GPU.

    nvidia-smi -q -x > gpu.xml
    from_nvidia_smi.py gpu.xml [--instance 0] > tests/data/nvml/a100-mig-driver-535.json

nvidia-smi asks NVML, and writes each answer: so users' reports stand in for machines that nobody here has. Numbers are as
round as nvidia-smi writes them (MiB). "N/A" is "not supported"; what a driver has no word for is a function that it has not.
Which functions came with which driver is known from the headers of NVML. UUID and processes' ids are made up. record_nvml.py
asks NVML itself, and is better where there is a machine.
"""

from __future__ import annotations

import argparse
import json
from typing import Any
from xml.etree import ElementTree

_UUID = "GPU-00000000-0000-0000-0000-000000000001"
_FIRST_PROCESS = 1001
_NOT_SUPPORTED = {"result": 3}
_MIB = 2**20
_REASONS = (  # NVML's bits
    ("gpu_idle", 0x1),
    ("applications_clocks_setting", 0x2),
    ("sw_power_cap", 0x4),
    ("hw_slowdown", 0x8),
    ("sync_boost", 0x10),
    ("sw_thermal_slowdown", 0x20),
    ("hw_thermal_slowdown", 0x40),
    ("hw_power_brake_slowdown", 0x80),
    ("display_clocks_setting", 0x100),
)
_VIRTUALIZATION = {"None": 0, "Pass-Through": 1, "VGPU": 2, "Host VGPU": 3, "Host VSGA": 4}
_SWITCH = {"Disabled": 0, "Enabled": 1}


class Report:
    """What nvidia-smi has written of one GPU. A number: with the unit left out; None: "N/A"; KeyError: no word of it."""

    def __init__(self, root: ElementTree.Element) -> None:
        self.gpu = root.find("gpu")
        if self.gpu is None:
            raise SystemExit("there is no GPU in this report")
        self.driver = root.findtext("driver_version", "")
        self.major = int(self.driver.split(".")[0])

    def text(self, *paths: str) -> str | None:
        """Of the first of the elements that there is: their names have changed over the years."""
        for path in paths:
            found = self.gpu.findtext(path)
            if found is not None:
                return None if found.strip() in ("N/A", "Requested functionality has been deprecated") else found.strip()
        raise KeyError(paths)

    def number(self, *paths: str) -> float | None:
        text = self.text(*paths)
        return None if text is None else float(text.split()[0].rstrip("x"))


def _answer(**values: float | None) -> dict[str, int]:
    if any(value is None for value in values.values()):
        return _NOT_SUPPORTED
    return {"result": 0, **{name: round(value) for name, value in values.items()}}


def _scaled(value: float | None, factor: int) -> float | None:
    return None if value is None else value * factor


def _memory(memory: ElementTree.Element) -> dict[str, dict[str, int] | None]:
    sizes = {part.tag: int(part.text.split()[0]) * _MIB for part in memory}
    older = {name: sizes[name] for name in ("total", "free")}
    older["used"] = sizes["used"] + sizes.get("reserved", 0)
    return {
        "nvmlDeviceGetMemoryInfo_v2": _answer(**sizes) if "reserved" in sizes else None,
        "nvmlDeviceGetMemoryInfo": _answer(**older),
    }


def _temperatures(report: Report) -> dict[str, Any]:
    now = report.number("temperature/gpu_temp")
    shutdown, slowdown, memory = (
        report.number(f"temperature/gpu_temp_{name}_threshold") for name in ("max", "slow", "max_mem")
    )
    return {
        "nvmlDeviceGetTemperatureV": _answer(temperature=now) if report.major >= 565 else None,
        "nvmlDeviceGetTemperature/0": _answer(value=now),
        "nvmlDeviceGetTemperatureThreshold/0": _answer(value=shutdown),
        "nvmlDeviceGetTemperatureThreshold/1": _answer(value=slowdown),
        "nvmlDeviceGetTemperatureThreshold/2": _answer(value=memory),
    }


def _power(report: Report) -> dict[str, Any]:
    def watts(*names: str) -> float | None:
        paths = [f"{group}/{name}" for group in ("gpu_power_readings", "power_readings") for name in names]
        return _scaled(report.number(*paths), 1000)

    return {
        "nvmlDeviceGetPowerUsage": _answer(value=watts("power_draw", "average_power_draw")),
        "nvmlDeviceGetEnforcedPowerLimit": _answer(value=watts("enforced_power_limit", "current_power_limit")),
        "nvmlDeviceGetPowerManagementLimitConstraints": _answer(
            smallest=watts("min_power_limit"), largest=watts("max_power_limit")
        ),
        "nvmlDeviceGetFanSpeed": _answer(value=report.number("fan_speed")),
    }


def _clocks(report: Report) -> dict[str, Any]:
    answers = {}
    for number, name in ((0, "graphics_clock"), (2, "mem_clock")):
        answers[f"nvmlDeviceGetClockInfo/{number}"] = _answer(value=report.number(f"clocks/{name}"))
        answers[f"nvmlDeviceGetMaxClockInfo/{number}"] = _answer(value=report.number(f"max_clocks/{name}"))
    bits = 0
    for name, bit in _REASONS:
        words = [f"clocks_{word}_reasons/clocks_{word}_reason_{name}" for word in ("event", "throttle")]
        bits |= bit if report.text(*words) == "Active" else 0
    answers["nvmlDeviceGetCurrentClocksEventReasons"] = _answer(value=bits) if report.major >= 535 else None
    answers["nvmlDeviceGetCurrentClocksThrottleReasons"] = _answer(value=bits)
    return answers


def _link(report: Report) -> dict[str, Any]:
    def info(name: str) -> float | None:
        return report.number(f"pci/pci_gpu_link_info/{name}")

    return {
        "nvmlDeviceGetPciInfo_v3": {"result": 0, "busId": report.text("pci/pci_bus_id")},
        "nvmlDeviceGetCurrPcieLinkGeneration": _answer(value=info("pcie_gen/current_link_gen")),
        "nvmlDeviceGetMaxPcieLinkGeneration": _answer(value=info("pcie_gen/max_link_gen")),
        "nvmlDeviceGetCurrPcieLinkWidth": _answer(value=info("link_widths/current_link_width")),
        "nvmlDeviceGetMaxPcieLinkWidth": _answer(value=info("link_widths/max_link_width")),
        "nvmlDeviceGetPcieThroughput/0": _answer(value=report.number("pci/tx_util")),
        "nvmlDeviceGetPcieThroughput/1": _answer(value=report.number("pci/rx_util")),
    }


def _errors(report: Report) -> dict[str, Any]:
    mode = report.text("ecc_mode/current_ecc")
    answers = {"nvmlDeviceGetEccMode": _answer(now=_SWITCH.get(mode), next=_SWITCH.get(report.text("ecc_mode/pending_ecc")))}
    for number, older, word in ((0, "single_bit", "correctable"), (1, "double_bit", "uncorrectable")):
        try:
            count = report.number(f"ecc_errors/volatile/{older}/total")
        except KeyError:
            found = [part for part in report.gpu.find("ecc_errors/volatile") if f"_{word}" in part.tag]
            told = [int(part.text) for part in found if part.text != "N/A"]
            count = sum(told) if told else None
        answers[f"nvmlDeviceGetTotalEccErrors/{number}/0"] = _answer(value=count)
    return answers


def _processes(report: Report) -> dict[str, Any]:
    lists: dict[str, list[dict[str, int]]] = {"C": [], "G": []}
    for i, row in enumerate(report.gpu.findall("processes/process_info")):
        memory = row.findtext("used_memory")
        size = 2**64 - 1 if memory == "N/A" else int(memory.split()[0]) * _MIB
        for kind in row.findtext("type").split("+"):
            lists[kind].append({"pid": _FIRST_PROCESS + i, "usedGpuMemory": size})
    return {
        f"nvmlDeviceGet{name}RunningProcesses_v3": (
            {"result": 0, "processes": lists[kind]} if report.major >= 510 else None
        )
        for kind, name in (("C", "Compute"), ("G", "Graphics"))
    }


def _partition(report: Report) -> dict[str, Any]:
    try:
        mode = _SWITCH.get(report.text("mig_mode/current_mig"))
        mig = _answer(now=mode, next=mode)
    except KeyError:
        mig = None
    virtualization = _VIRTUALIZATION[report.text("gpu_virtualization_mode/virtualization_mode")]
    return {"nvmlDeviceGetMigMode": mig, "nvmlDeviceGetVirtualizationMode": _answer(value=virtualization)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", help="what nvidia-smi -q -x has written; its first GPU is taken")
    parser.add_argument("--instance", type=int, help="the number of an instance (MIG) of the GPU")
    arguments = parser.parse_args()
    report = Report(ElementTree.parse(arguments.report).getroot())
    memory = report.gpu.find("fb_memory_usage")
    if arguments.instance is not None:
        memory = report.gpu.findall("mig_devices/mig_device")[arguments.instance].find("fb_memory_usage")
    use = _answer(gpu=report.number("utilization/gpu_util"), memory=report.number("utilization/memory_util"))
    answers = {
        **_memory(memory),
        "nvmlDeviceGetUtilizationRates": use,
        **_temperatures(report),
        **_power(report),
        **_clocks(report),
        **_link(report),
        **_errors(report),
        **_processes(report),
        **_partition(report),
    }
    document = {"driver": report.driver, "nvml": "", "uuid": _UUID, "answers": answers}
    if arguments.instance is not None:
        document["isInstance"] = True
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
