# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weightroom._messages import LONGEST_REQUEST, LineSplitter, parse_message, request_line


def nested(depth: int) -> Any:
    return [] if depth == 0 else [nested(depth - 1)]


def test_writes_a_request_as_one_line() -> None:
    line = request_line("model.get_model", {"model_id": "å\n", "path": Path("/a/b"), "sizes": (1, 2)}, 7)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert json.loads(line) == {
        "jsonrpc": "2.0",
        "id": 7,
        "method": "model.get_model",
        "params": {"model_id": "å\n", "path": "/a/b", "sizes": [1, 2]},
    }


def test_writes_no_id_where_nobody_waits() -> None:
    assert "id" not in json.loads(request_line("job.post_job_cancel", {"job_id": 1}))


@pytest.mark.parametrize("value", [-(1 << 63), (1 << 64) - 1, True, None, 0.5, "", nested(20)])
def test_takes_what_the_engine_can_read(value: Any) -> None:
    assert json.loads(request_line("a.b", {"value": value}))["params"]["value"] == value


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("\udcff", ValueError),  # the name of a file that is not UTF-8
        (1 << 64, ValueError),
        (-(1 << 63) - 1, ValueError),
        ([1 << 64], ValueError),
        ({"deep": 1 << 64}, ValueError),
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        (nested(40), ValueError),
        ("x" * LONGEST_REQUEST, ValueError),
        ({1: "a name"}, TypeError),
        (b"bytes", TypeError),
        (object(), TypeError),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_refuses_what_the_engine_cannot_read(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        request_line("a.b", {"value": value})


def test_refuses_a_request_that_is_too_long_by_one_byte() -> None:
    room = LONGEST_REQUEST - len(request_line("a.b", {"value": ""})) + 1  # the end of the line does not count
    assert len(request_line("a.b", {"value": "x" * room})) == LONGEST_REQUEST + 1
    with pytest.raises(ValueError, match="1048577"):
        request_line("a.b", {"value": "x" * (room + 1)})


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"1", b"\xff", b"null"])
def test_refuses_an_answer_that_is_no_object(line: bytes) -> None:
    with pytest.raises(ValueError):
        parse_message(line)


@pytest.mark.parametrize("size", range(1, 12))
def test_cuts_lines_wherever_the_bytes_are_cut(size: int) -> None:
    data = b"one\n\ntwo\nthree"
    splitter = LineSplitter()
    lines = [line for start in range(0, len(data), size) for line in splitter.feed(data[start : start + size])]
    assert lines == [b"one", b"", b"two"]
    assert list(splitter.feed(b"\n")) == [b"three"]


def test_refuses_a_line_without_end() -> None:
    splitter = LineSplitter(longest=4)
    assert list(splitter.feed(b"1234")) == []
    with pytest.raises(ValueError, match="more than 4 bytes"):
        list(splitter.feed(b"5"))
