# SPDX-License-Identifier: GPL-3.0-or-later
"""What check_rest.py tells schemathesis: paths lie in the folder of the run, wherever a field takes one."""
from __future__ import annotations

import os

import schemathesis
from hypothesis import strategies

_FOLDER = os.environ["WEIGHTROOM_TEST_FOLDER"]
_NAMES = strategies.text(
    strategies.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40
).filter(lambda name: name not in (".", ".."))

schemathesis.openapi.format("absolute-path", _NAMES.map(lambda name: f"{_FOLDER}/{name}"))
