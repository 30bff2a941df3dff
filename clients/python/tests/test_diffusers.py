# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines of diffusers on the weights of a real engine."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")
safetensors_torch = pytest.importorskip("safetensors.torch")

import weightroom  # noqa: E402
from pipeline_user import PipelineUser  # noqa: E402
from sdxl_pipeline import digest_of_weights, digests_of, write_pipeline  # noqa: E402
from served_engine import ServedEngine  # noqa: E402
from test_leases import leases  # noqa: E402
from weightroom.diffusers import load_component, load_pipeline  # noqa: E402

# The libraries warn about each other's versions, which is not what is tested here.
pytestmark = pytest.mark.filterwarnings("default")

PARTS = ["unet", "vae", "text_encoder", "text_encoder_2"]

# So wide that 2 % of it are more than what Python takes for the names and tensors of one pipeline, 3 MB.
WIDTH = 256


@pytest.fixture(scope="session")
def pipelines(program: str) -> Iterator[Path]:
    """A library: one pipeline that is large enough to be weighed, and one in float16."""
    with tempfile.TemporaryDirectory(prefix="weightroom-") as name:
        write_pipeline(Path(name) / "large", width=WIDTH)
        write_pipeline(Path(name) / "half", dtype=torch.float16)
        yield Path(name)


@pytest.fixture
def engine(program: str, pipelines: Path, socket_folder: Path) -> Iterator[ServedEngine]:
    served = ServedEngine(program, socket_folder, pipelines)
    yield served
    served.stop()


@pytest.fixture
def client(engine: ServedEngine) -> Iterator[weightroom.Client]:
    with weightroom.Client(engine.socket) as connected:
        connected.model.get_available_models()  # scans
        yield connected


def weights_on_disk(folder: Path) -> dict[str, Any]:
    return {
        f"{part}/{name}": tensor
        for part in PARTS
        for file in (folder / part).glob("*.safetensors")
        for name, tensor in safetensors_torch.load_file(file).items()
    }


def as_diffusers_loads(folder: Path, dtype: Any) -> dict[str, str]:
    pipeline = diffusers.DiffusionPipeline.from_pretrained(folder, torch_dtype=dtype)
    for part in PARTS:
        # torch multiplies by another way where the second matrix wants gradients, also under no_grad.
        getattr(pipeline, part).requires_grad_(False)
    return digests_of(pipeline)


@pytest.mark.parametrize(("name", "dtype"), [("large", torch.float32), ("half", torch.float16)])
def test_computes_what_diffusers_own_loading_computes(
    client: weightroom.Client, pipelines: Path, name: str, dtype: Any
) -> None:
    pipeline = load_pipeline(pipelines / name, client=client)
    assert type(pipeline) is diffusers.StableDiffusionXLPipeline
    assert digests_of(pipeline) == as_diffusers_loads(pipelines / name, dtype)
    assert not pipeline.unet.training and not any(weight.requires_grad for weight in pipeline.unet.parameters())
    assert len(leases(client)) == 1


def test_takes_an_id_and_another_class(client: weightroom.Client, pipelines: Path) -> None:
    model_id = client.model.get_model_of_file(path=str(pipelines / "half"))["model_id"]
    pipeline = load_pipeline(model_id, client=client, pipeline_class=diffusers.StableDiffusionXLImg2ImgPipeline)
    assert type(pipeline) is diffusers.StableDiffusionXLImg2ImgPipeline
    assert pipeline.tokenizer("abc").input_ids


def test_does_not_load_what_is_brought_along(client: weightroom.Client, pipelines: Path) -> None:
    mine = diffusers.AutoencoderKL.from_pretrained(pipelines / "half" / "vae")
    scheduler = diffusers.DDIMScheduler()
    pipeline = load_pipeline(pipelines / "half", client=client, vae=mine, scheduler=scheduler)
    assert pipeline.vae is mine and type(pipeline.scheduler) is diffusers.DDIMScheduler
    (lease,) = leases(client)
    assert len(lease["component_ids"]) == len(PARTS) - 1
    assert not any(component.startswith("vae") for component in lease["component_ids"])


