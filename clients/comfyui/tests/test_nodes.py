# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes, with a real engine and a stand-in for ComfyUI; see comfy_stand_in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import comfy_stand_in as comfy
import pytest
import torch
import weightroom
from safetensors import safe_open
from safetensors.torch import load_file
from served_engine import ServedEngine
from weightroom_nodes import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS
from weightroom_nodes.library import id_in

KINDS = {
    "WeightroomCheckpointLoader": "checkpoint",
    "WeightroomDiffusionModelLoader": "diffusion-model",
    "WeightroomVAELoader": "vae",
    "WeightroomCLIPLoader": "text-encoder",
    "WeightroomDualCLIPLoader": "text-encoder",
    "WeightroomControlNetLoader": "controlnet",
    "WeightroomLoraLoader": "lora",
}


def listed(node: str, name: str = "model") -> list[str]:
    row = NODE_CLASS_MAPPINGS[node].INPUT_TYPES()["required"][name]
    return list(row[0])


def file_of(library: Path, choice: str) -> Path:
    return next(library.rglob(f"{choice.split(' [')[0]}.safetensors"))


def last_call() -> tuple[str, dict[str, Any]]:
    return comfy.calls[-1]


def addresses(tensors: Any) -> set[int]:
    return {tensor.data_ptr() for tensor in tensors}


def assert_is_of_file(weights: dict[str, torch.Tensor], file: Path) -> None:
    stored = load_file(file)
    assert weights.keys() == stored.keys()
    for name, tensor in stored.items():
        assert weights[name].dtype == tensor.dtype and weights[name].shape == tensor.shape
        assert torch.equal(weights[name].flatten().view(torch.uint8), tensor.flatten().view(torch.uint8))


def leases() -> list[dict[str, Any]]:
    with weightroom.Client() as client:
        return list(client.sharing.get_leases()["leases"])


def test_every_node_is_complete() -> None:
    assert NODE_CLASS_MAPPINGS.keys() == NODE_DISPLAY_NAME_MAPPINGS.keys() == KINDS.keys()
    for node in NODE_CLASS_MAPPINGS.values():
        assert node.__doc__ and node.DESCRIPTION and node.CATEGORY == "loaders/Weightroom"
        assert callable(getattr(node, node.FUNCTION))


@pytest.mark.parametrize("node", list(KINDS))
def test_lists_the_models_of_its_kind(engine: ServedEngine, node: str) -> None:
    with weightroom.Client() as client:
        models = client.model.get_available_models()["models"]
    wanted = {f"{row['name']} [{row['model_id']}]" for row in models if row["model_type"] == KINDS[node]}
    assert wanted and set(listed(node)) == wanted
    assert all(NODE_CLASS_MAPPINGS[node].VALIDATE_INPUTS(*[choice] * _models_of(node)) is True for choice in wanted)


def _models_of(node: str) -> int:
    return 2 if "Dual" in node else 1


