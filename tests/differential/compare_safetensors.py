#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that the safetensors library writes, read by the engine; and broken ones, on which both must agree whether they
are valid, but for the differences that are known.

    compare_safetensors.py DESCRIBE_TENSORS [unittest arguments]
"""
import random
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import safetensors

from described import Refused, describe, sha256

DESCRIBE_TENSORS = sys.argv.pop(1)

# As the library calls them in memory and in files, and bits of an element.
DTYPES = {"bool": ("BOOL", 8), "uint8": ("U8", 8), "int8": ("I8", 8), "uint16": ("U16", 16), "int16": ("I16", 16),
          "uint32": ("U32", 32), "int32": ("I32", 32), "uint64": ("U64", 64), "int64": ("I64", 64),
          "float16": ("F16", 16), "bfloat16": ("BF16", 16), "float32": ("F32", 32), "float64": ("F64", 64),
          "complex64": ("C64", 64), "float8_e4m3fn": ("F8_E4M3", 8), "float8_e5m2": ("F8_E5M2", 8),
          "float8_e8m0fnu": ("F8_E8M0", 8), "float8_e4m3fnuz": ("F8_E4M3FNUZ", 8),
          "float8_e5m2fnuz": ("F8_E5M2FNUZ", 8)}

# What the engine refuses and the library, against its own text, accepts: names that stand twice.
STRICTER = ("stands twice",)


def write(tensors, metadata):
    """A file of arrays of bytes: name -> (dtype in memory, shape, bytes)."""
    specs = {name: safetensors.TensorSpec(dtype=dtype, shape=shape, data_ptr=data.ctypes.data, data_len=data.nbytes)
             for name, (dtype, shape, data) in tensors.items()}
    return bytes(safetensors.serialize(specs, metadata=metadata))


class CompareSafetensors(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "model.safetensors"
        self.generator = np.random.default_rng(20261127)
        self.random = random.Random(20261127)

    def random_tensor(self):
        dtype = self.random.choice(list(DTYPES))
        shape = [self.random.randrange(5) for _ in range(self.random.randrange(5))]
        size = int(np.prod(shape, dtype=np.int64)) * DTYPES[dtype][1] // 8
        return dtype, shape, self.generator.integers(0, 256, size=size, dtype=np.uint8)

    def compare(self, tensors, metadata):
        self.path.write_bytes(write(tensors, metadata))
        described = describe(DESCRIBE_TENSORS, self.path)
        self.assertEqual(described.format, "safetensors")
        self.assertEqual(described.metadata, metadata or {})
        self.assertEqual({tensor["name"] for tensor in described.tensors}, set(tensors))
        for ours in described.tensors:
            dtype, shape, data = tensors[ours["name"]]
            with self.subTest(dtype=dtype, shape=shape):
                self.assertEqual(ours["dtype"], DTYPES[dtype][0])
                self.assertEqual(ours["shape"], shape)
                self.assertEqual(ours["file_shape"], shape)
                self.assertEqual(ours["size"], data.nbytes)
                self.assertEqual(ours["sha256"], sha256(data.tobytes()))

    def test_every_dtype(self):
        tensors = {}
        for dtype, (_, bits) in DTYPES.items():
            data = self.generator.integers(0, 256, size=12 * bits // 8, dtype=np.uint8)
            tensors[f"weight.{dtype}"] = (dtype, [3, 4], data)
        self.compare(tensors, {"format": "pt"})

    def test_random_files(self):
        for number in range(60):
            names = ["n" * self.random.randrange(1, 300) + f"\u00e4\"\\{i}" for i in range(self.random.randrange(30))]
            metadata = {f"key{i}": "value\n\"" * i for i in range(self.random.randrange(5))} or None
            with self.subTest(file=number):
                self.compare({name: self.random_tensor() for name in names}, metadata)

    def test_same_judgement_of_broken_files(self):
        """One to three changes in the header of a valid file. Of 600, a part is still valid."""
        tensors = {"a": self.random_tensor(), "b.weight": self.random_tensor(), "c": self.random_tensor()}
        good = write(tensors, {"format": "pt", "title": "x"})
        end = 8 + int.from_bytes(good[:8], "little")
        accepted = 0
        for number in range(600):
            content = self.mutated(good, end)
            with self.subTest(mutation=number, header=content[8:end]):
                accepted += self.compare_judgement(content)
        self.assertGreater(accepted, 20)

    def mutated(self, good, end):
        content = bytearray(good)
        for _ in range(self.random.randrange(1, 4)):
            at = self.random.randrange(8, end)
            content[at] = self.random.choice([self.random.choice(good[8:end]), self.random.choice(b"0123456789")])
        return bytes(content)

    def compare_judgement(self, content):
        self.path.write_bytes(content)
        try:
            theirs = {name: tensor for name, tensor in safetensors.deserialize(content)}
        except safetensors.SafetensorError:
            theirs = None
        try:
            ours = describe(DESCRIBE_TENSORS, self.path)
        except Refused as refusal:
            if theirs is not None:
                self.assertTrue(any(reason in refusal.detail for reason in STRICTER), f"{refusal} but {theirs.keys()}")
            return False
        self.assertIsNotNone(theirs, "only the engine accepts it")
        for tensor in ours.tensors:
            self.assertEqual(tensor["shape"], theirs[tensor["name"]]["shape"])
            self.assertEqual(tensor["dtype"], theirs[tensor["name"]]["dtype"])
            self.assertEqual(tensor["sha256"], sha256(bytes(theirs[tensor["name"]]["data"])))
        return True


if __name__ == "__main__":
    unittest.main()
