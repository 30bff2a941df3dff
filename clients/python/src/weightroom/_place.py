# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the engine's socket is, and who is at its other end."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

from .errors import ForeignEngineError, NotRunningError

_HOW_TO_START = "open Weightroom, or run `weightroomctl serve`"
_PEER = struct.Struct("iII")  # struct ucred: process, user, group


def default_socket() -> Path:
    """Return the socket of this user's engine. Raises NotRunningError outside a login session."""
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if not os.path.isabs(folder):
        raise NotRunningError(
            "XDG_RUNTIME_DIR is not set: this is no login session. Name the engine's socket, which"
            " `weightroomctl serve --socket-folder FOLDER` makes as FOLDER/engine.sock."
        )
    return Path(folder) / "weightroom" / "engine.sock"


def connect(path: Path) -> socket.socket:
    """Connect to an engine of this user. Raises NotRunningError, ForeignEngineError, OSError."""
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connected.connect(os.fspath(path))
        _check_peer(connected, path)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        connected.close()
        raise NotRunningError(f"no engine is served at '{path}': {_HOW_TO_START}") from error
    except BaseException:
        connected.close()
        raise
    return connected


def _check_peer(connected: socket.socket, path: Path) -> None:
    _, user, _ = _PEER.unpack(connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    if user != os.geteuid():
        raise ForeignEngineError(f"'{path}' is served by another user (number {user})")
