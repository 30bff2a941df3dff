# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights on a real GPU, shared by several processes. Skipped where there is none."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")
if not torch.cuda.is_available():
    pytest.skip("torch sees no GPU here", allow_module_level=True)

import weightroom  # noqa: E402
import weightroom.torch as wt  # noqa: E402
from served_engine import PATIENCE, ServedEngine  # noqa: E402
from test_engine import VAE, model_id  # noqa: E402
from test_leases import leases, wait_for_leases  # noqa: E402
from test_torch import assert_equal  # noqa: E402

# The libraries warn about each other's versions, which is not what is tested here.
pytestmark = pytest.mark.filterwarnings("default")

MIB = 1 << 20


@pytest.fixture
def engine(program: str, library: Path, socket_folder: Path) -> Iterator[ServedEngine]:
    served = ServedEngine(program, socket_folder, library, devices=())
    yield served
    served.stop()


@pytest.fixture
def client(engine: ServedEngine) -> Iterator[weightroom.Client]:
    with weightroom.Client(engine.socket) as connected:
        model_id(connected, VAE)  # scans
        yield connected


@pytest.fixture
def vae_file(library: Path) -> Path:
    return next(library.rglob(f"{VAE}.safetensors"))


def held_bytes(client: weightroom.Client) -> int:
    (device,) = [row for row in client.model.get_model_status()["devices"] if row["device_id"] == "GPU_0"]
    return int(device["held_bytes"])


CONSUMER = """
import sys, weightroom, weightroom.torch, torch
weights = weightroom.load(sys.argv[2], client=weightroom.Client(sys.argv[1]))
first = weights[min(weights)].flatten().view(torch.uint8)
print(first.device, int(first[0]), flush=True)
for line in sys.stdin:
    if line.strip() == "write":
        first[0] = 255 - first[0]
        torch.cuda.synchronize()
    print(first.device, int(first[0]), flush=True)
"""


class Consumer:
    """A process that has attached to the VAE."""

    def __init__(self, engine: ServedEngine, model: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CONSUMER, str(engine.socket), model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
            text=True,
        )

    def answer(self) -> list[str]:
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def ask(self, wish: str) -> list[str]:
        assert self.process.stdin is not None
        self.process.stdin.write(wish + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self) -> str:
        """End it; return what it has said of errors."""
        return self.process.communicate(timeout=PATIENCE)[1]


def test_loads_onto_the_gpu_what_the_file_has(client: weightroom.Client, vae_file: Path) -> None:
    for device in ("cuda", "cuda:0", "GPU_0", None):
        assert_equal(weightroom.load(vae_file, device=device, client=client), safetensors_torch.load_file(vae_file, "cuda:0"))


def test_load_file_is_that_of_safetensors(
    client: weightroom.Client, vae_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wt, "_shared_client", lambda: client)
    for device in ("cuda", 0, torch.device("cuda:0")):
        weights = wt.load_file(vae_file, device)
        assert_equal(weights, safetensors_torch.load_file(vae_file, "cuda:0"))
        assert len(leases(client)) == 1  # it came from the engine
        del weights
        gc.collect()
        assert wait_for_leases(client, 0)


def test_can_be_computed_with(client: weightroom.Client, vae_file: Path) -> None:
    ours = weightroom.load(vae_file, client=client)
    theirs = safetensors_torch.load_file(vae_file, "cuda:0")
    for name, tensor in theirs.items():
        if tensor.dim() == 4:
            picture = torch.ones(1, tensor.shape[1], 32, 32, dtype=tensor.dtype, device="cuda:0")
            expected = torch.nn.functional.conv2d(picture, tensor)
            assert torch.equal(torch.nn.functional.conv2d(picture, ours[name]), expected)


def test_attaching_takes_no_memory_of_the_gpu(client: weightroom.Client, vae_file: Path) -> None:
    weights = weightroom.load(vae_file, client=client)
    size = sum(tensor.nbytes for tensor in weights.values())
    torch.cuda.synchronize()
    before, held = torch.cuda.mem_get_info()[0], held_bytes(client)
    more = [weightroom.load(vae_file, client=client) for _ in range(8)]
    assert before - torch.cuda.mem_get_info()[0] < max(size, 4 * MIB)  # one copy, where eight would be
    assert held_bytes(client) == held and len(more) == 8


