# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from fake_engine import Background, job_document
from weightroom import ConnectionLostError, EventStream, Notification


def stream() -> EventStream:
    return EventStream(frozenset({"jobs", "state"}), lambda closed: None)


def job(number: int, done: int = 0) -> Notification:
    return Notification("server.job_changed", job_document(number, units_done=done))


def state(revision: int) -> Notification:
    return Notification("server.state_changed", {"revision": revision})


def alert(number: int, change: str = "raised") -> Notification:
    return Notification("server.alert_changed", {"alert_id": number, "change": change})


def test_says_what_has_changed() -> None:
    changed = job(3, done=2).job
    assert changed is not None and (changed.job_id, changed.units_done) == (3, 2)
    assert job(3).revision is None
    assert state(7).revision == 7 and state(7).job is None
    raised = alert(4).alert
    assert raised is not None and (raised["alert_id"], raised["change"]) == (4, "raised")
    assert state(7).alert is None and alert(4).job is None and alert(4).revision is None


def test_keeps_the_newest_of_each_subject() -> None:
    events = stream()
    for news in (job(1, 1), state(5), job(2, 1), alert(1), job(1, 2), state(6), alert(2), alert(1, "recovered")):
        events.put(news)
    events.end(None)
    assert list(events) == [job(1, 2), state(6), job(2, 1), alert(1, "recovered"), alert(2)]
    assert events.lost == 0


def test_drops_the_oldest_of_too_many() -> None:
    events = stream()
    for number in range(1002):
        events.put(job(number))
    events.put(job(1001, 1))  # known: takes no room
    assert events.lost == 2
    assert events.get() == job(2)


def test_waits_no_longer_than_it_may() -> None:
    events = stream()
    assert events.get(timeout=0) is None
    assert events.get(timeout=0.001) is None
    events.put(state(1))
    assert events.get(timeout=0) == state(1)


def test_wakes_who_waits() -> None:
    events = stream()
    reading = Background(lambda: list(events))
    events.put(state(1))
    events.close()
    assert reading.result() == [state(1)]


def test_raises_after_what_came_before() -> None:
    events = stream()
    events.put(state(1))
    events.end("the engine has ended")
    events.end(None)
    assert next(events) == state(1)
    for _ in range(2):
        with pytest.raises(ConnectionLostError, match="the engine has ended"):
            next(events)


def test_ends_quietly_when_it_was_closed_first() -> None:
    events = stream()
    events.close()
    events.end("the engine has ended")
    assert list(events) == []