@pytest.mark.parametrize("node", list(KINDS))
def test_says_that_no_engine_runs(node: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (hint,) = listed(node)
    assert "no engine is served" in hint and "weightroomctl serve" in hint
    problem = NODE_CLASS_MAPPINGS[node].VALIDATE_INPUTS(*[hint] * _models_of(node))
    assert isinstance(problem, str) and "no engine is served" in problem


def test_says_so_when_the_engine_has_gone(engine: ServedEngine) -> None:
    (choice,) = listed("WeightroomVAELoader")
    engine.kill()
    with pytest.raises(weightroom.NotRunningError, match="no engine is served"):
        NODE_CLASS_MAPPINGS["WeightroomVAELoader"]().load(choice)


def test_a_model_may_have_been_renamed(engine: ServedEngine) -> None:
    (choice,) = listed("WeightroomVAELoader")
    other = f"another name [{id_in(choice)}]"
    assert NODE_CLASS_MAPPINGS["WeightroomVAELoader"].VALIDATE_INPUTS(other) is True
    assert NODE_CLASS_MAPPINGS["WeightroomVAELoader"]().load(other)


def test_a_checkpoint_is_made_of_shared_weights(engine: ServedEngine, library: Path) -> None:
    choice = next(name for name in listed("WeightroomCheckpointLoader") if "sdxl" in name)
    model, clip, vae = NODE_CLASS_MAPPINGS["WeightroomCheckpointLoader"]().load(choice, "RAM")
    name, call = last_call()
    assert name == "load_state_dict_guess_config"
    assert_is_of_file(call["sd"], file_of(library, choice))
    assert call["embedding_directory"] == ["/comfyui/embeddings"] and call["model_options"] == {}
    with safe_open(file_of(library, choice), framework="pt") as file:
        assert call["metadata"] == file.metadata()
    # The model has the engine's memory, under the names that ComfyUI has given.
    assert addresses(model.model.parameters()) == addresses(call["sd"].values())
    assert clip is None and vae is None
    assert len(leases()) == 1


def test_a_diffusion_model(engine: ServedEngine, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (choice,) = listed("WeightroomDiffusionModelLoader")
    node = NODE_CLASS_MAPPINGS["WeightroomDiffusionModelLoader"]()
    (model,) = node.load(choice, "RAM")
    name, call = last_call()
    assert name == "load_diffusion_model_state_dict"
    assert_is_of_file(call["sd"], file_of(library, choice))
    assert addresses(model.model.parameters()) == addresses(call["sd"].values())
    import comfy.sd

    monkeypatch.setattr(comfy.sd, "load_diffusion_model_state_dict", comfy_newer())
    node.load(choice, "RAM")
    assert last_call()[1]["metadata"] is not None and last_call()[1]["disable_dynamic"] is False


@pytest.mark.parametrize("node", ["WeightroomCheckpointLoader", "WeightroomDiffusionModelLoader"])
def test_on_a_gpu_comfyui_leaves_the_weights_where_they_are(
    engine: ServedEngine, node: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from comfy import sd
    from weightroom_nodes.library import Model

    monkeypatch.setattr(Model, "is_on_gpu", True)
    monkeypatch.setattr(sd, "load_diffusion_model_state_dict", comfy_newer())
    (call, named), (emptied, _) = load_first(node)
    assert call.startswith("load_") and emptied == "soft_empty_cache"
    # Told to offload to the GPU, ComfyUI would make room for a second copy there before it is filled.
    assert not named.get("model_options") and named.get("disable_dynamic", True) is True


def load_first(node: str) -> list[tuple[str, dict[str, Any]]]:
    """Have a node load the first model of its list; return the calls of ComfyUI."""
    model = NODE_CLASS_MAPPINGS[node]().load(listed(node)[0], "GPU")[0]
    assert model.offload_device == model.load_device and type(model) is not comfy.Patcher
    return comfy.calls


def test_comfyui_can_load_it_once_more(engine: ServedEngine, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does without dynamic VRAM, where hooks or torch.compile want that, and for another device."""
    from comfy import sd

    monkeypatch.setattr(sd, "load_diffusion_model_state_dict", comfy_newer())
    words = {
        "WeightroomCheckpointLoader": ["RAM"],
        "WeightroomDiffusionModelLoader": ["RAM"],
        "WeightroomVAELoader": [],
        "WeightroomCLIPLoader": ["stable_diffusion"],
    }
    for node, rest in words.items():
        choice = listed(node)[0]
        (made, *_) = NODE_CLASS_MAPPINGS[node]().load(choice, *rest)
        function, arguments = getattr(made, "patcher", made).cached_patcher_init
        again = function(*arguments, disable_dynamic=True)
        assert isinstance(again, comfy.Patcher)
        stored = load_file(file_of(library, choice)).values()
        assert sorted(tensor.nbytes for tensor in again.model.parameters()) == sorted(one.nbytes for one in stored)
        assert last_call()[1].get("disable_dynamic", True) is True


def comfy_newer() -> Any:
    return comfy.Newer.load_diffusion_model_state_dict


def test_a_vae(engine: ServedEngine, library: Path) -> None:
    (choice,) = listed("WeightroomVAELoader")
    (vae,) = NODE_CLASS_MAPPINGS["WeightroomVAELoader"]().load(choice)
    (first, call), (second, _) = comfy.calls
    assert (first, second) == ("VAE", "throw_exception_if_invalid")
    assert_is_of_file(call["sd"], file_of(library, choice))
    assert addresses(vae.patcher.model.parameters()) == addresses(call["sd"].values())


def test_one_and_two_text_encoders(engine: ServedEngine, library: Path) -> None:
    (choice,) = listed("WeightroomCLIPLoader")
    (clip,) = NODE_CLASS_MAPPINGS["WeightroomCLIPLoader"]().load(choice, "stable_diffusion")
    (both,) = NODE_CLASS_MAPPINGS["WeightroomDualCLIPLoader"]().load(choice, choice, "sdxl")
    (_, one), (_, two) = comfy.calls
    assert (one["clip_type"], two["clip_type"]) == (comfy.CLIPType.STABLE_DIFFUSION, comfy.CLIPType.SDXL)
    assert [len(one["state_dicts"]), len(two["state_dicts"])] == [1, 2]
    for patcher, weights in zip(clip.patchers + both.patchers, one["state_dicts"] + two["state_dicts"]):
        assert_is_of_file(weights, file_of(library, choice))
        assert addresses(patcher.model.parameters()) == addresses(weights.values())


def test_a_controlnet(engine: ServedEngine, library: Path) -> None:
    (choice,) = listed("WeightroomControlNetLoader")
    (controlnet,) = NODE_CLASS_MAPPINGS["WeightroomControlNetLoader"]().load(choice)
    name, call = last_call()
    assert name == "load_controlnet_state_dict"
    assert_is_of_file(call["sd"], file_of(library, choice))
    assert addresses(controlnet.model.parameters()) == addresses(call["sd"].values())


def test_what_comfyui_does_not_recognise(engine: ServedEngine) -> None:
    vae = listed("WeightroomVAELoader")[0]
    with pytest.raises(RuntimeError, match="does not recognise sample-sdxl-vae"):
        NODE_CLASS_MAPPINGS["WeightroomControlNetLoader"]().load(vae)


def test_a_lora_changes_no_shared_weight(engine: ServedEngine, library: Path) -> None:
    (choice,) = listed("WeightroomDiffusionModelLoader")
    (model,) = NODE_CLASS_MAPPINGS["WeightroomDiffusionModelLoader"]().load(choice, "RAM")
    shared = last_call()[1]["sd"]
    (lora,) = listed("WeightroomLoraLoader")
    node = NODE_CLASS_MAPPINGS["WeightroomLoraLoader"]()
    assert node.load(model, lora, 0, 0) == (model, None)
    changed, clip = node.load(model, lora, 0.5, 1)
    name, call = last_call()
    assert name == "load_lora_for_models" and clip is None
    assert (call["strength_model"], call["strength_clip"]) == (0.5, 1)
    assert_is_of_file(call["lora"], file_of(library, lora))
    for key, _ in list(changed.model.named_parameters()):
        changed.patch_weight_to_device(key)
    assert_is_of_file(shared, file_of(library, choice))


def test_weights_of_another_type_are_comfyui_s_own(engine: ServedEngine, library: Path) -> None:
    (choice,) = listed("WeightroomVAELoader")
    comfy.model_type = torch.float64
    (vae,) = NODE_CLASS_MAPPINGS["WeightroomVAELoader"]().load(choice)
    stored = load_file(file_of(library, choice))
    own = dict(vae.patcher.model.named_parameters())
    assert not addresses(own.values()) & addresses(comfy.calls[0][1]["sd"].values())
    assert all(torch.equal(own[name], tensor.double()) for name, tensor in stored.items())
