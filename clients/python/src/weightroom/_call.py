# SPDX-License-Identifier: GPL-3.0-or-later
"""One call, from its request to its end: what the connection's thread and the caller tell each other."""

from __future__ import annotations

import itertools
import queue
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional

from ._job import Job
from ._messages import request_line

OnProgress = Callable[[Job], None]

# Python does not see a signal that comes just before a wait begins until that wait ends: no wait is longer than this.
LONGEST_NAP_SECONDS = 0.5

_ids = itertools.count(1)


@dataclass(frozen=True)
class Outcome:
    """How a call has ended: by a result, or by an error where that is not None."""

    result: Any = None
    error: Optional[Exception] = None

    def unwrap(self) -> Any:
        """Return the result, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.result


class Call:
    """A call whose answer is waited for.

    The queue between both threads is one that a signal cannot leave locked: Ctrl+C may come at any time.
    """

    def __init__(self, method: str, fields: dict[str, Any], on_progress: Optional[OnProgress] = None) -> None:
        """Describe a call that nobody has sent yet; `on_progress` is called on the thread that waits.

        Raises what request_line() does.
        """
        self.request_id = next(_ids)
        self.method = method
        self.line = request_line(method, fields, self.request_id)
        self.job_id: Optional[int] = None  # set when it became a job
        self.is_abandoned = False  # the connection's thread: its job is to be cancelled
        self.takes_descriptors = False  # its result is the descriptors that come with the answer
        self._on_progress = on_progress
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()  # look what has changed
        self._newest: deque[Job] = deque(maxlen=1)
        self._outcome: Optional[Outcome] = None

    # On the connection's thread

    @property
    def wants_progress(self) -> bool:
        """Whether anybody listens."""
        return self._on_progress is not None

    def begin(self, job_id: int) -> None:
        """Note which job it became."""
        self.job_id = job_id
        self._news.put(None)

    def progress(self, job: Job) -> None:
        """Tell how far it is; what the caller has not seen yet is replaced."""
        self._newest.append(job)
        if self._news.empty():  # whatever is in there leads the caller to look
            self._news.put(None)

    def end(self, outcome: Outcome) -> None:
        """Give the caller its answer; a second one is too late."""
        if self._outcome is None:
            self._outcome = outcome
        self._news.put(None)

    # On the caller's thread

    @property
    def outcome(self) -> Optional[Outcome]:
        """How it has ended; None: not yet."""
        return self._outcome

    def wait(self, timeout: Optional[float]) -> Optional[Outcome]:
        """Wait for the outcome, telling of progress; None when `timeout` seconds have passed before."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._outcome is None:
            if not self._take(deadline):
                return None
            self._tell()
        self._tell()
        return self._outcome

    def wait_for_job(self, patience: float) -> None:
        """Wait until it is known to be a job or has ended, for `patience` seconds at most. Tells of no progress."""
        deadline = time.monotonic() + patience
        while self.job_id is None and self._outcome is None:
            if not self._take(deadline):
                return

    def wait_for_end(self) -> Outcome:
        """Wait for the outcome, however long a rollback takes. Tells of no progress."""
        while self._outcome is None:
            self._take(None)
        return self._outcome

    def _take(self, deadline: Optional[float]) -> bool:
        """Wait for news, or for a nap; false when the deadline has passed without any."""
        left = LONGEST_NAP_SECONDS if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            self._news.get(timeout=min(left, LONGEST_NAP_SECONDS))
        except queue.Empty:
            return deadline is None or time.monotonic() < deadline
        return True

    def _tell(self) -> None:
        if self._on_progress is not None and self._newest:
            self._on_progress(self._newest.popleft())
