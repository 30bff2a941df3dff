# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory of a GPU, with a driver that is made up: what is called, in which order, and what is given back."""

from __future__ import annotations

import ctypes
import gc
import os
import uuid
from typing import Any

import pytest

from weightroom import CudaMemory, WeightroomError
from weightroom._cuda import Driver, device_numbers, number_of

ADDRESS = 0x7F0000000000
UUIDS = [uuid.UUID(int=1), uuid.UUID(int=2)]


class ScriptedDriver(Driver):
    """Two GPUs; the function that is named by `failing` fails."""

    def __init__(self, failing: str = "") -> None:
        self.contexts = {}
        self.failing = failing
        self.calls: list[str] = []

    def call(self, name: str, *arguments: Any) -> None:
        self.attempt(name, *arguments)
        if name == self.failing:
            raise WeightroomError(f"{name} of the CUDA driver failed with 999")
        if name == "cuDeviceGetCount":
            arguments[0]._obj.value = len(UUIDS)
        elif name == "cuDeviceGet":
            arguments[0]._obj.value = arguments[1].value
        elif name == "cuDeviceGetUuid_v2":
            ctypes.memmove(arguments[0]._obj, UUIDS[arguments[1].value].bytes, 16)
        elif name == "cuMemAddressReserve":
            arguments[0]._obj.value = ADDRESS
        elif name == "cuMemImportFromShareableHandle":
            arguments[0]._obj.value = 77

    def attempt(self, name: str, *arguments: Any) -> None:
        self.calls.append(name)


MAPPING = ["cuMemImportFromShareableHandle", "cuMemAddressReserve", "cuMemMap", "cuMemSetAccess"]
UNMAPPING = {
    "cuMemImportFromShareableHandle": [],
    "cuMemAddressReserve": ["cuMemRelease"],
    "cuMemMap": ["cuMemRelease", "cuMemAddressFree"],
    "cuMemSetAccess": ["cuMemUnmap", "cuMemRelease", "cuMemAddressFree"],
}


def test_maps_and_gives_back() -> None:
    driver = ScriptedDriver()
    memory = CudaMemory(5, 4096, 1, driver)
    assert memory.address == ADDRESS and memory.size == 4096 and memory.device == 1
    assert driver.calls == [
        "cuDeviceGet",
        "cuDevicePrimaryCtxRetain",
        "cuCtxPushCurrent_v2",
        *MAPPING,
        "cuCtxPopCurrent_v2",
    ]
    driver.calls.clear()
    del memory
    gc.collect()
    assert driver.calls == [
        "cuCtxPushCurrent_v2",
        "cuCtxSynchronize",
        *UNMAPPING["cuMemSetAccess"],
        "cuCtxPopCurrent_v2",
    ]


def test_says_what_it_is() -> None:
    memory = CudaMemory(5, 4096, 0, ScriptedDriver())
    interface = memory.__cuda_array_interface__
    assert interface["shape"] == (4096,) and interface["typestr"] == "|u1" and interface["data"] == (ADDRESS, False)


@pytest.mark.parametrize("failing", MAPPING)
def test_a_failure_leaves_nothing(failing: str) -> None:
    driver = ScriptedDriver(failing)
    with pytest.raises(WeightroomError, match=f"{failing} .* failed with 999"):
        CudaMemory(5, 4096, 0, driver)
    gc.collect()
    after = driver.calls[driver.calls.index(failing) + 1 :]
    assert after == [*UNMAPPING[failing], "cuCtxPopCurrent_v2"]


def test_stays_mapped_where_nobody_knows_what_runs() -> None:
    driver = ScriptedDriver()
    memory = CudaMemory(5, 4096, 0, driver)
    driver.failing = "cuCtxSynchronize"
    driver.calls.clear()
    del memory
    gc.collect()
    assert driver.calls == ["cuCtxPushCurrent_v2", "cuCtxSynchronize", "cuCtxPopCurrent_v2"]


def test_finds_a_gpu_by_its_uuid() -> None:
    driver = ScriptedDriver()
    assert device_numbers(driver) == {f"GPU-{UUIDS[0]}": 0, f"GPU-{UUIDS[1]}": 1}
    assert number_of(f"GPU-{UUIDS[1]}", driver) == 1


def test_says_that_a_gpu_is_not_seen_here() -> None:
    missing = f"GPU-{uuid.UUID(int=3)}"
    with pytest.raises(WeightroomError, match=rf"on {missing}, .* does not see .* it sees GPU-.*1, GPU-.*2"):
        number_of(missing, ScriptedDriver())


def test_says_that_there_is_no_driver() -> None:
    with pytest.raises(WeightroomError, match="no CUDA driver here"):
        Driver(f"libnone-{os.getpid()}.so.1")
