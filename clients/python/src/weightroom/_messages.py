# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON-RPC's messages as lines of bytes, and back.

What the engine could not read at all is refused here: it would be answered without an id, and nobody would know whose
call it was.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Optional

LONGEST_REQUEST = 1 << 20  # as the engine's
LONGEST_ANSWER = 1 << 30  # a listing of 10,000 models has some 20 MB
_DEEPEST_FIELD = 32  # the engine takes 64 levels; fields are texts, numbers and lists of them

_SMALLEST_NUMBER = -(1 << 63)
_LARGEST_NUMBER = (1 << 64) - 1


def request_line(method: str, fields: Mapping[str, Any], request_id: Optional[int] = None) -> bytes:
    """Return a request, which nobody answers where it has no id.

    Raises TypeError for a value that JSON has not, and ValueError for one that the engine cannot read: text that is not
    Unicode, numbers beyond 64 bits, more than 1 MiB.
    """
    message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": _plain(fields)}
    if request_id is not None:
        message["id"] = request_id
    line = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    if len(line) > LONGEST_REQUEST:
        raise ValueError(f"a request may have {LONGEST_REQUEST} bytes, this call of {method} has {len(line)}")
    return line + b"\n"


def _plain(value: Any, depth: int = 0) -> Any:
    """Turn paths into texts and look at what json.dumps would let pass."""
    if depth > _DEEPEST_FIELD:
        raise ValueError(f"a field may be nested {_DEEPEST_FIELD} levels deep")
    if isinstance(value, int) and not _SMALLEST_NUMBER <= value <= _LARGEST_NUMBER:
        raise ValueError(f"{value} does not fit into 64 bits")
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {_name(key): _plain(item, depth + 1) for key, item in value.items()}
    return value


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a field's name is a text, not {key!r}")
    return key


def parse_message(line: bytes) -> dict[str, Any]:
    """Return what the engine has said. Raises ValueError when it is no JSON object."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message of the engine is no JSON object")
    return message


class LineSplitter:
    """Cuts a stream of bytes into lines. What was looked through once is not looked through again."""

    def __init__(self, longest: int = LONGEST_ANSWER) -> None:
        """Refuse lines of more than `longest` bytes."""
        self._longest = longest
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take `data` and yield the lines that are whole, without their ends. Raises ValueError for one too long."""
        start = len(self._bytes)
        self._bytes += data
        while (end := self._bytes.find(b"\n", start)) >= 0:
            line = bytes(self._bytes[:end])
            del self._bytes[: end + 1]
            start = 0
            yield line
        if len(self._bytes) > self._longest:
            raise ValueError(f"an answer has more than {self._longest} bytes")
