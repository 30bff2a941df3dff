# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pickle
from typing import Any

import pytest

import weightroom
from weightroom.errors import engine_error

SHORTAGE: dict[str, Any] = {
    "code": "out_of_device_memory",
    "error_class": "memory",
    "severity": "error",
    "recoverable": True,
    "recovery": "free_memory",
    "message": "2 GiB of vram are needed, 1 GiB are available",
    "help": "The device has not enough free memory.",
    "operation": "post_model_load",
    "model_id": "a",
    "device_id": "CUDA_0",
    "memory_type": "vram",
    "required_bytes": 2 << 30,
    "available_bytes": 1 << 30,
}


@pytest.mark.parametrize(
    ("error_class", "expected"),
    [
        ("request", weightroom.RequestError),
        ("loading", weightroom.LoadingError),
        ("memory", weightroom.MemoryShortageError),
        ("compatibility", weightroom.CompatibilityError),
        ("device", weightroom.DeviceError),
        ("unknown", weightroom.EngineError),
        ("of a later version", weightroom.EngineError),
    ],
)
def test_has_the_class_that_the_engine_names(error_class: str, expected: type[Exception]) -> None:
    assert type(engine_error({"error_class": error_class})) is expected


def test_carries_all_that_the_engine_says() -> None:
    error = engine_error(SHORTAGE)
    for name, value in SHORTAGE.items():
        assert getattr(error, name) == value
    assert error.document == SHORTAGE
    assert str(error) == (
        "out_of_device_memory: 2 GiB of vram are needed, 1 GiB are available. The device has not enough free memory."
    )


def test_knows_what_is_not_known() -> None:
    error = engine_error({})
    assert (error.code, error.message, error.recoverable) == ("unknown", "", False)
    assert error.required_bytes is None and error.path is None and error.system_code is None


def test_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(engine_error(SHORTAGE)))
    assert type(error) is weightroom.MemoryShortageError
    assert error.required_bytes == 2 << 30


def test_is_what_python_calls_so() -> None:
    assert issubclass(weightroom.CallTimeoutError, TimeoutError)
    assert issubclass(weightroom.ConnectionLostError, ConnectionError)
    assert issubclass(weightroom.ForeignEngineError, PermissionError)
    for name in weightroom.__all__:
        if name.endswith("Error"):
            assert issubclass(getattr(weightroom, name), weightroom.WeightroomError)