@pytest.mark.parametrize("part", PARTS)
def test_loads_one_component(client: weightroom.Client, pipelines: Path, part: str) -> None:
    made = load_component(pipelines / "half", part, client=client)
    (lease,) = leases(client)
    assert len(lease["component_ids"]) == 1
    ours = {f"{part}/{name}": tensor for name, tensor in made.state_dict().items()}
    theirs = {name: tensor for name, tensor in weights_on_disk(pipelines / "half").items() if name.startswith(f"{part}/")}
    assert digest_of_weights(ours) == digest_of_weights(theirs)
    assert lease["size_bytes"] == sum(tensor.nbytes for tensor in theirs.values())


def test_takes_converted_weights_only_when_told_to(client: weightroom.Client, pipelines: Path) -> None:
    folder = pipelines / "large"
    model_id = client.model.get_model_of_file(path=str(folder))["model_id"]
    client.model.post_model_load(model_id=model_id, precision="bf16")
    with pytest.raises(weightroom.WeightroomError, match="another precision"):
        load_component(folder, "vae", client=client)
    assert load_component(folder, "vae", client=client, as_stored=False).dtype == torch.bfloat16


def test_says_what_is_wrong_with_a_component(client: weightroom.Client, pipelines: Path) -> None:
    folder = pipelines / "half"
    for component, message in [("nose", "has no component 'nose'"), ("scheduler", "'scheduler' .* has no weights")]:
        with pytest.raises(weightroom.WeightroomError, match=message):
            load_component(folder, component, client=client)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("vae", {"layers_per_block": 2}, "'vae': for AutoencoderKL the weights lack: .* more"),
        ("unet", {"layers_per_block": 3}, r"'unet' does not fit UNet2DConditionModel: .*\s+size mismatch"),
        ("text_encoder", {"num_hidden_layers": 1}, "'text_encoder': for CLIPTextModel the weights have beside what"),
        ("text_encoder", {"num_hidden_layers": 4}, "'text_encoder': for CLIPTextModel the weights lack: "),
        ("text_encoder", {"hidden_size": 32}, "'text_encoder' does not fit CLIPTextModel"),
        ("text_encoder", {"quantization_config": {"quant_method": "bitsandbytes"}}, "'text_encoder' is quantized"),
    ],
)
def test_refuses_weights_that_do_not_fit(
    program: str, pipelines: Path, socket_folder: Path, tmp_path: Path, part: str, change: dict[str, Any], message: str
) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(pipelines / "half", folder)
    file = folder / part / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    engine = ServedEngine(program, socket_folder, tmp_path)
    try:
        with weightroom.Client(engine.socket) as client, pytest.raises(weightroom.WeightroomError, match=message):
            client.model.get_available_models()
            load_pipeline(folder, client=client)
    finally:
        engine.stop()


def test_looks_for_classes_in_two_libraries_only(client: weightroom.Client, pipelines: Path) -> None:
    index = pipelines / "half" / "model_index.json"
    before = index.read_text()
    try:
        index.write_text(json.dumps({**json.loads(before), "unet": ["subprocess", "Popen"]}))
        with pytest.raises(weightroom.WeightroomError, match=r"'unet' is a subprocess\.Popen"):
            load_pipeline(pipelines / "half", client=client)
    finally:
        index.write_text(before)


def test_a_single_file_is_no_pipeline(client: weightroom.Client, library: Path) -> None:
    client.call("worker.scan_model_directory", directory=str(library))
    file = next(library.rglob("*vae*.safetensors"))
    with pytest.raises(weightroom.WeightroomError, match="not the folder of a diffusers pipeline"):
        load_pipeline(file, client=client)


