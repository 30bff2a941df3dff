# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that this package raises on its own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional


class WeightroomError(Exception):
    """The base of all errors of this package."""


class NotRunningError(WeightroomError):
    """No engine is served at this socket."""


class ForeignEngineError(WeightroomError, PermissionError):
    """What answers at this socket belongs to another user, and is not asked anything."""


class ConnectionLostError(WeightroomError, ConnectionError):
    """The engine has ended, or the connection was closed; what ran for this client is rolled back."""


class CallTimeoutError(WeightroomError, TimeoutError):
    """A call took longer than its `timeout`; the message says what has become of it."""


class EngineError(WeightroomError):
    """The engine could not do what it was asked for.

    `code` names what went wrong ("out_of_device_memory"), `message` says it with names and numbers, `help` is a
    sentence about the code. `recovery` says what may help: "none", "retry", "reread_file", "free_memory",
    "choose_other" or "restart_program"; `tried` lists what the engine did by itself before it gave up, each with
    `action` and `freed_bytes`. What is not known of the circumstances is None.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Take over what the engine says; `document` is the `data` of a JSON-RPC error."""
        super().__init__(document)
        self.document = dict(document)
        self.code: str = document.get("code", "unknown")
        self.error_class: str = document.get("error_class", "unknown")
        self.severity: str = document.get("severity", "error")
        self.recoverable: bool = document.get("recoverable", False)
        self.recovery: str = document.get("recovery", "none")
        self.message: str = document.get("message", "")
        self.help: str = document.get("help", "")
        self.operation: Optional[str] = document.get("operation")
        self.field: Optional[str] = document.get("field")
        self.path: Optional[str] = document.get("path")
        self.model_id: Optional[str] = document.get("model_id")
        self.component_id: Optional[str] = document.get("component_id")
        self.device_id: Optional[str] = document.get("device_id")
        self.holder: Optional[str] = document.get("holder")
        self.memory_type: Optional[str] = document.get("memory_type")
        self.required_bytes: Optional[int] = document.get("required_bytes")
        self.available_bytes: Optional[int] = document.get("available_bytes")
        self.system_code: Optional[int] = document.get("system_code")
        self.tried: list[dict[str, Any]] = document.get("tried", [])

    def __str__(self) -> str:
        """Say what went wrong, and then what such an error means."""
        return " ".join(part for part in (f"{self.code}: {self.message}.", self.help) if part)


class RequestError(EngineError):
    """The request is wrong: an unknown operation, field or id, a value outside its limits."""


class LoadingError(EngineError):
    """A file or folder is missing, unreadable, broken or in use."""


class MemoryShortageError(EngineError):
    """A device, the cache's budget or the system has not enough memory."""


class CompatibilityError(EngineError):
    """A format, a type or a model that cannot be used here."""


class DeviceError(EngineError):
    """A device failed."""


_CLASSES: dict[str, type[EngineError]] = {
    "request": RequestError,
    "loading": LoadingError,
    "memory": MemoryShortageError,
    "compatibility": CompatibilityError,
    "device": DeviceError,
}


def engine_error(document: Mapping[str, Any]) -> EngineError:
    """Return the error of the class that `document` names; EngineError itself for none and for those of later."""
    return _CLASSES.get(document.get("error_class", ""), EngineError)(document)
