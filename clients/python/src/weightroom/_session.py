# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection has asked for, and who is told what. Knows no socket, and lives on the connection's thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from ._call import Call, Outcome
from ._descriptors import Descriptor
from ._events import ALERT_CHANGED, JOB_CHANGED, LEASE_NEWS, LEASES, STATE_CHANGED, EventStream, Notification
from ._job import job_from
from ._messages import request_line
from .errors import CallTimeoutError, ConnectionLostError, WeightroomError, engine_error

# The engine refuses more than 16 jobs of one client. What a client asks beyond 15 waits here; one is kept for what is
# answered at once, so that a job can be cancelled at any time.
MOST_OPEN = 15
_ANSWERED_AT_ONCE = ("job.", "server.")

_OWN_JOBS = "own_jobs"


class LostConnection(Exception):
    """The connection cannot go on; its text says why."""


class Session:
    """The state of one connection: lines to send gather in `outgoing`, messages come in by receive()."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.outgoing = bytearray()
        self.descriptors: deque[Descriptor] = deque()  # that came, and whose answers have not been read yet
        self._queued: deque[Call] = deque()  # not sent yet
        self._open: dict[int, Call] = {}  # by request
        self._jobs: dict[int, Call] = {}  # those of `_open` that are jobs, by job
        self._streams: list[EventStream] = []
        self._wants_own_jobs = False

    # What callers want

    def submit(self, call: Call) -> None:
        """Send a call, now or when there is room for it."""
        if call.method.startswith(_ANSWERED_AT_ONCE):
            self._send(call)
        else:
            self._queued.append(call)
            self._send_queued()

    def abandon(self, call: Call) -> None:
        """Cancel a call that may be anywhere on its way; its end is told as usual."""
        if call in self._queued:
            self._queued.remove(call)
            call.end(Outcome(error=CallTimeoutError(f"{call.method} waited for its turn and was not begun")))
        elif not call.is_abandoned:
            call.is_abandoned = True
            if call.job_id is not None:
                self._cancel(call.job_id)

    def subscribe(self, stream: EventStream, call: Call) -> None:
        """Tell `stream` of its topics from now on; `call` asks the engine for them."""
        self._streams.append(stream)
        self.submit(call)

    def unsubscribe(self, stream: EventStream) -> None:
        """Forget a stream, and the topics that nobody else wants."""
        if stream not in self._streams:
            return
        self._streams.remove(stream)
        wanted = {topic for other in self._streams for topic in other.topics}
        if self._wants_own_jobs:
            wanted.add(_OWN_JOBS)
        if unwanted := sorted(stream.topics - wanted - {LEASES}):
            self.outgoing += request_line("server.post_unsubscribe", {"topics": unwanted})

    # What the engine says

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take a message. Raises LostConnection; KeyError, TypeError or ValueError for what is none."""
        if "method" in message:
            self._notified(message["method"], message["params"])
        elif message["id"] is None:
            raise LostConnection(f"the engine refused this connection: {message['error']['message']}")
        else:
            self._answered(message["id"], message)
            self._send_queued()

    def lose(self, reason: str) -> None:
        """End all calls and streams: nothing comes any more."""
        self.end_calls(reason)
        self._open.clear()
        self._jobs.clear()

    def end_calls(self, reason: str) -> None:
        """End all calls and streams for those who wait; the engine is asked to cancel what runs for them."""
        for call in [*self._open.values(), *self._queued]:
            if call in self._open.values():
                self.abandon(call)
            call.end(Outcome(error=ConnectionLostError(f"{call.method}: {reason}")))
        self._queued.clear()
        for stream in self._streams:
            stream.end(reason)
        self._streams.clear()

    def _send_queued(self) -> None:
        while self._queued and len(self._open) < MOST_OPEN:
            self._send(self._queued.popleft())

    def _send(self, call: Call) -> None:
        if call.wants_progress and not self._wants_own_jobs:
            self._wants_own_jobs = True
            self.outgoing += request_line("server.post_subscribe", {"topics": [_OWN_JOBS]})
        self.outgoing += call.line
        self._open[call.request_id] = call

    def _cancel(self, job_id: int) -> None:
        self.outgoing += request_line("job.post_job_cancel", {"job_id": job_id})

    def _answered(self, request_id: int, message: Mapping[str, Any]) -> None:
        call = self._open.pop(request_id)
        if call.job_id is not None:
            del self._jobs[call.job_id]
        if "error" in message:
            call.end(Outcome(error=engine_error(message["error"]["data"])))
        elif call.takes_descriptors:
            call.end(self._descriptors_of(message["result"]["count"]))
        else:
            call.end(Outcome(message["result"]))

    def _descriptors_of(self, count: int) -> Outcome:
        if len(self.descriptors) >= count:
            return Outcome([self.descriptors.popleft() for _ in range(count)])
        self.descriptors.clear()
        return Outcome(error=WeightroomError("this process may open no more files (ulimit -n), and memory comes as files"))

    def _notified(self, method: str, params: dict[str, Any]) -> None:
        if method == "server.job_started":
            self._job_started(params["request_id"], params["job_id"])
        elif method == JOB_CHANGED:
            self._job_changed(params)
        elif method == STATE_CHANGED:
            self._tell({"state"}, Notification(method, params))
        elif method == ALERT_CHANGED:
            self._tell({"alerts"}, Notification(method, params))
        elif method in LEASE_NEWS:
            self._tell({LEASES}, Notification(method, params))

    def _job_started(self, request_id: int, job_id: int) -> None:
        call = self._open[request_id]
        self._jobs[job_id] = call
        call.begin(job_id)
        if call.is_abandoned:
            self._cancel(job_id)

    def _job_changed(self, params: dict[str, Any]) -> None:
        job = job_from(params)
        call = self._jobs.get(job.job_id)
        if call is not None and call.wants_progress:
            call.progress(job)
        self._tell({"jobs"} if call is None else {"jobs", _OWN_JOBS}, Notification(JOB_CHANGED, params))

    def _tell(self, topics: set[str], news: Notification) -> None:
        for stream in self._streams:
            if not topics.isdisjoint(stream.topics):
                stream.put(news)
