# SPDX-License-Identifier: GPL-3.0-or-later
"""Long operations: progress, and the ways to end them early."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

import weightroom
from fake_engine import CANCELLED, Background, Document, FakeEngine, job_document
from weightroom import Job, _client
from weightroom._call import Call
from weightroom._job import job_from


def begin_job(fake: FakeEngine, job_id: int = 7) -> Document:
    """Take the next call and make it a job."""
    request = fake.request()
    fake.start_job(request, job_id)
    return request


def expect_cancel(fake: FakeEngine, job_id: int = 7) -> None:
    cancel = fake.request()
    assert cancel["method"] == "job.post_job_cancel"
    assert cancel["params"] == {"job_id": job_id}
    assert "id" not in cancel


def expect_subscription(fake: FakeEngine) -> None:
    subscription = fake.request()
    assert subscription["method"] == "server.post_subscribe"
    assert subscription["params"] == {"topics": ["own_jobs"]}


def test_tells_of_progress(fake: FakeEngine) -> None:
    with fake.client() as client:
        seen: list[Job] = []
        call = Background(lambda: client.call("a.b", on_progress=seen.append))
        expect_subscription(fake)
        request = begin_job(fake)
        fake.tell_job(8, units_done=3)  # somebody else's
        fake.tell_job(7, units_done=4, state="succeeded")
        fake.answer(request, {"done": True})
        assert call.result() == {"done": True}
        assert [(job.job_id, job.units_done, job.state) for job in seen] == [(7, 4, "succeeded")]


def test_subscribes_once(fake: FakeEngine) -> None:
    with fake.client() as client:
        call = Background(lambda: client.call("a.b", on_progress=print))
        expect_subscription(fake)
        fake.answer(fake.request(), {})
        call.result()
        call = Background(lambda: client.call("a.b", on_progress=print))
        request = fake.request()
        assert request["method"] == "a.b"
        fake.answer(request, {})
        call.result()


def test_shows_a_slow_listener_the_newest(fake: FakeEngine) -> None:
    with fake.client() as client:
        seen: list[int] = []

        def look(job: Job) -> None:
            seen.append(job.units_done)
            if job.units_done == 5:
                fake.answer(requests[0], {})
            else:  # while it looks, four more arrive: the answer of another call shows that they are there.
                for done in range(2, 6):
                    fake.tell_job(7, units_done=done, units_total=9)
                after = Background(lambda: client.call("a.c"))
                fake.answer(fake.request(), {})
                after.result()

        call = Background(lambda: client.call("a.b", on_progress=look))
        expect_subscription(fake)
        requests = [begin_job(fake)]
        fake.tell_job(7, units_done=1, units_total=9)
        call.result()
        assert seen == [1, 5]


def test_cancels_when_the_time_is_over(fake: FakeEngine) -> None:
    with fake.client() as client:
        call = Background(lambda: client.call("a.b", timeout=0))
        request = begin_job(fake)
        expect_cancel(fake)
        fake.refuse(request, CANCELLED)
        with pytest.raises(weightroom.CallTimeoutError, match="a.b took too long; it was cancelled and rolled back"):
            call.result()


def test_returns_what_was_done_before_it_could_be_cancelled(fake: FakeEngine) -> None:
    with fake.client() as client:
        call = Background(lambda: client.call("a.b", timeout=0))
        request = begin_job(fake)
        expect_cancel(fake)
        fake.answer(request, {"done": True})
        assert call.result() == {"done": True}


def test_raises_what_else_went_wrong_meanwhile(fake: FakeEngine) -> None:
    with fake.client() as client:
        call = Background(lambda: client.call("a.b", timeout=0))
        request = begin_job(fake)
        expect_cancel(fake)
        fake.refuse(request, {"code": "io_error", "error_class": "loading", "message": "the disk is gone"})
        with pytest.raises(weightroom.LoadingError, match="io_error"):
            call.result()


def test_does_not_wait_for_an_engine_that_hangs(fake: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake.client() as client:
        monkeypatch.setattr(_client, "_PATIENCE_SECONDS", 0.01)
        with pytest.raises(weightroom.CallTimeoutError, match="does not answer"):
            client.call("a.b", timeout=0.01)
        begin_job(fake)  # it becomes a job all the same: nobody wants it
        expect_cancel(fake)


def test_never_sends_a_call_whose_turn_has_not_come(fake: FakeEngine) -> None:
    with fake.client() as client:
        calls = [Background(lambda: client.call("a.b")) for _ in range(15)]
        requests = [fake.request() for _ in calls]
        with pytest.raises(weightroom.CallTimeoutError, match="was not begun"):
            client.call("a.late", timeout=0)
        for request in requests:
            fake.answer(request, {})
        after = Background(lambda: client.call("a.after"))
        request = fake.request()
        assert request["method"] == "a.after"
        fake.answer(request, {})
        assert after.result() == {}


def test_leaves_alone_what_a_reader_may_not_cancel(fake: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake.client(role="read_only") as client:
        call = Background(lambda: client.call("a.get_b", timeout=0))
        begin_job(fake)
        with pytest.raises(weightroom.CallTimeoutError, match="goes on until this client is closed"):
            call.result()


def test_cancels_when_the_listener_raises(fake: FakeEngine) -> None:
    def refuse(job: Job) -> None:
        raise LookupError("enough")

    with fake.client() as client:
        call = Background(lambda: client.call("a.b", on_progress=refuse))
        expect_subscription(fake)
        request = begin_job(fake)
        fake.tell_job(7)
        expect_cancel(fake)
        fake.refuse(request, CANCELLED)
        with pytest.raises(LookupError, match="enough"):
            call.result()


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.usefixtures("interruptible")
def test_cancels_at_an_interrupt_and_waits_for_the_end(fake: FakeEngine) -> None:
    ended: list[str] = []

    def play() -> None:
        request = begin_job(fake)
        interrupt()
        expect_cancel(fake)
        ended.append("rolled back")
        fake.refuse(request, CANCELLED)

    with fake.client() as client:
        playing = Background(play)
        with pytest.raises(KeyboardInterrupt):
            client.call("a.b")
        assert ended == ["rolled back"]
        playing.result()


@pytest.mark.usefixtures("interruptible")
def test_returns_a_lease_that_comes_at_an_interrupt(fake: FakeEngine) -> None:
    returned: list[Any] = []

    def play() -> None:
        request = begin_job(fake)
        interrupt()
        expect_cancel(fake)
        fake.answer(request, {"lease_id": 12})  # too late to be cancelled
        returned.append(fake.request())

    with fake.client() as client:
        playing = Background(play)
        with pytest.raises(KeyboardInterrupt):
            client.call("model.post_model_attach", model_id="a")
        playing.result()
    assert returned[0]["method"] == "sharing.post_lease_return" and returned[0]["params"] == {"lease_id": 12}


@pytest.mark.usefixtures("interruptible")
def test_leaves_at_a_second_interrupt(fake: FakeEngine) -> None:
    def play() -> None:
        begin_job(fake)
        interrupt()
        expect_cancel(fake)
        interrupt()

    with fake.client() as client:
        playing = Background(play)
        with pytest.raises(KeyboardInterrupt):
            client.call("a.b")
        playing.result()


def test_says_that_somebody_else_has_cancelled(fake: FakeEngine) -> None:
    with fake.client() as client:
        call: Any = Background(lambda: client.call("a.b", timeout=60))
        request = begin_job(fake)
        fake.refuse(request, CANCELLED)
        with pytest.raises(weightroom.EngineError, match="cancelled"):
            call.result()


def test_gathers_no_progress_that_nobody_looks_at() -> None:
    call = Call("a.b", {}, print)
    for done in range(100):
        call.progress(job_from(job_document(7, units_done=done)))
    assert call._news.qsize() == 1 and len(call._newest) == 1
