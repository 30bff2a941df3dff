# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Optional

import pytest

import weightroom
from fake_engine import FakeEngine


@pytest.mark.parametrize("value", [None, "", "not/absolute"])
def test_says_where_there_is_no_session(monkeypatch: pytest.MonkeyPatch, value: Optional[str]) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    if value is not None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", value)
    with pytest.raises(weightroom.NotRunningError, match="XDG_RUNTIME_DIR"):
        weightroom.Client()


def test_looks_in_the_session_of_the_user(monkeypatch: pytest.MonkeyPatch, socket_folder: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(socket_folder))
    with pytest.raises(weightroom.NotRunningError) as raised:
        weightroom.Client()
    assert f"'{socket_folder}/weightroom/engine.sock'" in str(raised.value)
    assert "weightroomctl serve" in str(raised.value)


def test_says_that_nobody_listens_at_what_a_killed_engine_left(socket_folder: Path) -> None:
    path = socket_folder / "engine.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with pytest.raises(weightroom.NotRunningError, match="no engine is served"):
        weightroom.Client(path)


def test_asks_no_other_user(monkeypatch: pytest.MonkeyPatch, fake: FakeEngine) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(weightroom.ForeignEngineError, match="another user"):
        weightroom.Client(fake.path)
    fake.accept()
    assert fake.has_been_left()


def test_passes_on_what_else_the_system_says(socket_folder: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        weightroom.Client(socket_folder / ("x" * 200))