def pages_of(*processes: int) -> dict[str, int]:
    """Return the bytes in RAM of some processes: all, those in memory files (which is where slabs are), and those that
    nobody else has. A page that several have mapped counts in parts (PSS), so that a sum is what is really taken: what
    two processes share is in it once."""
    pages = {"all": 0, "slabs": 0, "private": 0}
    for process in processes:
        in_memory_file = False
        for row in map(str.split, Path(f"/proc/{process}/smaps").read_text().splitlines()):
            if not row[0].endswith(":"):
                in_memory_file = len(row) > 5 and row[5].startswith("/memfd:")
            elif row[0] == "Pss:":
                pages["all"] += int(row[1]) << 10
                pages["slabs"] += (int(row[1]) << 10) * in_memory_file
            elif row[0] in ("Private_Clean:", "Private_Dirty:"):
                pages["private"] += int(row[1]) << 10
    return pages


@pytest.fixture
def users(engine: ServedEngine, client: weightroom.Client, pipelines: Path) -> Iterator[list[PipelineUser]]:
    started = [PipelineUser(engine.socket, pipelines / "large") for _ in range(2)]
    yield started
    for user in started:
        user.close()


def test_a_second_process_takes_no_memory_for_weights(engine: ServedEngine, users: list[PipelineUser]) -> None:
    first, second = users
    for user in users:
        user.ask("ready")
    size = first.ask("attach")
    assert size > 200 << 20
    everybody = [engine.process_id, first.process_id, second.process_id]
    before, before_alone = pages_of(*everybody), pages_of(second.process_id)
    assert second.ask("attach") == size
    after, after_alone = pages_of(*everybody), pages_of(second.process_id)
    assert before["slabs"] >= size
    assert after["slabs"] - before["slabs"] < 0.02 * size
    # The engine's own heap is in this too, and a sanitizer keeps what was freed there.
    assert after["all"] - before["all"] < 0.2 * size
    assert after_alone["private"] - before_alone["private"] < 0.02 * size


def test_two_processes_at_once_compute_the_same(
    users: list[PipelineUser], client: weightroom.Client, pipelines: Path
) -> None:
    for user in users:
        user.begin("attach")
    assert len({user.answer() for user in users}) == 1
    assert len({user.ask("weights") for user in users}) == 1
    for user in users:
        user.begin("outputs")
    assert [user.answer() for user in users] == [as_diffusers_loads(pipelines / "large", torch.float32)] * 2


def test_what_one_process_changes_reaches_nobody(
    users: list[PipelineUser], client: weightroom.Client, pipelines: Path
) -> None:
    first, second = users
    before = [user.ask("outputs") for user in users]
    assert before[0] == before[1]
    first.ask("change")
    changed = first.ask("outputs")
    assert changed["unet"] != before[0]["unet"] and changed["vae"] == before[0]["vae"]
    assert second.ask("outputs") == before[1]
    file = next((pipelines / "large" / "unet").glob("*.safetensors"))
    mine = weightroom.load(file, client=client, as_stored=True)
    assert digest_of_weights(mine) == digest_of_weights(safetensors_torch.load_file(file))


@pytest.mark.parametrize("part", PARTS)
def test_a_file_of_a_pipeline(client: weightroom.Client, pipelines: Path, part: str) -> None:
    file = next((pipelines / "half" / part).glob("*.safetensors"))
    weights = weightroom.load(file, client=client)
    assert digest_of_weights(weights) == digest_of_weights(safetensors_torch.load_file(file))
    assert len(leases(client)[0]["component_ids"]) == 1


def test_names_of_two_parts_are_not_mixed_up(program: str, socket_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "twins"
    write_pipeline(folder)
    (twin,) = (folder / "text_encoder").glob("*.safetensors")
    shutil.copyfile(twin, next((folder / "text_encoder_2").glob("*.safetensors")))
    engine = ServedEngine(program, socket_folder, tmp_path)
    try:
        with weightroom.Client(engine.socket) as client:
            client.model.get_available_models()
            with pytest.raises(weightroom.WeightroomError, match="tensors of the same names"):
                weightroom.load(folder, client=client)
            assert len(weightroom.load(twin, client=client)) == len(safetensors_torch.load_file(twin))
    finally:
        engine.stop()
