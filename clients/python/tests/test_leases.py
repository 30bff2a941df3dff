# SPDX-License-Identifier: GPL-3.0-or-later
"""Leases on what a real engine has loaded, without torch."""

from __future__ import annotations

import gc
import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import weightroom
from served_engine import PATIENCE, ServedEngine
from test_engine import VAE, model_id
from weightroom import Lease, LeasedTensor


def load_vae(client: weightroom.Client) -> str:
    vae = model_id(client, VAE)
    client.model.post_model_load(model_id=vae, timeout=PATIENCE)
    return vae


def leases(client: weightroom.Client) -> list[dict[str, Any]]:
    return list(client.sharing.get_leases()["leases"])


def wait_for_leases(client: weightroom.Client, count: int, within: float = PATIENCE) -> bool:
    """The engine tells of each change: nobody has to sleep."""
    deadline = time.monotonic() + within
    with client.events("state") as changes:
        while len(leases(client)) != count:
            if time.monotonic() > deadline:
                return False
            changes.get(timeout=max(0.0, deadline - time.monotonic()))
    return True


class SafetensorsFile:
    """What the file says, read by hand."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        (length,) = struct.unpack("<Q", self._bytes[:8])
        header = json.loads(self._bytes[8 : 8 + length])
        header.pop("__metadata__", None)
        self._data = 8 + length
        self.entries: dict[str, Any] = header

    def bytes_of(self, name: str) -> bytes:
        begin, end = self.entries[name]["data_offsets"]
        return self._bytes[self._data + begin : self._data + end]


def bytes_in(lease: Lease, tensor: LeasedTensor) -> bytes:
    assert tensor.slab is not None
    memory = lease.memory[tensor.slab]
    assert not isinstance(memory, weightroom.CudaMemory)
    return bytes(memory[tensor.offset : tensor.offset + tensor.size])


def test_sees_the_very_bytes_of_the_file(engine: ServedEngine, library: Path) -> None:
    file = SafetensorsFile(next(library.rglob(f"{VAE}.safetensors")))
    with weightroom.Client(engine.socket) as client:
        lease = weightroom.attach(client, model_id=load_vae(client))
        assert lease.device_id == "HOST_0" and not lease.is_on_gpu and not lease.is_converted
        assert {tensor.name for tensor in lease.tensors} == set(file.entries)
        assert lease.size == sum(tensor.size for tensor in lease.tensors)
        for tensor in lease.tensors:
            assert list(tensor.shape) == file.entries[tensor.name]["shape"]
            assert bytes_in(lease, tensor) == file.bytes_of(tensor.name)


def test_changes_are_this_process_s_own(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        vae = load_vae(client)
        mine, other = weightroom.attach(client, model_id=vae), weightroom.attach(client, model_id=vae)
        tensor = next(tensor for tensor in mine.tensors if tensor.size > 8)
        assert tensor.slab is not None
        before = bytes_in(other, tensor)
        memory = mine.memory[tensor.slab]
        assert not isinstance(memory, weightroom.CudaMemory)
        memory[tensor.offset : tensor.offset + 4] = bytes(255 - byte for byte in before[:4])
        assert bytes_in(mine, tensor) != before
        assert bytes_in(other, tensor) == before


def test_is_returned_with_the_last_use(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        lease = weightroom.attach(client, model_id=load_vae(client))
        memory = lease.memory[0]
        del lease
        gc.collect()
        assert [row["stage"] for row in leases(client)] == ["attached"]
        del memory
        gc.collect()
        assert wait_for_leases(client, 0)


def test_keeps_its_connection(engine: ServedEngine) -> None:
    lease = weightroom.attach(weightroom.Client(engine.socket), model_id=_load_and_leave(engine))
    gc.collect()
    with weightroom.Client(engine.socket) as looker:
        assert len(leases(looker)) == 1
        del lease
        gc.collect()
        assert wait_for_leases(looker, 0)


def _load_and_leave(engine: ServedEngine) -> str:
    with weightroom.Client(engine.socket) as client:
        return load_vae(client)


def test_unload_says_who_uses_it(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        vae = load_vae(client)
        client.sharing.post_consumer_register(name="painter", domains=["inference"])
        lease = weightroom.attach(client, model_id=vae)
        with pytest.raises(weightroom.RequestError) as refused:
            client.model.post_model_unload(model_id=vae)
        assert refused.value.code == "lease_held"
        assert refused.value.holder == f"painter (process {os.getpid()})"
        answer = client.model.post_model_unload(model_id=vae, force=True)["devices"][0]
        assert answer["freed_bytes"] == 0 and answer["leased_bytes"] == lease.size
        assert [row["lease_id"] for row in answer["leases"]] == [lease.lease_id]


def test_offers_come_as_events(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as consumer, weightroom.Client(engine.socket) as sharer:
        vae = load_vae(sharer)
        consumer.sharing.post_consumer_register(domains=["postprocessing"])
        with consumer.events("leases") as news:
            report = sharer.model.post_model_share(model_id=vae, domains=["postprocessing", "inference"])
            assert [row["domain"] for row in report["shared_domains"]] == ["postprocessing"]
            assert [row["reason"] for row in report["failed_domains"]] == ["no_consumers"]
            offer = news.get(timeout=PATIENCE)
            assert offer is not None and offer.method == "sharing.lease_granted"
            lease = Lease(consumer, offer.params)
            assert lease.model_id == vae and lease.memory


HOLD = """
import sys, weightroom
client = weightroom.Client(sys.argv[1])
lease = weightroom.attach(client, model_id=sys.argv[2])
print(len(lease.memory), flush=True)
sys.stdin.read()
"""


def test_a_killed_program_gives_back_its_leases_within_a_second(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        vae = load_vae(client)
        for _ in range(3):
            holder = subprocess.Popen(
                [sys.executable, "-c", HOLD, str(engine.socket), vae],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            assert holder.stdout is not None and holder.stdin is not None
            assert int(holder.stdout.readline()) > 0
            assert [row["consumer"].endswith(f"(process {holder.pid})") for row in leases(client)] == [True]
            holder.send_signal(signal.SIGKILL)
            assert wait_for_leases(client, 0, within=1.0)
            holder.wait(PATIENCE)
            holder.stdout.close()
            holder.stdin.close()


def test_what_is_mapped_outlives_the_engine(engine: ServedEngine) -> None:
    client = weightroom.Client(engine.socket)
    lease = weightroom.attach(client, model_id=load_vae(client))
    tensor = next(tensor for tensor in lease.tensors if tensor.size > 8)
    before = bytes_in(lease, tensor)
    engine.kill()
    assert bytes_in(lease, tensor) == before
    client.close()


def test_is_refused_by_a_socket_for_reading(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        vae = load_vae(client)
    with weightroom.Client(engine.read_socket) as reader, pytest.raises(weightroom.RequestError) as refused:
        weightroom.attach(reader, model_id=vae)
    assert refused.value.code == "not_allowed"


def test_a_closed_client_keeps_what_is_in_use(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as looker:
        with weightroom.Client(engine.socket) as client:
            lease = weightroom.attach(client, model_id=load_vae(client))
        with pytest.raises(weightroom.ConnectionLostError):
            client.model.get_model_status()
        assert len(leases(looker)) == 1
        del lease
        gc.collect()
        assert wait_for_leases(looker, 0)


def test_tells_of_leases_that_are_lost(engine: ServedEngine, caplog: pytest.LogCaptureFixture) -> None:
    client = weightroom.Client(engine.socket)
    lease = weightroom.attach(client, model_id=load_vae(client))
    with caplog.at_level("WARNING", logger="weightroom"):
        engine.kill()
        with pytest.raises(weightroom.ConnectionLostError):
            client.model.get_model_status()
        client.close()
    assert "1 leases have ended with it" in caplog.text
    assert lease.memory


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_does_not_keep_them(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as looker:
        reader, writer = os.pipe()
        client = weightroom.Client(engine.socket)
        lease = weightroom.attach(client, model_id=load_vae(client))
        child = os.fork()
        if child == 0:
            os.close(writer)
            os.read(reader, 1)  # until the parent says so
            os._exit(0)
        del lease
        client.close()
        del client
        gc.collect()
        assert wait_for_leases(looker, 0, within=5.0)
        os.close(reader)
        os.close(writer)
        os.waitpid(child, 0)


def test_descriptors_are_closed_in_children(engine: ServedEngine) -> None:
    with weightroom.Client(engine.socket) as client:
        granted = client.model.post_model_attach(model_id=load_vae(client))
        (descriptor,) = client.take_slabs(granted["lease_id"], 0, 1)
        assert not os.get_inheritable(descriptor.fileno())
