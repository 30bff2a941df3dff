# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads files by safetensors and says how long that took: the peer of a benchmark (operations/benchmark/benchmark_peer.h).

    python3 -I -c <this> DEVICE FILE...

When it is ready it prints {"ready": true, "safetensors": version, "torch": version}. For each line that it gets it loads
all files and prints {"seconds": s, "bytes": n}. What it cannot do is {"problem": words, "kind": which one}. DEVICE is
"cpu" or "cuda:0". On the CPU each tensor is copied out of its mapped file: what is merely mapped is not loaded.
"""
import gc
import json
import os
import sys
import time

# Answers go to where standard output went. What libraries print goes to standard error.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def answer(**fields):
    print(json.dumps(fields), file=answers, flush=True)


def words_of(error):
    return f"{type(error).__name__}: {error}"[:1000]


try:
    import safetensors
    import torch
    from safetensors.torch import load_file
except Exception as error:
    answer(problem=words_of(error), kind="import")
    sys.exit(1)

device, files = sys.argv[1], sys.argv[2:]
is_gpu = device != "cpu"


def is_out_of_memory(error):
    """torch's allocator of RAM, and mmap, have no exception of their own for that."""
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or "allocate memory" in str(error)


def settle():
    """Until all that was asked of the device is done."""
    if is_gpu:
        torch.cuda.synchronize()


def load():
    tensors = []
    for file in files:
        loaded = load_file(file, device=device)
        tensors.extend(loaded.values() if is_gpu else (tensor.clone() for tensor in loaded.values()))
    return tensors


def give_back():
    gc.collect()
    if is_gpu:
        torch.cuda.empty_cache()


def measure():
    give_back()
    settle()
    begin = time.perf_counter()
    tensors = load()
    settle()
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "bytes": sum(tensor.nbytes for tensor in tensors)}


def main():
    torch.empty(1, device=device)  # the first use of a device makes its context
    settle()
    answer(ready=True, safetensors=safetensors.__version__, torch=torch.__version__)
    for _ in sys.stdin:
        measured = measure()
        give_back()
        answer(**measured)


try:
    main()
except Exception as error:
    answer(problem=words_of(error), kind="memory" if is_out_of_memory(error) else "other")
