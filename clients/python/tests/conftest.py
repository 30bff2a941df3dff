# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_engine import FakeEngine
from served_engine import ServedEngine, make_library

# MKL multiplies by other code where matrices begin at other distances from a border of 64 bytes, and rounds otherwise:
# what diffusers loads itself gives other last bits when it is copied to such a place. With this it does not.
os.environ["MKL_CBWR"] = "COMPATIBLE"
os.environ["HF_HUB_OFFLINE"] = "1"  # no test asks anybody outside


@pytest.fixture
def socket_folder() -> Iterator[Path]:
    """A folder with a short name: the path of a socket may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="weightroom-") as folder:
        yield Path(folder)


@pytest.fixture
def fake(socket_folder: Path) -> Iterator[FakeEngine]:
    engine = FakeEngine(socket_folder)
    yield engine
    engine.close()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt, also where the tests were started in the background."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.fixture(scope="session")
def program() -> str:
    path = os.environ.get("WEIGHTROOMCTL")
    if not path:
        pytest.skip("WEIGHTROOMCTL does not name a built weightroomctl")
    return path


@pytest.fixture(scope="session")
def library(program: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="weightroom-") as folder:
        yield make_library(program, Path(folder))


@pytest.fixture
def engine(program: str, library: Path, socket_folder: Path) -> Iterator[ServedEngine]:
    served = ServedEngine(program, socket_folder, library)
    yield served
    served.stop()
