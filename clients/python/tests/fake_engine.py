# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's end of a socket, played by a test line by line."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any, Optional

import weightroom

PATIENCE = 60.0

Document = dict[str, Any]

CANCELLED = {"code": "cancelled", "error_class": "unknown", "severity": "info", "recovery": "retry", "message": "ended"}


class Background:
    """A function on a thread of its own, with its result."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._result: Any = None
        self._error: Optional[BaseException] = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error

    def result(self) -> Any:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "it waits for ever"
        if self._error is not None:
            raise self._error
        return self._result


class FakeEngine:
    """Listens in a folder, and has one client."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "engine.sock"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.settimeout(PATIENCE)
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._connected: Optional[socket.socket] = None
        self._received = b""

    def accept(self) -> None:
        self._connected, _ = self._listener.accept()
        self._connected.settimeout(PATIENCE)

    def welcome(self, **changed: Any) -> None:
        """Let a client in that asks who is there."""
        self.accept()
        asked = self.request()
        assert asked["method"] == "server.get_server_info"
        info = {"name": "weightroom", "version": "9.9", "protocol": 1, "process_id": 4711, "role": "full"}
        self.answer(asked, {**info, **changed})

    def client(self, **changed: Any) -> weightroom.Client:
        connecting = Background(lambda: weightroom.Client(self.path))
        self.welcome(**changed)
        client: weightroom.Client = connecting.result()
        return client

    @property
    def connected(self) -> socket.socket:
        assert self._connected is not None
        return self._connected

    def request(self) -> Document:
        """Return the next request."""
        while b"\n" not in self._received:
            data = self.connected.recv(1 << 16)
            assert data, "the client has gone"
            self._received += data
        line, self._received = self._received.split(b"\n", 1)
        message: Document = json.loads(line)
        return message

    def write(self, data: bytes) -> None:
        self.connected.sendall(data)

    def send(self, **message: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def answer(self, request: Document, result: Any) -> None:
        self.send(id=request["id"], result=result)

    def refuse(self, request: Document, error: Document) -> None:
        self.send(id=request["id"], error={"code": -32000, "message": error["message"], "data": error})

    def start_job(self, request: Document, job_id: int) -> None:
        self.send(method="server.job_started", params={"request_id": request["id"], "job_id": job_id})

    def tell_job(self, job_id: int, **changed: Any) -> None:
        self.send(method="server.job_changed", params=job_document(job_id, **changed))

    def has_been_left(self) -> bool:
        """Wait until the client has gone."""
        while data := self.connected.recv(1 << 16):
            self._received += data
        return True

    def hang_up(self) -> None:
        if self._connected is not None:
            self._connected.close()

    def close(self) -> None:
        self.hang_up()
        self._listener.close()


def job_document(job_id: int, **changed: Any) -> Document:
    """Return a job as the engine writes it."""
    document: Document = {
        "job_id": job_id,
        "operation": "post_model_load",
        "model_id": "a",
        "device_id": None,
        "subject": "a",
        "origin": "user",
        "state": "running",
        "phase": "reading",
        "units_done": 1,
        "units_total": 4,
        "units_per_second": 2.0,
        "remaining_seconds": 1.5,
        "elapsed_seconds": 0.5,
        "submitted_at": "2026-01-02T03:04:05Z",
        "error": None,
    }
    return {**document, **changed}
