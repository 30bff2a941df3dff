#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a copy of a safetensors file in which every other tensor by size has other bytes, about half of all.

    make_half_shared.py FILE COPY
"""
import json
import struct
import sys

BLOCK = 1 << 24
INVERTED = bytes(255 - value for value in range(256))


def main():
    source, target = sys.argv[1:]
    with open(source, "rb") as read, open(target, "xb") as written:
        length = struct.unpack("<Q", read.read(8))[0]
        text = read.read(length)
        written.write(struct.pack("<Q", length) + text)
        tensors = [entry["data_offsets"] for name, entry in json.loads(text).items() if name != "__metadata__"]
        by_size = sorted(tensors, key=lambda offsets: offsets[0] - offsets[1])
        changed = {tuple(offsets) for offsets in by_size[::2]}
        for begin, end in sorted(tensors):
            left = end - begin
            while left > 0:
                block = read.read(min(BLOCK, left))
                written.write(block.translate(INVERTED) if (begin, end) in changed else block)
                left -= len(block)


if __name__ == "__main__":
    main()
