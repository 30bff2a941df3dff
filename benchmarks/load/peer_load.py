#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads one safetensors file onto a device as Python programs do, and prints the rates in GB/s: safetensors' own
load_file, the same through the CPU, and the limit: one copy of pinned memory by PyTorch. Cold means dropped from the
page cache, which is checked.

    peer_load.py FILE [--device cuda:0] [--rounds 5]
"""
import argparse
import ctypes
import gc
import mmap
import os
import statistics
import time

import torch
from safetensors.torch import load_file

LIMIT_BYTES = 1 << 30


def synchronize(device):
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def resident_pages(file):
    """How many of the file's pages are in the page cache."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    size = os.stat(file).st_size
    pages = (ctypes.c_ubyte * (-(-size // mmap.PAGESIZE)))()
    with open(file, "rb") as opened:
        address = libc.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, opened.fileno(), 0)
        if address == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), "mmap")
        libc.mincore(ctypes.c_void_p(address), ctypes.c_size_t(size), pages)
        libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(size))
    return sum(page & 1 for page in pages)


def make_cold(file):
    os.sync()
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
    left = resident_pages(file)
    if left:
        raise RuntimeError(f"{left} pages of {file} stay in the page cache: is another program using it?")


def make_warm(file):
    with open(file, "rb", buffering=0) as opened:
        while opened.read(1 << 24):
            pass


def load_directly(file, device):
    return load_file(file, device=device)


def load_through_cpu(file, device):
    return {name: tensor.to(device) for name, tensor in load_file(file, device="cpu").items()}


def rate_of(load, file, device):
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    synchronize(device)
    begin = time.perf_counter()
    tensors = load(file, device)
    synchronize(device)
    seconds = time.perf_counter() - begin
    return sum(tensor.nbytes for tensor in tensors.values()) / seconds / 1e9


def copy_limit(device):
    source = torch.empty(LIMIT_BYTES, dtype=torch.uint8, pin_memory=True)
    source.fill_(1)
    target = torch.empty(LIMIT_BYTES, dtype=torch.uint8, device=device)
    best = 0.0
    for _ in range(5):
        synchronize(device)
        begin = time.perf_counter()
        target.copy_(source, non_blocking=True)
        synchronize(device)
        best = max(best, LIMIT_BYTES / (time.perf_counter() - begin) / 1e9)
    return best


def show(name, rates):
    print(f"{name:32} {statistics.median(rates):8.2f}  ({min(rates):.2f} to {max(rates):.2f}) GB/s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--rounds", type=int, default=5)
    request = parser.parse_args()
    loads = {"load_file": load_directly, "load_file to the CPU, then .to()": load_through_cpu}
    prepare = {"cold": make_cold, "warm": make_warm}
    rates = {(name, state): [] for name in loads for state in prepare}
    limits = []
    torch.empty(1, device=request.device)
    for _ in range(request.rounds):
        if request.device.startswith("cuda"):
            limits.append(copy_limit(request.device))
        for name, state in rates:
            prepare[state](request.file)
            rates[name, state].append(rate_of(loads[name], request.file, request.device))
    if limits:
        show("pinned copy by PyTorch, limit", limits)
    for (name, state), measured in rates.items():
        show(f"{name}, {state}", measured)


if __name__ == "__main__":
    main()
