# SPDX-License-Identifier: GPL-3.0-or-later
"""What check_rest.py tells schemathesis: paths lie in the folder of the run, wherever a field takes one.

Most are made here; where the limits of a field are covered, its pattern is used, and "/" would be scanned.
"""
from __future__ import annotations

import os

import schemathesis
from hypothesis import strategies

_FOLDER = os.environ["WEIGHTROOM_TEST_FOLDER"]
_NAMES = strategies.text(
    strategies.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40
).filter(lambda name: name not in (".", ".."))

schemathesis.openapi.format("absolute-path", _NAMES.map(lambda name: f"{_FOLDER}/{name}"))


def _inside(value: object) -> object:
    """The value with all absolute paths in the folder; what is valid stays so, and what is not."""
    if isinstance(value, str) and value.startswith("/") and not value.startswith(_FOLDER):
        return _FOLDER + value.replace("..", "__")
    if isinstance(value, list):
        return [_inside(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _inside(entry) for key, entry in value.items()}
    return value


@schemathesis.hook
def before_call(_context, case, **_) -> None:
    if isinstance(case.query, dict):
        case.query = _inside(case.query)
    if isinstance(case.body, (dict, list)):
        case.body = _inside(case.body)
