# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of one engine."""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Optional, Union

from ._call import Call, OnProgress, Outcome
from ._connection import Connection
from ._descriptors import Descriptor
from ._events import LEASES, EventStream
from ._place import connect, default_socket
from .errors import CallTimeoutError, ConnectionLostError, EngineError, WeightroomError

_log = logging.getLogger("weightroom")

_PROTOCOL = 1
_CLOSED = "this client was closed"
_READ_ONLY = "read_only"

# An engine says at once that a call has become a job, and who it is. One that says nothing for so long, hangs.
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class ServerInfo:
    """Who answers at the other end."""

    version: str
    protocol: int
    process_id: int
    role: str  # what this client may do: "full" or "read_only"


class Client:
    """A connection to the engine of this user. All of its methods may be called from several threads at once.

    Every operation that `weightroomctl operations` lists can be called by its name:
    `client.model.post_model_load(model_id="…")` is `client.call("model.post_model_load", model_id="…")`.

    When a client is closed, or goes with its program, the engine cancels what runs for it; what it has loaded stays.
    After a fork, the new process needs a client of its own.
    """

    info: ServerInfo  #: Who answers at the other end.

    def __init__(self, socket: Union[str, os.PathLike[str], None] = None) -> None:
        """Connect to `socket`; to $XDG_RUNTIME_DIR/weightroom/engine.sock without one.

        Raises NotRunningError when no engine is served there, ForeignEngineError when it is another user's,
        ConnectionLostError when the engine takes no more clients, WeightroomError when it speaks another protocol.
        """
        path = default_socket() if socket is None else Path(socket)
        self._leases: set[int] = set()  # whose memory is in use
        self._is_closing = False
        self._connection = Connection(connect(path), _warner(self._leases))
        self._may_cancel = True
        weakref.finalize(self, self._connection.request_close)
        try:
            self.info = _info_from(self.call("server.get_server_info", timeout=_PATIENCE_SECONDS))
            self._may_cancel = self.info.role != _READ_ONLY
        except BaseException:
            self.close()
            raise

    def call(
        self,
        method: str,
        /,
        *,
        on_progress: Optional[OnProgress] = None,
        timeout: Optional[float] = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Call an operation by its full name, and wait for its answer.

        `on_progress` is called with the Job, on this thread, whenever it has changed; it may raise, to end the call.
        Ctrl+C, an error of `on_progress` and the end of `timeout` (seconds) cancel the job, and wait until all that it
        has taken is given back, before they raise. A second Ctrl+C leaves without waiting. A job that is done before it
        could be cancelled has its answer returned, timeout or not. An engine that hangs is given 10 seconds more.

        Raises EngineError, or that of its subclasses which fits; CallTimeoutError; ConnectionLostError; TypeError and
        ValueError for fields that JSON or the engine's reader cannot take.
        """
        if self._is_closing:
            raise ConnectionLostError(f"{method}: {_CLOSED}")
        call = Call(method, fields, on_progress)
        try:
            self._connection.submit(call)
            outcome = call.wait(timeout) or self._end_early(call)
        except BaseException:
            if call.outcome is None:
                self._cancel(call)
            self._give_back(call)
            raise
        result: dict[str, Any] = outcome.unwrap()
        return result

    def take_slabs(self, lease_id: int, first: int, count: int) -> list[Descriptor]:
        """Return descriptors of the memory of a lease; Lease does this. Raises RequestError and ConnectionLostError."""
        call = Call("server.post_slabs_send", {"lease_id": lease_id, "first_slab": first, "count": count})
        call.takes_descriptors = True
        self._connection.submit(call)
        outcome = call.wait(None)
        assert outcome is not None
        result: list[Descriptor] = outcome.unwrap()
        return result

    def keep_lease(self, lease_id: int) -> None:
        """Note that the memory of a lease is in use: the connection stays until return_lease()."""
        self._leases.add(lease_id)

    def return_lease(self, lease_id: int) -> None:
        """Give a lease back without waiting, from anywhere, a finalizer too; nothing when the connection is gone."""
        self._leases.discard(lease_id)
        if self._is_closing and not self._leases:
            return self._connection.request_close()
        try:
            self._connection.submit(Call("sharing.post_lease_return", {"lease_id": lease_id}))
        except ConnectionLostError:
            pass

    def _end_early(self, call: Call) -> Outcome:
        """Return how a call ended whose time was over."""
        self._cancel(call)
        if call.outcome is not None and not _was_cancelled(call.outcome):
            return call.outcome
        return Outcome(error=CallTimeoutError(f"{call.method} took too long; {_fate_of(call)}"))

    def _cancel(self, call: Call) -> None:
        self._connection.abandon(call)
        call.wait_for_job(_PATIENCE_SECONDS)
        if self._may_cancel and call.job_id is not None:
            call.wait_for_end()

    def _give_back(self, call: Call) -> None:
        """Return what the engine has granted to a call whose answer nobody gets."""
        outcome = call.outcome
        if call.method == "model.post_model_attach" and outcome is not None and outcome.error is None:
            self.return_lease(outcome.unwrap()["lease_id"])

    def events(self, *topics: str) -> EventStream:
        """Tell of changes from now on; the stream is an iterator, and is closed by `with` or close().

        Topics are "own_jobs" (of this client's calls), "jobs" (of everybody), "state" (models, devices or cache have
        changed), "alerts" (one was raised, has recovered or was acknowledged), "leases" (this client was offered
        weights, or has lost what it was offered). Raises RequestError for others, and ConnectionLostError.
        """
        # The stream holds the client: a connection is open while somebody listens.
        stream = EventStream(frozenset(topics), self._unsubscribe)
        asked = sorted(stream.topics - {LEASES})
        # Of leases the engine tells without being asked; a question makes sure that it is there.
        is_asked = bool(asked) or not stream.topics
        call = Call("server.post_subscribe", {"topics": asked}) if is_asked else Call("server.get_server_info", {})
        try:
            self._connection.subscribe(stream, call)
            outcome = call.wait(None)
            if outcome is not None:
                outcome.unwrap()
        except BaseException:
            stream.close()
            raise
        return stream

    def _unsubscribe(self, stream: EventStream) -> None:
        self._connection.unsubscribe(stream)

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended: every call raises ConnectionLostError."""
        return self._connection.is_lost

    def close(self) -> None:
        """End the client. Calls that wait raise ConnectionLostError, and the engine cancels their jobs.

        While weights that it has attached to are in use, the connection stays open for them alone: with it the engine
        would take their memory for something else.
        """
        self._is_closing = True
        if self._leases and not self._connection.is_lost:
            self._connection.end_calls(_CLOSED)
        else:
            self._connection.close()

    def __enter__(self) -> Client:
        """Return itself."""
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """Close the connection."""
        self.close()

    def __getattr__(self, name: str) -> Family:
        """Return the family of operations that is called so; the engine knows whether it is there."""
        if name.startswith("_"):
            raise AttributeError(name)
        return Family(self, name)


class Family:
    """A family of operations, such as `client.model`."""

    def __init__(self, client: Client, name: str) -> None:
        """Name a family; see Client."""
        self._client = client
        self._name = name

    def __getattr__(self, name: str) -> Operation:
        """Return the operation that is called so."""
        if name.startswith("_"):
            raise AttributeError(name)
        return Operation(self._client, f"{self._name}.{name}")


class Operation:
    """An operation, such as `client.model.get_model`: calling it is Client.call() with its name."""

    def __init__(self, client: Client, name: str) -> None:
        """Name an operation; see Client."""
        self._client = client
        self._name = name

    def __call__(
        self, *, on_progress: Optional[OnProgress] = None, timeout: Optional[float] = None, **fields: Any
    ) -> dict[str, Any]:
        """Call it; see Client.call()."""
        return self._client.call(self._name, on_progress=on_progress, timeout=timeout, **fields)


def _warner(leases: set[int]) -> Callable[[str], None]:
    """Return what tells of a loss under somebody's feet. It must not hold the client."""

    def warn(reason: str) -> None:
        if leases:
            _log.warning(
                "%s: %d leases have ended with it. If the engine still runs, weights that are still in use here may get"
                " other bytes at any time",
                reason,
                len(leases),
            )

    return warn


def _fate_of(call: Call) -> str:
    if call.outcome is not None:
        return "it was cancelled and rolled back"
    if call.job_id is None:
        return "the engine does not answer, and may still carry it out"
    return "this socket is for reading and cancels nothing: it goes on until this client is closed"


def _was_cancelled(outcome: Outcome) -> bool:
    return isinstance(outcome.error, EngineError) and outcome.error.code == "cancelled"


def _info_from(answer: dict[str, Any]) -> ServerInfo:
    if answer["protocol"] != _PROTOCOL:
        raise WeightroomError(
            f"the engine (version {answer['version']}) speaks protocol {answer['protocol']}, this client speaks"
            f" {_PROTOCOL}: take the client of the engine's version"
        )
    return ServerInfo(
        version=answer["version"],
        protocol=answer["protocol"],
        process_id=answer["process_id"],
        role=answer["role"],
    )
