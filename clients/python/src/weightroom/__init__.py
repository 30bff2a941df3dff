# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls a Weightroom engine: the one that keeps weights of image models where they are needed.

The entry is Client; all errors are WeightroomError.
"""

from ._client import Client, ServerInfo
from ._events import EventStream, Notification
from ._job import Job
from ._version import __version__
from .errors import (
    CallTimeoutError,
    CompatibilityError,
    ConnectionLostError,
    DeviceError,
    EngineError,
    ForeignEngineError,
    LoadingError,
    MemoryShortageError,
    NotRunningError,
    RequestError,
    WeightroomError,
)

__all__ = [
    "CallTimeoutError",
    "Client",
    "CompatibilityError",
    "ConnectionLostError",
    "DeviceError",
    "EngineError",
    "EventStream",
    "ForeignEngineError",
    "Job",
    "LoadingError",
    "MemoryShortageError",
    "NotRunningError",
    "Notification",
    "RequestError",
    "ServerInfo",
    "WeightroomError",
    "__version__",
]
