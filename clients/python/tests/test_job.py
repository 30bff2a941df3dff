# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from fake_engine import job_document
from weightroom import Job
from weightroom._job import job_from


def test_reads_a_job() -> None:
    assert job_from(job_document(3)) == Job(
        job_id=3,
        operation="post_model_load",
        state="running",
        phase="reading",
        units_done=1,
        units_total=4,
        units_per_second=2.0,
        remaining_seconds=1.5,
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [("queued", False), ("running", False), ("succeeded", True), ("failed", True), ("cancelled", True)],
)
def test_knows_whether_it_is_finished(state: str, expected: bool) -> None:
    assert job_from(job_document(1, state=state)).is_finished is expected


def test_does_not_know_a_fraction_of_nothing() -> None:
    assert job_from(job_document(1)).fraction == 0.25
    unknown = job_from(job_document(1, units_total=0, remaining_seconds=None))
    assert unknown.fraction is None and unknown.remaining_seconds is None


@pytest.mark.parametrize(
    "document", [{}, {"job_id": 1}, job_document(1, units_done=None), job_document(1, units_done="x")]
)
def test_refuses_what_is_none(document: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        job_from(document)
