# SPDX-License-Identifier: GPL-3.0-or-later
"""File descriptors that come over the socket: each is closed by whoever has it last."""

from __future__ import annotations

import array
import os
import socket
from collections import deque

_MOST_AT_ONCE = 64  # the engine sends 16 with an answer, and a read may see the ends of several


class Descriptor:
    """A file descriptor that is closed with this object."""

    def __init__(self, number: int) -> None:
        """Take over a descriptor."""
        self._number = number

    def fileno(self) -> int:
        """Return its number; it must be open."""
        if self._number < 0:
            raise ValueError("the descriptor was closed")
        return self._number

    def close(self) -> None:
        """Close it; once more does nothing."""
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)

    def __del__(self) -> None:
        """Close it."""
        self.close()


def receive(connected: socket.socket, size: int, descriptors: deque[Descriptor]) -> bytes:
    """Read what is there, `size` bytes at most, and append the descriptors that came along, closed in children.

    (socket.recv_fds() does not hand on its flags.) Where this process may open no more files, the system leaves some out:
    whose answer has fewer than it says then knows why.
    """
    numbers = array.array("i")
    room = socket.CMSG_SPACE(_MOST_AT_ONCE * numbers.itemsize)
    data, messages, _flags, _address = connected.recvmsg(size, room, socket.MSG_CMSG_CLOEXEC)
    for level, kind, content in messages:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            numbers.frombytes(content[: len(content) - len(content) % numbers.itemsize])
    descriptors.extend(map(Descriptor, numbers))
    return data
