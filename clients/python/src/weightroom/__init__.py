# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls a Weightroom engine: the one that keeps weights of image models where they are needed.

The entry is Client; all errors are WeightroomError.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Union

from ._client import Client, ServerInfo
from ._cuda import CudaMemory
from ._events import EventStream, Notification
from ._job import Job
from ._lease import Lease, LeasedTensor, attach
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
    "CudaMemory",
    "DeviceError",
    "EngineError",
    "EventStream",
    "ForeignEngineError",
    "Job",
    "Lease",
    "LeasedTensor",
    "LoadingError",
    "MemoryShortageError",
    "NotRunningError",
    "Notification",
    "RequestError",
    "ServerInfo",
    "WeightroomError",
    "__version__",
    "attach",
    "load",
]

if TYPE_CHECKING:
    import torch as _torch


def load(
    model: Union[str, os.PathLike[str]], component: Union[str, Iterable[str], None] = None, device: Any = None, **more: Any
) -> dict[str, _torch.Tensor]:
    """Return the weights of a model as torch's tensors, without a copy; see weightroom.torch.load(), which needs torch."""
    from .torch import load as load_with_torch

    return load_with_torch(model, component, device, **more)
