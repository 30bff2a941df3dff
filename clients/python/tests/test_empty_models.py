# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that are made without memory, beside those that the libraries load."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")
safetensors_torch = pytest.importorskip("safetensors.torch")

from weightroom import WeightroomError  # noqa: E402
from weightroom._empty_models import (  # noqa: E402
    diffusers_model,
    parameters_without_memory,
    transformers_model,
)

# The libraries warn about each other's versions, which is not what is tested here.
pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[[Any, Path, str, dict[str, Any]], Any]


def clip_configuration() -> Any:
    return transformers.CLIPTextConfig(
        vocab_size=99,
        bos_token_id=0,
        eos_token_id=2,
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=32,
    )


def clip() -> Any:
    return transformers.CLIPTextModel(clip_configuration())


def clip_with_projection() -> Any:
    return transformers.CLIPTextModelWithProjection(clip_configuration())


def t5() -> Any:
    return transformers.T5EncoderModel(
        transformers.T5Config(
            vocab_size=99, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu"
        )
    )


def vae() -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(32, 64),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
    )


def flux() -> Any:
    return diffusers.FluxTransformer2DModel(
        in_channels=4,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8),
    )


class Counting(diffusers.ModelMixin, diffusers.ConfigMixin):  # type: ignore[name-defined,misc]
    """A model with a buffer that no file has."""

    config_name = "config.json"

    def __init__(self) -> None:
        super().__init__()
        self.register_to_config()
        self.linear = torch.nn.Linear(2, 2)
        self.register_buffer("numbers", torch.arange(2.0), persistent=False)


def counting() -> Any:
    return Counting()


def saved(model: Any, folder: Path, dtype: Any) -> dict[str, Any]:
    model.to(dtype).save_pretrained(folder)
    return dict(safetensors_torch.load_file(next(folder.glob("*.safetensors"))))


def assert_same(ours: Any, theirs: Any) -> None:
    for one, other in [
        (dict(ours.named_parameters(remove_duplicate=False)), dict(theirs.named_parameters(remove_duplicate=False))),
        (dict(ours.named_buffers()), dict(theirs.named_buffers())),
    ]:
        assert one.keys() == other.keys()
        for name, tensor in one.items():
            assert tensor.dtype == other[name].dtype and torch.equal(tensor, other[name]), name


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize(
    ("build", "make"),
    [
        (clip, transformers_model),
        (clip_with_projection, transformers_model),
        (t5, transformers_model),
        (vae, diffusers_model),
        (flux, diffusers_model),
        (counting, diffusers_model),
    ],
)
def test_is_what_the_library_loads_without_a_copy(
    tmp_path: Path, build: Callable[[], Any], make: Make, dtype: Any
) -> None:
    original = build()
    weights = saved(original, tmp_path, dtype)
    made = make(type(original), tmp_path, "part", weights)
    named = "dtype" if make is transformers_model else "torch_dtype"
    assert_same(made, type(original).from_pretrained(tmp_path, **{named: dtype}))
    given = {tensor.data_ptr() for tensor in weights.values()}
    own = [name for name, tensor in made.named_parameters() if tensor.data_ptr() not in given]
    # T5 overflows in float16, so that transformers keeps a part of it in float32.
    assert all("DenseReluDense.wo" in name for name in own)
    assert bool(own) == (build is t5 and dtype == torch.float16)


@pytest.mark.parametrize(("build", "make"), [(clip, transformers_model), (flux, diffusers_model), (counting, diffusers_model)])
def test_is_all_where_the_weights_are(tmp_path: Path, build: Callable[[], Any], make: Make) -> None:
    # The meta device stands for any other.
    weights = {name: tensor.to("meta") for name, tensor in saved(build(), tmp_path, torch.float32).items()}
    made = make(type(build()), tmp_path, "part", weights)
    assert all(tensor.is_meta for tensor in [*made.parameters(), *made.buffers()])


def test_takes_the_names_of_older_files(tmp_path: Path) -> None:
    weights = saved(clip(), tmp_path, torch.float32)
    older = {f"text_model.{name}": tensor for name, tensor in weights.items()}
    older["text_model.embeddings.position_ids"] = torch.arange(77)[None]
    made = transformers_model(transformers.CLIPTextModel, tmp_path, "text_encoder", older)
    assert {tensor.data_ptr() for tensor in made.parameters()} == {tensor.data_ptr() for tensor in weights.values()}


def test_ties_what_the_library_ties(tmp_path: Path) -> None:
    weights = saved(t5(), tmp_path, torch.float32)
    assert "encoder.embed_tokens.weight" not in weights
    made = transformers_model(transformers.T5EncoderModel, tmp_path, "text_encoder", weights)
    assert made.encoder.embed_tokens.weight is made.shared.weight


@pytest.mark.parametrize(("build", "make"), [(clip, transformers_model), (vae, diffusers_model)])
def test_names_what_is_missing_or_too_much(tmp_path: Path, build: Callable[[], Any], make: Make) -> None:
    weights = saved(build(), tmp_path, torch.float32)
    name, tensor = next(iter(weights.items()))
    kind = type(build())
    with pytest.raises(WeightroomError, match=f"'part': for {kind.__name__} the weights lack: {name}"):
        make(kind, tmp_path, "part", {other: value for other, value in weights.items() if other != name})
    with pytest.raises(WeightroomError, match=f"'part': for {kind.__name__} the weights have .*: nose"):
        make(kind, tmp_path, "part", {**weights, "nose": torch.ones(1)})
    with pytest.raises(WeightroomError, match=f"'part' does not fit {kind.__name__}"):
        make(kind, tmp_path, "part", {**weights, name: torch.ones(3, *tensor.shape)})


def test_leaves_buffers_and_other_threads_alone() -> None:
    others: list[Any] = []
    with parameters_without_memory():
        ours = torch.nn.BatchNorm1d(3)
        thread = threading.Thread(target=lambda: others.append(torch.nn.BatchNorm1d(3)))
        thread.start()
        thread.join()
    assert ours.weight.is_meta and torch.equal(ours.running_var, torch.ones(3))
    assert torch.equal(others[0].weight, torch.ones(3))
    assert not torch.nn.Linear(2, 2).weight.is_meta
