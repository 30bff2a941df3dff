#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads one safetensors file into CPU tensors once, as one peer does, and prints the seconds and the CPU seconds of it.
A load counts when the bytes are there: one byte of every page of every tensor is read, which is part of both figures.
Imports are not: when they are done it prints a line and waits for one.

    peer_cpu_load.py PEER FILE        with PEER: safetensors, safetensors-pread, safe_open-copy, fastsafetensors, runai
"""
import resource
import sys
import time

PAGE = 4096


def safetensors(file):
    from safetensors.torch import load_file

    return lambda: load_file(file).values()


def safetensors_pread(file):
    from safetensors.torch import load_file

    return lambda: load_file(file, backend="pread").values()


def safe_open_copy(file):
    """What a program does that closes the file after it: every tensor is copied out of the mapping."""
    from safetensors import safe_open

    def load():
        with safe_open(file, framework="pt") as opened:
            return [opened.get_tensor(name).clone() for name in opened.keys()]

    return load


def fastsafetensors(file):
    from fastsafetensors import SafeTensorsFileLoader, SingleGroup

    def load():
        loader = SafeTensorsFileLoader(SingleGroup(), "cpu", nogds=True)
        loader.add_filenames({0: [file]})
        buffers = loader.copy_files_to_device()
        load.kept = (loader, buffers)
        return [buffers.get_tensor(name) for name in loader.get_keys()]

    return load


def runai(file):
    from runai_model_streamer import SafetensorsStreamer

    def load():
        streamer = SafetensorsStreamer()
        streamer.__enter__()
        load.kept = streamer
        streamer.stream_file(file)
        # A tensor is a view of the streamer's buffer that is used again: who keeps it copies it, as vLLM does.
        return [tensor.clone() for _, tensor in streamer.get_tensors()]

    return load


PEERS = {
    "safetensors": safetensors,
    "safetensors-pread": safetensors_pread,
    "safe_open-copy": safe_open_copy,
    "fastsafetensors": fastsafetensors,
    "runai": runai,
}


def touch(tensors):
    import torch

    for tensor in tensors:
        tensor.detach().reshape(-1).view(torch.uint8)[::PAGE].sum()


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    peer, file = sys.argv[1:]
    load = PEERS[peer](file)
    import torch

    torch.zeros(PAGE).view(torch.uint8)[::PAGE].sum()  # what it sets up at its first call
    print("ready", flush=True)
    sys.stdin.readline()
    cpu = cpu_seconds()
    begin = time.perf_counter()
    tensors = list(load())
    touch(tensors)
    print(time.perf_counter() - begin)
    print(cpu_seconds() - cpu)


if __name__ == "__main__":
    main()
