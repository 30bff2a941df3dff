#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the headers of all safetensors files below a folder with safetensors.safe_open, as Python programs do: names,
shapes and types of all tensors. Prints the seconds; imports do not count.

    peer_safe_open.py FOLDER
"""
import sys
import time
from pathlib import Path

from safetensors import safe_open


def read_headers(files):
    for file in files:
        with safe_open(file, "np") as opened:
            opened.metadata()
            for key in opened.keys():
                tensor = opened.get_slice(key)
                tensor.get_shape()
                tensor.get_dtype()


def main():
    files = sorted(str(path) for path in Path(sys.argv[1]).rglob("*.safetensors"))
    begin = time.perf_counter()
    read_headers(files)
    print(time.perf_counter() - begin)


if __name__ == "__main__":
    main()
