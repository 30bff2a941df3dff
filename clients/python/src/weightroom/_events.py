# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine tells without being asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Optional

from ._call import LONGEST_NAP_SECONDS
from ._job import Job, job_from
from .errors import ConnectionLostError

_MOST_WAITING = 1000

JOB_CHANGED = "server.job_changed"
STATE_CHANGED = "server.state_changed"
ALERT_CHANGED = "server.alert_changed"
LEASES = "leases"  # a topic of this package: the engine tells of leases without being asked
LEASE_NEWS = ("sharing.lease_granted", "sharing.lease_ended", "sharing.lease_lost", "sharing.leases_ended")


@dataclass(frozen=True)
class Notification:
    """One piece of news: `method` says of what kind, `params` what the engine says about it."""

    method: str  # "server.job_changed", "server.state_changed", "server.alert_changed" or one of LEASE_NEWS
    params: dict[str, Any]

    @property
    def job(self) -> Optional[Job]:
        """The job that has changed; None for other news."""
        return job_from(self.params) if self.method == JOB_CHANGED else None

    @property
    def revision(self) -> Optional[int]:
        """The number of the engine's state, when models, devices or cache have changed; None for other news."""
        return int(self.params["revision"]) if self.method == STATE_CHANGED else None

    @property
    def alert(self) -> Optional[dict[str, Any]]:
        """The alert as `monitor.get_alerts` gives it, with `change` ("raised", "recovered" or "acknowledged")."""
        return self.params if self.method == ALERT_CHANGED else None

    @property
    def subject(self) -> str:
        """What it is about: newer news about the same replace it."""
        if self.method == JOB_CHANGED:
            return f"job {self.params['job_id']}"
        if self.method == ALERT_CHANGED:
            return f"alert {self.params['alert_id']}"
        if self.method in LEASE_NEWS:
            return f"{self.method} {self.params.get('lease_id')}"
        return self.method


class EventStream(Iterator[Notification]):
    """News of some topics, the oldest first. Any thread may read, and any may close it.

    Nobody waits for a reader: of each subject only the newest is kept, and of no more than 1000 subjects; then the
    oldest is dropped and counted in `lost`. When the connection is lost, iteration raises ConnectionLostError after
    what has come before; after close() it just ends.
    """

    def __init__(self, topics: frozenset[str], on_close: Callable[[EventStream], None]) -> None:
        """Begin without news; `on_close` is called once or more, by close()."""
        self.topics = topics
        self.lost = 0
        self._on_close = on_close
        self._changed = threading.Condition()  # guards all below, and `lost`
        self._waiting: dict[str, Notification] = {}
        self._has_ended = False
        self._reason: Optional[str] = None  # None: it was closed

    def put(self, news: Notification) -> None:
        """Add news, on the connection's thread."""
        with self._changed:
            if news.subject not in self._waiting and len(self._waiting) >= _MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]
                self.lost += 1
            self._waiting[news.subject] = news
            self._changed.notify()

    def end(self, reason: Optional[str]) -> None:
        """Let readers go when they have had what is there; they raise where there is a reason. The first end counts."""
        with self._changed:
            if not self._has_ended:
                self._reason = reason
            self._has_ended = True
            self._changed.notify_all()

    def get(self, timeout: Optional[float] = None) -> Optional[Notification]:
        """Wait for the next one; None after `timeout` seconds and after close(). Raises ConnectionLostError."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._waiting and not self._has_ended:
                left = LONGEST_NAP_SECONDS if deadline is None else deadline - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(min(left, LONGEST_NAP_SECONDS))
            return self._first()

    def _first(self) -> Optional[Notification]:
        if self._waiting:
            return self._waiting.pop(next(iter(self._waiting)))
        if self._reason is not None:
            raise ConnectionLostError(self._reason)
        return None

    def close(self) -> None:
        """Want no more of it."""
        self._on_close(self)
        self.end(None)

    def __next__(self) -> Notification:
        """Wait for the next one."""
        news = self.get()
        if news is None:
            raise StopIteration
        return news

    def __enter__(self) -> EventStream:
        """Return itself."""
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """Close it."""
        self.close()
