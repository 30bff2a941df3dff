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


def kind_of(error):
    """Whose memory is full, if it is that. Only torch's allocator of GPU memory has an exception of its own for it, and
    where NVML may not be asked (MIG, containers) it trips over an assertion instead."""
    words = str(error)
    is_assertion = "CUDACachingAllocator" in words and "NVML_SUCCESS" in words
    if isinstance(error, torch.cuda.OutOfMemoryError) or is_assertion or "CUDA error: out of memory" in words:
        return "device_memory"
    if isinstance(error, MemoryError) or "allocate memory" in words:
        return "memory"
    return "other"


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
        # Pinned RAM, by way of which newer versions load: it would be missing while others load.
        getattr(torch._C, "_host_emptyCache", lambda: None)()


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
    answer(problem=words_of(error), kind=kind_of(error))
