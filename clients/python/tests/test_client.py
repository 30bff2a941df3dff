# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls, as the engine's end of the socket sees them."""

from __future__ import annotations

import copy
import gc
import os
from functools import partial
from pathlib import Path

import pytest

import weightroom
from fake_engine import Background, FakeEngine


def test_knows_who_answers(fake: FakeEngine) -> None:
    with fake.client() as client:
        assert client.info == weightroom.ServerInfo(version="9.9", protocol=1, process_id=4711, role="full")


def test_refuses_a_protocol_of_later(fake: FakeEngine) -> None:
    connecting = Background(lambda: weightroom.Client(fake.path))
    fake.welcome(protocol=2)
    with pytest.raises(weightroom.WeightroomError, match="speaks protocol 2"):
        connecting.result()
    assert fake.has_been_left()


def test_says_why_the_engine_takes_no_more_clients(fake: FakeEngine) -> None:
    connecting = Background(lambda: weightroom.Client(fake.path))
    fake.accept()
    fake.send(id=None, error={"code": -32000, "message": "the engine serves 256 clients already", "data": {}})
    fake.hang_up()
    with pytest.raises(weightroom.ConnectionLostError, match="serves 256 clients already"):
        connecting.result()


def test_calls_by_name_and_by_attribute(fake: FakeEngine) -> None:
    with fake.client() as client:
        for call in (
            lambda: client.call("model.get_model", model_id="a", path=Path("/b")),
            lambda: client.model.get_model(model_id="a", path=Path("/b")),
        ):
            answer = Background(call)
            request = fake.request()
            assert request["method"] == "model.get_model"
            assert request["params"] == {"model_id": "a", "path": "/b"}
            fake.answer(request, {"name": "A"})
            assert answer.result() == {"name": "A"}


def test_has_no_private_operations(fake: FakeEngine) -> None:
    with fake.client() as client:
        assert not hasattr(client, "_repr_html_")
        assert not hasattr(client.model, "_repr_html_")
        assert copy.copy(client.model.get_model) is not None


def test_takes_answers_in_any_order(fake: FakeEngine) -> None:
    with fake.client() as client:
        first = Background(lambda: client.call("a.first"))
        first_request = fake.request()
        second = Background(lambda: client.call("a.second"))
        fake.answer(fake.request(), {"is": 2})
        assert second.result() == {"is": 2}
        fake.answer(first_request, {"is": 1})
        assert first.result() == {"is": 1}


def test_gives_each_thread_its_own_answer(fake: FakeEngine) -> None:
    with fake.client() as client:
        threads = [Background(partial(client.call, "a.b", number=number)) for number in range(40)]
        for _ in threads:
            request = fake.request()
            fake.answer(request, {"number": request["params"]["number"]})
        assert [thread.result()["number"] for thread in threads] == list(range(40))


def test_raises_what_the_engine_says(fake: FakeEngine) -> None:
    with fake.client() as client:
        call = Background(lambda: client.call("a.b"))
        fake.refuse(fake.request(), {"code": "busy", "error_class": "request", "message": "another job is at it"})
        with pytest.raises(weightroom.RequestError, match="busy: another job is at it"):
            call.result()


def test_goes_on_after_a_field_that_cannot_be_sent(fake: FakeEngine) -> None:
    with fake.client() as client:
        with pytest.raises(ValueError):
            client.call("a.b", value=1 << 64)
        with pytest.raises(TypeError):
            client.call("a.b", value=object())
        call = Background(lambda: client.call("a.b", value=1))
        fake.answer(fake.request(), {})
        assert call.result() == {}


def test_sends_long_requests_and_takes_long_answers(fake: FakeEngine) -> None:
    with fake.client() as client:
        call = Background(lambda: client.call("a.b", text="x" * 1_000_000))
        request = fake.request()
        fake.answer(request, {"text": request["params"]["text"] * 4})
        assert call.result() == {"text": "x" * 4_000_000}


def test_keeps_a_place_free_for_what_is_answered_at_once(fake: FakeEngine) -> None:
    with fake.client() as client:
        calls = [Background(lambda: client.call("a.b")) for _ in range(17)]
        requests = [fake.request() for _ in range(15)]
        cancelling = Background(lambda: client.job.post_job_cancel(job_id=1))
        cancel = fake.request()  # and neither of the two that wait
        assert cancel["method"] == "job.post_job_cancel"
        fake.answer(cancel, {})
        assert cancelling.result() == {}
        for request in requests:
            fake.answer(request, {})
        for _ in range(2):
            fake.answer(fake.request(), {})
        assert [call.result() for call in calls] == [{}] * 17


@pytest.mark.parametrize(
    ("last_words", "reason"),
    [
        (b"", "the engine has ended"),
        (b'{"jsonrpc":"2.0","id":null,"error":{"message":"a line was too long"}}\n', "a line was too long"),
        (b"no JSON\n", "does not understand"),
        (b"[]\n", "does not understand"),
        (b'{"id":123456789,"result":{}}\n', "does not understand"),
        (b'{"id":"a","error":[]}\n', "does not understand"),
        (b'{"method":"server.job_changed","params":{}}\n', "does not understand"),
        (b'{"method":"server.job_changed","params":[]}\n', "does not understand"),
        (b'{"method":"server.job_started","params":{"request_id":0,"job_id":1}}\n', "does not understand"),
    ],
)
def test_fails_all_calls_when_the_connection_is_lost(fake: FakeEngine, last_words: bytes, reason: str) -> None:
    with fake.client() as client:
        calls = [Background(lambda: client.call("a.b")) for _ in range(20)]  # five of them are not sent yet
        for _ in range(15):
            fake.request()
        fake.write(last_words)
        fake.hang_up()
        for call in calls:
            with pytest.raises(weightroom.ConnectionLostError, match=reason):
                call.result()
        with pytest.raises(weightroom.ConnectionLostError, match=reason):
            client.call("a.b")
        with pytest.raises(weightroom.ConnectionLostError, match=reason):
            client.events("state")


def test_skips_news_of_a_kind_that_it_does_not_know(fake: FakeEngine) -> None:
    with fake.client() as client:
        call = Background(lambda: client.call("a.b"))
        request = fake.request()
        fake.send(method="server.of_later", params={})
        fake.answer(request, {})
        assert call.result() == {}


def test_fails_what_waits_when_it_is_closed(fake: FakeEngine) -> None:
    client = fake.client()
    call = Background(lambda: client.call("a.b"))
    fake.request()
    client.close()
    client.close()
    assert fake.has_been_left()
    with pytest.raises(weightroom.ConnectionLostError, match="closed"):
        call.result()
    with pytest.raises(weightroom.ConnectionLostError, match="closed"):
        client.call("a.b")


def test_is_closed_when_nobody_has_it_any_more(fake: FakeEngine) -> None:
    client = fake.client()
    del client
    gc.collect()
    assert fake.has_been_left()


def test_works_in_no_forked_process(fake: FakeEngine) -> None:
    with fake.client() as client:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                client.call("a.b")
            except weightroom.ConnectionLostError as error:
                status = 0 if "forked" in str(error) else 2
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        call = Background(lambda: client.call("a.b"))  # and is not disturbed by it
        fake.answer(fake.request(), {})
        assert call.result() == {}
