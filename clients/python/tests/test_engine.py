# SPDX-License-Identifier: GPL-3.0-or-later
"""The client with a real engine."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

import weightroom
from fake_engine import Background
from served_engine import ServedEngine
from weightroom import Job

VAE = "sample-sdxl-vae"
SLOW = "slow"


def model_id(client: weightroom.Client, name: str) -> str:
    models = client.model.get_available_models()["models"]
    return next(str(model["model_id"]) for model in models if model["name"] == name)


def test_is_of_the_engine_s_version(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        assert client.info == weightroom.ServerInfo(
            version=weightroom.__version__, protocol=1, process_id=engine.process_id, role="full"
        )


def test_loads_with_progress_and_keeps_what_is_loaded(engine: ServedEngine) -> None:
    seen: list[Job] = []
    with weightroom.Client(engine.socket) as client:
        vae = model_id(client, VAE)
        client.model.post_model_load(model_id=vae, on_progress=seen.append, timeout=60)
    assert {job.operation for job in seen} == {"post_model_load"}
    assert len({job.job_id for job in seen}) == 1
    assert seen[-1].state == "succeeded" and seen[-1].fraction == 1.0
    assert all(before.units_done <= after.units_done for before, after in zip(seen, seen[1:]))
    with weightroom.Client(engine.socket) as client:
        assert client.model.post_model_unload(model_id=vae)["model_id"] == vae


@pytest.mark.parametrize(
    ("call", "expected", "code"),
    [
        (lambda client: client.model.get_modle(), weightroom.RequestError, "unknown_operation"),
        (lambda client: client.model.get_model(), weightroom.RequestError, "missing_field"),
        (lambda client: client.model.get_model(model_id="a", colour=1), weightroom.RequestError, "unknown_field"),
        (lambda client: client.model.get_model(model_id=1), weightroom.RequestError, "invalid_value"),
        (lambda client: client.model.get_model(model_id="nobody"), weightroom.RequestError, "model_not_found"),
        (lambda client: client.events(), weightroom.RequestError, "invalid_value"),
        (lambda client: client.events("weather"), weightroom.RequestError, "invalid_value"),
        (lambda client: client.worker.scan_model_directory(directory="/no"), weightroom.LoadingError, "not_found"),
    ],
)
def test_raises_typed_errors(
    engine: ServedEngine, call: Callable[[weightroom.Client], Any], expected: type[weightroom.EngineError], code: str
) -> None:
    with weightroom.Client(engine.socket) as client:
        with pytest.raises(expected) as raised:
            call(client)
        assert raised.value.code == code
        assert raised.value.message and raised.value.help
        assert client.job.get_jobs()["jobs"] is not None  # the connection goes on


def test_says_how_much_memory_is_missing(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        slow = model_id(client, SLOW)
        with pytest.raises(weightroom.MemoryShortageError) as raised:
            client.model.post_model_load(model_id=slow)
    assert raised.value.recovery == "free_memory" and raised.value.model_id == slow
    assert raised.value.required_bytes == 16 << 30 and raised.value.available_bytes is not None


def test_answers_several_threads_at_once(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        ids = [str(model["model_id"]) for model in client.model.get_available_models()["models"]]

        def ask() -> set[str]:
            return {str(client.model.get_model(model_id=ids[turn % len(ids)])["model_id"]) for turn in range(40)}

        assert [asking.result() for asking in [Background(ask) for _ in range(8)]] == [set(ids)] * 8


def is_running(job: Job) -> bool:
    return job.state == "running" and job.units_done > 0


def jobs_by_state(client: weightroom.Client) -> dict[str, int]:
    states = [job["state"] for job in client.job.get_jobs()["jobs"] if job["operation"] == "get_model_hashes"]
    return {state: states.count(state) for state in set(states)}


def test_cancels_when_the_time_is_over(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        slow = model_id(client, SLOW)
        with pytest.raises(weightroom.CallTimeoutError, match="cancelled and rolled back"):
            client.model.get_model_hashes(model_id=slow, timeout=0.1)
        assert jobs_by_state(client) == {"cancelled": 1}


@pytest.mark.usefixtures("interruptible")
def test_cancels_at_an_interrupt(engine: ServedEngine) -> None:
    def interrupt(job: Job) -> None:
        if is_running(job):
            os.kill(os.getpid(), signal.SIGINT)

    with weightroom.Client(engine.socket) as client:
        slow = model_id(client, SLOW)
        with pytest.raises(KeyboardInterrupt):
            client.model.get_model_hashes(model_id=slow, on_progress=interrupt)
        assert jobs_by_state(client) == {"cancelled": 1}


def test_fails_all_calls_when_the_engine_is_killed(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        slow = model_id(client, SLOW)
        waiting = [Background(lambda: client.model.get_model_hashes(model_id=slow)) for _ in range(3)]
        with pytest.raises(weightroom.ConnectionLostError, match="the engine has ended"):
            client.model.get_model_hashes(model_id=slow, on_progress=lambda job: engine.kill())
        for call in waiting:
            with pytest.raises(weightroom.ConnectionLostError):
                call.result()
    with pytest.raises(weightroom.NotRunningError):
        weightroom.Client(engine.socket)


def test_is_told_when_the_engine_ends_in_order(engine: ServedEngine) -> None:
    client = weightroom.Client(engine.socket)
    with client, client.events("jobs") as jobs:
        slow = model_id(client, SLOW)
        call = Background(lambda: client.model.get_model_hashes(model_id=slow))
        next(news for news in jobs if news.job is not None and is_running(news.job))
        assert engine.stop() == 0
        with pytest.raises(weightroom.EngineError, match="cancelled"):
            call.result()


def test_takes_its_jobs_with_it(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as watcher, watcher.events("jobs") as jobs:
        client = weightroom.Client(engine.socket)
        slow = model_id(client, SLOW)
        call = Background(lambda: client.model.get_model_hashes(model_id=slow))
        hashing = (news.job for news in jobs if news.job is not None and news.job.operation == "get_model_hashes")
        next(job for job in hashing if is_running(job))
        client.close()
        with pytest.raises(weightroom.ConnectionLostError):
            call.result()
        assert next(job for job in hashing if job.is_finished).state == "cancelled"


def test_changes_nothing_by_the_socket_for_reading(engine: ServedEngine) -> None:
    with weightroom.Client(engine.read_socket) as client:
        assert client.info.role == "read_only"
        vae = model_id(client, VAE)
        assert client.model.get_model(model_id=vae)["name"] == VAE
        with pytest.raises(weightroom.RequestError) as raised:
            client.model.post_model_load(model_id=vae)
        assert raised.value.code == "not_allowed"
        with pytest.raises(weightroom.CallTimeoutError, match="goes on until this client is closed"):
            client.model.get_model_hashes(model_id=model_id(client, SLOW), timeout=0.1)


def test_tells_of_what_others_do(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as watcher, watcher.events("jobs", "state") as events:
        with weightroom.Client(engine.socket) as client:
            vae = model_id(client, VAE)
            before = watcher.model.get_model_status(model_id=vae)
            client.model.post_model_load(model_id=vae)
        loads = (news.job for news in events if news.job is not None and news.job.operation == "post_model_load")
        assert next(job for job in loads if job.is_finished).state == "succeeded"
        assert watcher.model.get_model_status(model_id=vae) != before
        client = weightroom.Client(engine.socket)
        with client, client.events("state") as states:
            client.model.post_model_unload(model_id=vae)
            assert next(states).revision is not None
