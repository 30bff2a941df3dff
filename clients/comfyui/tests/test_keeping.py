# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules that hold tensors themselves, and patchers that write into none that others see."""

from __future__ import annotations

import threading

import comfy_stand_in as comfy
import pytest
import torch
from weightroom_nodes.keeping import hold_on_gpu, kept


def linear() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))


def shared_weights() -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in linear().state_dict().items()}


def test_holds_what_fits_and_copies_the_rest() -> None:
    weights = shared_weights()
    given = {**weights, "0.bias": weights["0.bias"].clone(), "1.running_mean": weights["1.running_mean"]}
    module = linear()
    with kept(weights):
        assert module.load_state_dict(given) == ([], [])
    held = module.state_dict()
    assert held["0.weight"].data_ptr() == weights["0.weight"].data_ptr()
    assert held["1.running_mean"].data_ptr() == weights["1.running_mean"].data_ptr()
    assert held["0.bias"].data_ptr() not in (given["0.bias"].data_ptr(), weights["0.bias"].data_ptr())
    assert all(torch.equal(held[name], tensor) for name, tensor in given.items())


def test_fills_modules_that_have_no_memory_yet() -> None:
    weights = {name: torch.rand(3, 2) for name in ("0.weight", "0.bias", "1.weight")}
    module = torch.nn.Sequential(comfy.Newer.Linear(), comfy.Newer.Embedding(), torch.nn.LayerNorm(2, bias=False))
    given = {**weights, "2.weight": torch.rand(2)}
    with kept(weights):
        module.load_state_dict(given, strict=False)
    held = module.state_dict()
    # They get what the state dict has, of whatever type; what is not the engine's they copy as ever.
    assert held.keys() == given.keys() and all(torch.equal(held[name], tensor) for name, tensor in given.items())
    assert all(held[name].data_ptr() == tensor.data_ptr() for name, tensor in weights.items())
    other = torch.nn.Sequential(comfy.Newer.Linear())
    with kept({}):
        other.load_state_dict({"0.weight": weights["0.weight"]}, strict=False)
    assert other.state_dict()["0.weight"].data_ptr() != weights["0.weight"].data_ptr()


def test_holds_the_parts_of_what_comfyui_splits() -> None:
    whole, other = torch.rand(6, 2), torch.rand(2, 2)
    parts = [whole[0:2], whole[2:4], whole[4:6]]
    modules = [torch.nn.Linear(2, 2, bias=False) for _ in range(4)]
    with kept({"in_proj_weight": whole}):
        for module, part in zip(modules, [*parts, other]):
            module.load_state_dict({"weight": part})
    assert [module.weight.data_ptr() for module in modules[:3]] == [part.data_ptr() for part in parts]
    assert modules[3].weight.data_ptr() != other.data_ptr() and torch.equal(modules[3].weight, other)


def test_copies_what_lies_in_another_order() -> None:
    """A matrix that is stored transposed would be computed with in another way, and be rounded otherwise."""
    square = torch.rand(3, 3)
    module = torch.nn.Linear(3, 3, bias=False)
    with kept({"weight": square}):
        module.load_state_dict({"weight": square.T})
    assert torch.equal(module.weight, square.T) and module.weight.is_contiguous()
    assert module.weight.data_ptr() != square.data_ptr()


def test_says_what_is_missing_as_torch_does() -> None:
    weights = shared_weights()
    given = {**weights, "nose": torch.ones(1)}
    del given["0.bias"]
    with kept(weights):
        result = linear().load_state_dict(given, strict=False)
        with pytest.raises(RuntimeError, match="Missing key.* \"0.bias\"(.|\n)*Unexpected key.* \"nose\""):
            linear().load_state_dict(given)
    assert result == (["0.bias"], ["nose"])


def test_leaves_other_threads_and_later_loads_alone() -> None:
    weights, module = shared_weights(), linear()
    original = torch.nn.Module.load_state_dict
    with pytest.raises(KeyError), kept(weights):
        other = threading.Thread(target=module.load_state_dict, args=(weights,))
        other.start()
        other.join()
        raise KeyError
    assert torch.nn.Module.load_state_dict is original
    assert module.state_dict()["0.weight"].data_ptr() != weights["0.weight"].data_ptr()


def test_hooks_write_into_memory_of_their_own() -> None:
    weights, model = shared_weights(), linear()
    before = {name: tensor.clone() for name, tensor in weights.items()}
    with kept(weights):
        model.load_state_dict(weights)
    patcher = comfy.Patcher(model, torch.device("cpu"), torch.device("meta"))
    hold_on_gpu(patcher)
    assert patcher.offload_device == patcher.load_device and isinstance(patcher.clone(), comfy.Patcher)
    patcher.patch_hook_weight_to_device(None, {}, "0.weight", None, None)
    patcher.clone().patch_cached_hook_weights({"0.bias": (torch.zeros(2),)}, "0.bias", memory_counter=None)
    assert torch.equal(model.state_dict()["0.weight"], before["0.weight"] + 1)
    assert not model.state_dict()["0.bias"].any()
    assert all(torch.equal(weights[name], tensor) for name, tensor in before.items())


def test_leaves_a_model_alone_that_has_its_weights_elsewhere() -> None:
    patcher = comfy.Patcher(linear(), torch.device("meta"), torch.device("cpu"))
    hold_on_gpu(patcher)
    assert type(patcher) is comfy.Patcher and patcher.offload_device == torch.device("cpu")