def test_all_processes_have_the_very_same_memory(engine: ServedEngine, client: weightroom.Client) -> None:
    vae = model_id(client, VAE)
    weights = weightroom.load(vae, client=client)
    first = weights[min(weights)].flatten().view(torch.uint8)
    before = int(first[0])
    consumer = Consumer(engine, vae)
    assert consumer.answer() == ["cuda:0", str(before)]
    assert consumer.ask("write") == ["cuda:0", str(255 - before)]
    assert int(first[0]) == 255 - before
    first[0] = before
    torch.cuda.synchronize()
    assert consumer.ask("read") == ["cuda:0", str(before)]
    consumer.close()
    assert wait_for_leases(client, 1)


def test_a_gpu_is_found_by_its_uuid(engine: ServedEngine, client: weightroom.Client) -> None:
    vae = model_id(client, VAE)
    client.model.post_model_load(model_id=vae, timeout=PATIENCE)
    (row,) = [row for row in client.model.get_model_status()["devices"] if row["device_id"] == "GPU_0"]
    consumer = Consumer(engine, vae, CUDA_VISIBLE_DEVICES=row["uuid"])
    assert consumer.answer()[0] == "cuda:0"
    consumer.close()


def test_a_process_that_sees_no_gpu_is_told_so(engine: ServedEngine, client: weightroom.Client) -> None:
    vae = model_id(client, VAE)
    client.model.post_model_load(model_id=vae, timeout=PATIENCE)
    consumer = Consumer(engine, vae, CUDA_VISIBLE_DEVICES="")
    assert consumer.answer() == []
    assert "this process sees none" in consumer.close()
    assert wait_for_leases(client, 0)


def test_a_killed_process_gives_back_within_a_second(engine: ServedEngine, client: weightroom.Client) -> None:
    vae = model_id(client, VAE)
    client.model.post_model_load(model_id=vae, timeout=PATIENCE)
    consumer = Consumer(engine, vae)
    assert consumer.answer()[0] == "cuda:0"
    with pytest.raises(weightroom.RequestError) as refused:
        client.model.post_model_unload(model_id=vae)
    assert refused.value.code == "lease_held"
    consumer.process.send_signal(signal.SIGKILL)
    assert wait_for_leases(client, 0, within=1.0)
    consumer.close()
    client.model.post_model_unload(model_id=vae)
    assert held_bytes(client) == 0


def test_what_is_unloaded_stays_until_it_is_returned(client: weightroom.Client, vae_file: Path) -> None:
    weights = weightroom.load(vae_file, client=client)
    held = held_bytes(client)
    client.model.post_model_unload(model_id=model_id(client, VAE), force=True)
    assert held_bytes(client) == held
    assert_equal(weights, safetensors_torch.load_file(vae_file, "cuda:0"))
    del weights
    gc.collect()
    assert wait_for_leases(client, 0)
    assert held_bytes(client) == 0


def test_a_pipeline_computes_what_diffusers_own_loading_computes(
    program: str, socket_folder: Path, tmp_path: Path
) -> None:
    diffusers = pytest.importorskip("diffusers")
    pytest.importorskip("transformers")
    from sdxl_pipeline import digests_of, write_pipeline
    from weightroom.diffusers import load_pipeline

    folder = tmp_path / "sdxl"
    write_pipeline(folder, dtype=torch.float16)
    engine = ServedEngine(program, socket_folder, tmp_path, devices=())
    try:
        with weightroom.Client(engine.socket) as client:
            client.model.get_available_models()
            ours = load_pipeline(folder, client=client, device="cuda:0")
            assert ours.unet.device == torch.device("cuda:0") and len(leases(client)) == 1
            theirs = diffusers.DiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float16).to("cuda:0")
            for part in ("unet", "vae", "text_encoder", "text_encoder_2"):
                getattr(theirs, part).requires_grad_(False)
            assert digests_of(ours) == digests_of(theirs)
    finally:
        engine.stop()


def test_what_is_mapped_outlives_the_engine(engine: ServedEngine, vae_file: Path) -> None:
    client = weightroom.Client(engine.socket)
    model_id(client, VAE)
    weights = weightroom.load(vae_file, client=client)
    engine.kill()
    torch.cuda.empty_cache()
    other = torch.full((256 * MIB,), 7, dtype=torch.uint8, device="cuda:0")  # what lay in memory that is free again
    assert_equal(weights, safetensors_torch.load_file(vae_file, "cuda:0"))
    assert int(other[0]) == 7
    client.close()
