# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights as torch's tensors, from a real engine."""

from __future__ import annotations

import gc
import json
import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")

import weightroom  # noqa: E402
import weightroom.torch as wt  # noqa: E402
from served_engine import PATIENCE, ServedEngine  # noqa: E402
from test_engine import VAE, model_id  # noqa: E402
from test_leases import leases, wait_for_leases  # noqa: E402
from weightroom import LeasedTensor  # noqa: E402


@pytest.fixture
def client(engine: ServedEngine) -> Iterator[weightroom.Client]:
    with weightroom.Client(engine.socket) as connected:
        model_id(connected, VAE)  # scans
        yield connected


@pytest.fixture
def shared(engine: ServedEngine, client: weightroom.Client, monkeypatch: pytest.MonkeyPatch) -> weightroom.Client:
    """What calls without a client use."""
    monkeypatch.setattr(wt, "_shared_client", lambda: client)
    return client


@pytest.fixture
def vae_file(library: Path) -> Path:
    return next(library.rglob(f"{VAE}.safetensors"))


def assert_equal(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype and ours[name].shape == tensor.shape
        assert torch.equal(ours[name].flatten().view(torch.uint8), tensor.flatten().view(torch.uint8))


def test_loads_and_attaches(client: weightroom.Client, vae_file: Path) -> None:
    weights = weightroom.load(model_id(client, VAE), client=client)
    assert_equal(weights, safetensors_torch.load_file(vae_file))
    assert len(leases(client)) == 1


def test_a_view_of_one_tensor_keeps_the_lease(client: weightroom.Client) -> None:
    weights = weightroom.load(model_id(client, VAE), client=client)
    view = next(tensor for tensor in weights.values() if tensor.dim() > 1)[0]
    before = view.clone()
    del weights
    gc.collect()
    assert len(leases(client)) == 1
    assert torch.equal(view, before)
    del view
    gc.collect()
    assert wait_for_leases(client, 0)


def test_takes_files_components_and_devices(client: weightroom.Client, vae_file: Path) -> None:
    whole = weightroom.load(vae_file, device="cpu", client=client)
    (component,) = client.model.get_model_components(path=str(vae_file))["components"]
    part = weightroom.load(str(vae_file), component["component_id"], "HOST_0", client=client)
    assert_equal(part, whole)
    with pytest.raises(weightroom.RequestError):
        weightroom.load(vae_file, device="HOST_7", client=client)
    with pytest.raises(weightroom.RequestError):
        weightroom.load(vae_file, ["no_such"], client=client)
    with pytest.raises(weightroom.WeightroomError):
        weightroom.load(vae_file, device="mps", client=client)


def test_load_file_is_that_of_safetensors(shared: weightroom.Client, vae_file: Path) -> None:
    weights = wt.load_file(vae_file)
    assert_equal(weights, safetensors_torch.load_file(vae_file))
    assert [row["model_id"] for row in leases(shared)] == [model_id(shared, VAE)]


def test_load_file_reads_for_itself_what_the_engine_has_not(
    shared: weightroom.Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "other.safetensors"
    safetensors_torch.save_file({"a": torch.arange(6.0).view(2, 3)}, file)
    with caplog.at_level(logging.INFO, logger="weightroom"):
        assert_equal(wt.load_file(file), safetensors_torch.load_file(file))
    assert "model_not_found" in caplog.text


def test_load_file_works_without_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    file = tmp_path / "alone.safetensors"
    safetensors_torch.save_file({"a": torch.zeros(3, dtype=torch.bfloat16)}, file)
    with caplog.at_level(logging.INFO, logger="weightroom"):
        assert_equal(wt.load_file(str(file), device="cpu"), safetensors_torch.load_file(file))
    assert "no engine is served" in caplog.text


def test_load_file_gives_no_converted_weights(shared: weightroom.Client, vae_file: Path) -> None:
    theirs = safetensors_torch.load_file(vae_file)
    stored = next(iter(theirs.values())).dtype
    other = "fp32" if stored != torch.float32 else "fp16"
    shared.model.post_model_load(model_id=model_id(shared, VAE), precision=other, timeout=PATIENCE)
    converted = weightroom.load(vae_file, client=shared)
    assert next(iter(converted.values())).dtype != stored
    assert_equal(wt.load_file(vae_file), theirs)


def test_numbers_at_odd_places_in_their_file(program: str, socket_folder: Path, tmp_path: Path) -> None:
    values = torch.arange(1 << 19, dtype=torch.float32)  # so large that it lies in the cache as in its file
    header = json.dumps({"w": {"dtype": "F32", "shape": [1 << 19], "data_offsets": [0, values.nbytes]}}).encode()
    header += b" " * (-len(header) % 8 + 1)
    file = tmp_path / "odd.safetensors"
    file.write_bytes(struct.pack("<Q", len(header)) + header + bytes(values.view(torch.uint8).numpy()))
    served = ServedEngine(program, socket_folder, tmp_path)
    try:
        with weightroom.Client(served.socket) as connected:
            connected.model.get_available_models()
            weights = weightroom.load(file, client=connected)
            assert weights["w"].data_ptr() % 4 == 0
            assert torch.equal(weights["w"], values)
    finally:
        served.stop()


def test_each_tensor_has_a_storage_of_its_own(client: weightroom.Client, vae_file: Path) -> None:
    for tensor in weightroom.load(vae_file, client=client).values():
        assert tensor.untyped_storage().nbytes() == tensor.nbytes


@pytest.mark.parametrize("name", [*wt._DTYPES])
def test_every_type_can_be_a_view(name: str) -> None:
    dtype = wt.dtype_of(name)
    assert dtype is not None
    memory = bytearray(4 * dtype.itemsize)
    leased = LeasedTensor("c", "n", name, (1, 2), 0, dtype.itemsize, 2 * dtype.itemsize)
    view = wt._view(leased, [memory], [], torch.device("cpu"))
    assert view.dtype == dtype and view.shape == (1, 2)


@pytest.mark.parametrize("name", ["bf16", "fp8_e4m3", "fp8_e5m2", "i64", "fp64", "bool", "u16"])
def test_knows_the_types(name: str) -> None:
    assert isinstance(wt.dtype_of(name), torch.dtype)


@pytest.mark.parametrize("name", ["q4_k", "fp4", "nvfp4", "nonsense"])
def test_does_not_make_up_types(name: str) -> None:
    assert wt.dtype_of(name) is None
