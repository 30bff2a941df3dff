# SPDX-License-Identifier: GPL-3.0-or-later
"""A pipeline of the kind of SDXL, small, with random weights; and what comes out of one, to compare."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from typing import Any

import torch

diffusers: Any = importlib.import_module("diffusers")
transformers: Any = importlib.import_module("transformers")

# 64 for latents of 4 channels, 6 for the sizes of the picture with 8 numbers each.
_POOLED = 64
_TIMES = 8
_HIDDEN = 64


def write_pipeline(folder: Path, *, width: int = 32, dtype: torch.dtype = torch.float32) -> None:
    """Write a pipeline as diffusers does. `width`: of the UNet, whose size grows with its square."""
    torch.manual_seed(0)
    parts = {
        "unet": _unet(width),
        "vae": _vae(),
        "text_encoder": _text_encoder(with_projection=False),
        "text_encoder_2": _text_encoder(with_projection=True),
    }
    for part in parts.values():
        part.to(dtype)
    scheduler = diffusers.EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    diffusers.StableDiffusionXLPipeline(
        **parts,
        tokenizer=_tokenizer(),
        tokenizer_2=_tokenizer(),
        scheduler=scheduler,
    ).save_pretrained(folder)


def digests_of(pipeline: Any) -> dict[str, str]:
    """Return the SHA-256 of what each part, and all together, make of fixed numbers."""
    torch.set_num_threads(1)
    pipeline.set_progress_bar_config(disable=True)
    return {name: _digest(tensor) for name, tensor in _outputs_of(pipeline).items()}


def digest_of_weights(weights: dict[str, torch.Tensor]) -> str:
    """Return the SHA-256 of all elements; reads every page."""
    digest = hashlib.sha256()
    for _, tensor in sorted(weights.items()):
        digest.update(_bytes_of(tensor))
    return digest.hexdigest()


@torch.no_grad()
def _outputs_of(pipeline: Any) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    device, dtype = pipeline.unet.device, pipeline.unet.dtype
    ids = torch.randint(3, 90, (1, 77)).to(device)
    latents = torch.randn(1, 4, 8, 8).to(device, dtype)
    prompt = torch.randn(1, 77, 2 * _HIDDEN).to(device, dtype)
    pooled = torch.randn(1, _POOLED).to(device, dtype)
    conditions = {"text_embeds": pooled, "time_ids": torch.tensor([[64, 64, 0, 0, 64, 64]]).to(device)}
    image = pipeline(
        prompt_embeds=prompt,
        negative_prompt_embeds=torch.zeros_like(prompt),
        pooled_prompt_embeds=pooled,
        negative_pooled_prompt_embeds=torch.zeros_like(pooled),
        latents=latents,
        num_inference_steps=2,
        height=16,
        width=16,
        output_type="latent",
    ).images
    return {
        "unet": pipeline.unet(latents, 10, prompt, added_cond_kwargs=conditions).sample,
        "vae": pipeline.vae.decode(latents).sample,
        "text_encoder": pipeline.text_encoder(ids).last_hidden_state,
        "text_encoder_2": pipeline.text_encoder_2(ids).text_embeds,
        "pipeline": image,
    }


def _digest(tensor: torch.Tensor) -> str:
    return hashlib.sha256(_bytes_of(tensor)).hexdigest()


def _bytes_of(tensor: torch.Tensor) -> Any:
    return tensor.detach().contiguous().flatten().view(torch.uint8).cpu().numpy()


def _unet(width: int) -> Any:
    return diffusers.UNet2DConditionModel(
        block_out_channels=(width, 2 * width),
        layers_per_block=2,
        sample_size=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=_TIMES,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=_POOLED + 6 * _TIMES,
        cross_attention_dim=2 * _HIDDEN,
        norm_num_groups=8,
    )


def _vae() -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(32, 64),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        force_upcast=False,
    )


def _text_encoder(*, with_projection: bool) -> Any:
    configuration = transformers.CLIPTextConfig(
        vocab_size=99,
        bos_token_id=0,
        eos_token_id=2,
        hidden_size=_HIDDEN,
        intermediate_size=2 * _HIDDEN,
        num_hidden_layers=3 if with_projection else 2,
        num_attention_heads=4,
        projection_dim=_POOLED,
        hidden_act="gelu",
    )
    kind = transformers.CLIPTextModelWithProjection if with_projection else transformers.CLIPTextModel
    return kind(configuration)


def _tokenizer() -> Any:
    words = ["<|startoftext|>", "<|endoftext|>", *"abcdefghij", *(f"{letter}</w>" for letter in "abcdefghij")]
    return transformers.CLIPTokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[])
