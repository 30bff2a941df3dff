# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory of a host device: a memfd of the engine."""

from __future__ import annotations

import fcntl
import mmap
import sys
from typing import TYPE_CHECKING, Any

from .errors import WeightroomError

if TYPE_CHECKING:
    from ._descriptors import Descriptor

# Of <linux/fcntl.h> and <linux/mman.h>; Python knows the first two from 3.9 and the last from 3.11 on.
_F_GET_SEALS = 1034
_F_SEAL_SHRINK = 0x2
_MAP_NORESERVE = 0x4000


def map_slab(descriptor: Descriptor, size: int) -> mmap.mmap:
    """Map a slab: its pages are the engine's until they are written, which gives this process a page of its own.

    Raises OSError, and WeightroomError for memory that could be taken away while it is read.
    """
    seals = fcntl.fcntl(descriptor.fileno(), _F_GET_SEALS)
    if not seals & _F_SEAL_SHRINK:
        raise WeightroomError("the engine has sent memory that is not sealed: reading it could end this process")
    # Python keeps a descriptor of each mapping, to be able to resize it, where it is not told not to.
    untracked: dict[str, Any] = {"trackfd": False} if sys.version_info >= (3, 13) else {}
    return mmap.mmap(
        descriptor.fileno(),
        size,
        flags=mmap.MAP_PRIVATE | _MAP_NORESERVE,
        prot=mmap.PROT_READ | mmap.PROT_WRITE,
        **untracked,
    )
