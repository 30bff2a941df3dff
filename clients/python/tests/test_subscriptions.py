# SPDX-License-Identifier: GPL-3.0-or-later
"""Event streams over a connection."""

from __future__ import annotations

import pytest

import weightroom
from fake_engine import Background, FakeEngine


def open_stream(fake: FakeEngine, client: weightroom.Client, *topics: str) -> weightroom.EventStream:
    opening = Background(lambda: client.events(*topics))
    request = fake.request()
    assert request["method"] == "server.post_subscribe"
    assert request["params"] == {"topics": sorted(topics)}
    fake.answer(request, {"topics": sorted(topics)})
    stream: weightroom.EventStream = opening.result()
    return stream


def expect_unsubscription(fake: FakeEngine, *topics: str) -> None:
    request = fake.request()
    assert request["method"] == "server.post_unsubscribe"
    assert request["params"] == {"topics": list(topics)}
    assert "id" not in request


def test_tells_each_stream_of_its_topics(fake: FakeEngine) -> None:
    with fake.client() as client:
        jobs = open_stream(fake, client, "jobs")
        own = open_stream(fake, client, "own_jobs")
        both = open_stream(fake, client, "state", "jobs")
        alerts = open_stream(fake, client, "alerts")
        call = Background(lambda: client.call("a.b"))
        request = fake.request()
        fake.start_job(request, 7)
        fake.tell_job(7)
        fake.tell_job(8)
        fake.send(method="server.state_changed", params={"revision": 3})
        fake.send(method="server.alert_changed", params={"alert_id": 5, "change": "raised"})
        fake.answer(request, {})
        call.result()
        client.close()
        assert [news.subject for news in _rest(jobs)] == ["job 7", "job 8"]
        assert [news.subject for news in _rest(own)] == ["job 7"]
        assert [news.revision for news in _rest(both)] == [None, None, 3]
        assert [news.subject for news in _rest(alerts)] == ["alert 5"]


def _rest(stream: weightroom.EventStream) -> list[weightroom.Notification]:
    """Return what is there of a stream whose client was closed."""
    rest = []
    with pytest.raises(weightroom.ConnectionLostError, match="closed"):
        for news in stream:
            rest.append(news)
    return rest


def test_ends_topics_that_nobody_wants_any_more(fake: FakeEngine) -> None:
    with fake.client() as client:
        first = open_stream(fake, client, "jobs", "state")
        second = open_stream(fake, client, "jobs")
        first.close()
        first.close()
        expect_unsubscription(fake, "state")
        with second:
            pass
        expect_unsubscription(fake, "jobs")


def test_keeps_its_own_jobs_for_progress(fake: FakeEngine) -> None:
    with fake.client() as client:
        call = Background(lambda: client.call("a.b", on_progress=print))
        assert fake.request()["method"] == "server.post_subscribe"
        fake.answer(fake.request(), {})
        call.result()
        open_stream(fake, client, "own_jobs").close()
        after = Background(lambda: client.call("a.after"))
        request = fake.request()
        assert request["method"] == "a.after"
        fake.answer(request, {})
        after.result()


def test_is_refused_a_topic_that_is_not_there(fake: FakeEngine) -> None:
    with fake.client() as client:
        opening = Background(lambda: client.events("weather"))
        fake.refuse(fake.request(), {"code": "invalid_value", "error_class": "request", "message": "no such topic"})
        with pytest.raises(weightroom.RequestError, match="no such topic"):
            opening.result()
        expect_unsubscription(fake, "weather")


def test_ends_with_the_connection(fake: FakeEngine) -> None:
    with fake.client() as client:
        stream = open_stream(fake, client, "state")
        reading = Background(lambda: next(stream))
        fake.hang_up()
        with pytest.raises(weightroom.ConnectionLostError, match="the engine has ended"):
            reading.result()


def test_holds_its_client(fake: FakeEngine) -> None:
    stream = open_stream(fake, fake.client(), "state")
    fake.send(method="server.state_changed", params={"revision": 3})
    assert next(stream).revision == 3
    fake.hang_up()
    with pytest.raises(weightroom.ConnectionLostError):
        next(stream)
