# SPDX-License-Identifier: GPL-3.0-or-later
"""A job of the engine at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional


@dataclass(frozen=True)
class Job:
    """A long operation at one moment. Units are bytes for loads and files for scans."""

    job_id: int
    operation: str  # "post_model_load"
    state: str  # "queued", "running", "succeeded", "failed" or "cancelled"
    phase: str  # "scanning", "reading", "copying", …
    units_done: int
    units_total: int  # 0: not known yet
    units_per_second: float  # mean since the job began to run
    remaining_seconds: Optional[float]  # None: nothing can be said yet

    @property
    def is_finished(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state in ("succeeded", "failed", "cancelled")

    @property
    def fraction(self) -> Optional[float]:
        """How much of it is done, 0 to 1; None while the whole is not known."""
        return self.units_done / self.units_total if self.units_total else None


def job_from(document: Mapping[str, Any]) -> Job:
    """Read a job as the engine describes it. Raises KeyError, TypeError or ValueError for what is none."""
    remaining = document["remaining_seconds"]
    return Job(
        job_id=int(document["job_id"]),
        operation=str(document["operation"]),
        state=str(document["state"]),
        phase=str(document["phase"]),
        units_done=int(document["units_done"]),
        units_total=int(document["units_total"]),
        units_per_second=float(document["units_per_second"]),
        remaining_seconds=None if remaining is None else float(remaining),
    )
