#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What weightroomctl converts against what torch makes of the same tensors: from fp32, fp16, bf16 and fp64, also from
files of torch.save with views and shared storages. Where torch overflows in fp8 (to NaN or infinity) the engine gives
the largest number; everything else must be the same to the last bit, and the reported errors those that torch has.

    compare_conversion.py WEIGHTROOMCTL [unittest arguments]
"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy
import safetensors
import safetensors.torch
import torch

WEIGHTROOMCTL = sys.argv.pop(1)
SEED = 20261125

PRECISIONS = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16,
              "fp8_e4m3": torch.float8_e4m3fn, "fp8_e5m2": torch.float8_e5m2}
FP8 = ("fp8_e4m3", "fp8_e5m2")


def convert(source, target, precision):
    """The answer of the operation."""
    command = [WEIGHTROOMCTL, "--settings", str(target.parent / "settings.json"), "--no-cuda", "--json", "convert",
               str(source), str(target), "--precision", precision]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if run.returncode != 0:
        raise RuntimeError(f"weightroomctl ended with {run.returncode}: {run.stderr}")
    return json.loads(run.stdout)


def bits_of(tensor):
    """The words of a tensor, for a comparison that tells 0 from -0."""
    words = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
    return tensor.contiguous().view(words)


def saturated(tensor, precision):
    """What the engine makes of numbers for fp8: those beyond the largest are brought to it first."""
    largest = torch.finfo(PRECISIONS[precision]).max
    return torch.where(tensor.isnan(), tensor, tensor.clamp(-largest, largest))


class CompareConversion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.source = self.folder / "source.safetensors"
        self.target = self.folder / "target.safetensors"
        self.generator = torch.Generator().manual_seed(SEED)

    def compare(self, tensors, precision):
        """Converts self.source, which holds `tensors`."""
        self.target.unlink(missing_ok=True)
        answer = convert(self.source, self.target, precision)
        converted = safetensors.torch.load_file(self.target)
        self.assertEqual(set(converted), set(tensors))
        for name, tensor in tensors.items():
            with self.subTest(name=name, precision=precision):
                self.compare_tensor(converted[name], tensor, precision)
        return answer

    def compare_tensor(self, ours, source, precision):
        dtype = PRECISIONS[precision] if source.is_floating_point() else source.dtype
        self.assertEqual(ours.dtype, dtype)
        self.assertEqual(ours.shape, source.shape)
        if precision in FP8 and source.is_floating_point():
            source = saturated(source.float(), precision)
        theirs = source.to(dtype)
        same = bits_of(ours) == bits_of(theirs)
        if source.is_floating_point():
            same |= ours.float().isnan() & theirs.float().isnan()
        self.assertTrue(bool(same.all()), f"{int((~same).sum())} of {same.numel()} differ")

    def write(self, tensors):
        safetensors.torch.save_file({name: tensor.clone() for name, tensor in tensors.items()}, self.source)

    def test_every_word_of_16_bits(self):
        words = torch.arange(-2**15, 2**15, dtype=torch.int32).to(torch.int16)
        tensors = {"fp16": words.view(torch.float16), "bf16": words.view(torch.bfloat16)}
        for precision in PRECISIONS:
            self.write(tensors)
            self.compare(tensors, precision)

    def test_every_word_of_8_bits(self):
        words = torch.arange(0, 256, dtype=torch.int32).to(torch.uint8)
        tensors = {"e4m3": words.view(torch.float8_e4m3fn), "e5m2": words.view(torch.float8_e5m2)}
        for precision in ("fp32", "fp16", "bf16"):
            self.write(tensors)
            self.compare(tensors, precision)

    def test_random_words_of_32_bits(self):
        words = torch.randint(-2**31, 2**31, (1 << 20,), generator=self.generator).to(torch.int32)
        tensors = {"words": words.view(torch.float32)}
        self.write(tensors)
        for precision in PRECISIONS:
            self.compare(tensors, precision)

    def test_weights_and_what_is_lost(self):
        """Numbers as models have them; the errors in the answer against those of torch."""
        weights = torch.randn((300, 1000), generator=self.generator) * 0.05
        self.write({"w": weights})
        for precision, dtype in PRECISIONS.items():
            if dtype == torch.float32:
                continue
            answer = self.compare({"w": weights}, precision)
            error = (weights.to(dtype).double() - weights.double()).abs()
            self.assertEqual(answer["largest_error"], float(error.max()))
            self.assertAlmostEqual(answer["mean_error"], float(error.mean()), delta=1e-12)
            self.assertEqual(answer["converted_values"], weights.numel())
            self.assertEqual(answer["overflowed_values"], 0)

    def test_overflow_is_counted(self):
        weights = torch.randn((1000,), generator=self.generator) * 1e5
        self.write({"w": weights})
        for precision in ("fp16", *FP8):
            theirs = weights.to(PRECISIONS[precision]).float()
            answer = self.compare({"w": weights}, precision)
            self.assertEqual(answer["overflowed_values"], int((~theirs.isfinite()).sum()))

    def test_fp64_is_rounded_once(self):
        """Torch rounds twice, by way of fp32; numpy once."""
        numbers = torch.randn((100_000,), generator=self.generator, dtype=torch.float64)
        near_ties = (1 + torch.arange(0, 1000, dtype=torch.float64) / 1024 + 2.0**-11) * (1 + 2.0**-40)
        numbers = torch.cat([numbers, near_ties])
        self.write({"w": numbers})
        convert(self.source, self.target, "fp16")
        ours = safetensors.torch.load_file(self.target)["w"].numpy()
        numpy.testing.assert_array_equal(ours, numbers.numpy().astype(numpy.float16))

    def test_files_of_torch(self):
        base = torch.randn((64, 96), generator=self.generator)
        tensors = {"base": base, "transposed": base.t(), "columns": base[:, 3:50:2], "same": base,
                   "expanded": base[:1].expand(5, 96), "half": base.half(), "ids": torch.arange(77),
                   "number": torch.tensor(2.5), "empty": torch.zeros(0, 4)}
        for form in (True, False):
            for precision in ("keep", *PRECISIONS):
                self.source = self.folder / "source.ckpt"
                torch.save({"state_dict": tensors}, self.source, _use_new_zipfile_serialization=form)
                if precision == "keep":
                    self.compare_kept(tensors)
                else:
                    self.compare(tensors, precision)

    def compare_kept(self, tensors):
        self.target.unlink(missing_ok=True)
        convert(self.source, self.target, "keep")
        converted = safetensors.torch.load_file(self.target)
        self.assertEqual(set(converted), set(tensors))
        for name, tensor in tensors.items():
            self.assertTrue(torch.equal(converted[name], tensor), name)
            self.assertEqual(converted[name].dtype, tensor.dtype)
        with safetensors.safe_open(self.target, "pt") as file:
            self.assertEqual(file.metadata()["format"], "pt")
            self.assertEqual(file.metadata()["weightroom.converted_from"], "source.ckpt")


if __name__ == "__main__":
    unittest.main()
