#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that gguf-py writes, read by the engine: names, types, shapes, places, bytes and metadata must be the same, and
the values of quantised tensors the same to the last bit. Of refusal it is no judge: gguf-py accepts nearly everything.

    compare_gguf.py DESCRIBE_TENSORS [unittest arguments]
"""
import json
import random
import sys
import tempfile
import unittest
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFValueType as ValueType

from described import describe, sha256

DESCRIBE_TENSORS = sys.argv.pop(1)

PLAIN_TYPES = {Type.F32: np.float32, Type.F16: np.float16, Type.F64: np.float64, Type.I8: np.int8, Type.I16: np.int16,
               Type.I32: np.int32, Type.I64: np.int64}
# What gguf-py computes values of, and what it computes quantised blocks for.
VALUE_TYPES = [kind for kind in Type if kind in (Type.F32, Type.F16) or kind in gguf.quants._type_traits]
LONGEST_LIST_KEPT = 16


def can_quantize(kind):
    try:
        gguf.quants.quantize(np.zeros((1, 256), dtype=np.float32), kind)
    except NotImplementedError:
        return False
    return True


QUANTIZABLE_TYPES = [kind for kind in VALUE_TYPES if can_quantize(kind)]


def random_blocks(generator, kind, shape):
    """Any bytes: all numbers that a block can hold, scales that are infinite or no numbers as well."""
    size = gguf.quants.quant_shape_to_byte_shape(shape, kind)
    return generator.integers(0, 256, size=size, dtype=np.uint8)


def same_bits(left, right):
    """The same numbers bit by bit, where they are numbers."""
    left, right = left.astype(np.float32).ravel(), right.astype(np.float32).ravel()
    same = (left.view(np.uint32) == right.view(np.uint32)) | (np.isnan(left) & np.isnan(right))
    return left.shape == right.shape and bool(same.all())


class Model:
    """A file to be written: tensors and metadata."""

    def __init__(self, alignment=None):
        self.writer = gguf.GGUFWriter(None, "flux")
        self.metadata = {"general.architecture": ("flux", ValueType.STRING)}
        self.shapes = {}
        if alignment is not None:
            self.writer.add_custom_alignment(alignment)
            self.metadata["general.alignment"] = (alignment, ValueType.UINT32)

    def add_blocks(self, name, blocks, kind):
        self.writer.add_tensor(name, blocks, raw_dtype=kind)

    def add_plain(self, name, array):
        self.writer.add_tensor(name, array)

    def add_value(self, key, value, kind):
        self.writer.add_key_value(key, value, kind)
        self.metadata[key] = (value, kind)

    def add_list(self, key, values, kind):
        self.writer.add_key_value(key, values, ValueType.ARRAY, sub_type=kind)
        self.metadata[key] = (values, kind)

    def write(self, path):
        self.writer.write_header_to_file(path)
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()


class CompareGguf(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.generator = np.random.default_rng(20261127)
        self.random = random.Random(20261127)

    def compare(self, model):
        path = self.folder / "model.gguf"
        model.write(path)
        described = describe(DESCRIBE_TENSORS, path, self.folder)
        self.assertEqual(described.format, "gguf")
        self.compare_metadata(described.metadata, model.metadata)
        reader = gguf.GGUFReader(path)
        self.assertEqual(len(described.tensors), len(reader.tensors))
        for number, (ours, theirs) in enumerate(zip(described.tensors, reader.tensors)):
            with self.subTest(tensor=theirs.name, dtype=theirs.tensor_type.name):
                self.compare_tensor(ours, theirs, model.shapes.get(theirs.name))
                self.compare_values(described.values(number), theirs)
        return described

    def compare_tensor(self, ours, theirs, original_shape):
        self.assertEqual(ours["name"], theirs.name)
        self.assertEqual(ours["dtype"], theirs.tensor_type.name)
        file_shape = [int(dimension) for dimension in theirs.shape]
        self.assertEqual(ours["shape"], original_shape or file_shape[::-1])
        self.assertEqual(ours["file_shape"], ours["shape"][::-1])
        self.assertEqual(ours["begin"], theirs.data_offset)
        self.assertEqual(ours["size"], theirs.n_bytes)
        self.assertEqual(ours["sha256"], sha256(theirs.data.tobytes()))

    def compare_values(self, ours, theirs):
        self.assertEqual(ours is not None, theirs.tensor_type in VALUE_TYPES)
        if ours is not None:
            with np.errstate(all="ignore"):
                expected = gguf.quants.dequantize(np.ascontiguousarray(theirs.data), theirs.tensor_type)
            self.assertTrue(same_bits(ours, expected), "the values differ")

    def compare_metadata(self, ours, written):
        self.assertEqual(set(ours), set(written))
        for key, (value, kind) in written.items():
            with self.subTest(key=key):
                self.compare_text(ours[key], value, kind)

    def compare_text(self, text, value, kind):
        if isinstance(value, list) and len(value) > LONGEST_LIST_KEPT:
            self.assertEqual(text, f"[{len(value)} values]")
        elif isinstance(value, list):
            is_float = kind in (ValueType.FLOAT32, ValueType.FLOAT64)
            items = text[1:-1].split(", ") if is_float else json.loads(text)
            self.assertEqual(len(items), len(value))
            for item, single in zip(items, value):
                self.compare_single(item, single, kind)
        else:
            self.compare_single(json.loads(text) if kind == ValueType.BOOL else text, value, kind)

    def compare_single(self, ours, value, kind):
        if kind in (ValueType.FLOAT32, ValueType.FLOAT64):
            number = np.float32 if kind == ValueType.FLOAT32 else np.float64
            self.assertEqual(number(ours).tobytes(), number(value).tobytes())
        elif kind in (ValueType.STRING, ValueType.BOOL):
            self.assertEqual(ours, value)
        else:
            self.assertEqual(int(ours), value)

    def test_values_of_any_block(self):
        """One tensor of each type, of any bytes. 1280 blocks of 256 reach each of 2048 codebook entries many times."""
        for kind in VALUE_TYPES:
            with self.subTest(dtype=kind.name):
                model = Model()
                model.add_blocks("blocks", random_blocks(self.generator, kind, (40, 32 * 256)), kind)
                self.compare(model)

    def test_values_of_quantised_numbers(self):
        self.assertGreater(len(QUANTIZABLE_TYPES), 8)
        model = Model()
        for kind in QUANTIZABLE_TYPES:
            numbers = self.generator.normal(0, 0.05, size=(16, 512)).astype(np.float32)
            numbers[0] = 0
            with np.errstate(all="ignore"):
                blocks = gguf.quants.quantize(numbers, kind)
            model.add_blocks(kind.name, np.ascontiguousarray(blocks).view(np.uint8), kind)
        self.compare(model)

    def test_plain_types(self):
        model = Model()
        for kind in PLAIN_TYPES.values():
            model.add_plain(np.dtype(kind).name, self.generator.integers(-100, 100, size=(3, 5)).astype(kind))
            model.add_plain(np.dtype(kind).name + ".scalar", np.array(7, dtype=kind))
            model.add_plain(np.dtype(kind).name + ".empty", np.zeros((3, 0, 2), dtype=kind))
        self.compare(model)

    def test_five_dimensions_and_restored_shapes(self):
        model = Model()
        model.add_plain("patch_embedding.weight", np.ones((8, 4, 1, 2, 2), dtype=np.float32))
        original = [32, 4, 3, 4]
        blocks = random_blocks(self.generator, Type.Q4_K, (6, 256))
        model.add_blocks("conv_in.weight", blocks, Type.Q4_K)
        model.add_list("comfy.gguf.orig_shape.conv_in.weight", original, ValueType.INT32)
        model.shapes["conv_in.weight"] = original
        self.compare(model)

    def test_metadata(self):
        model = Model()
        limits = {ValueType.UINT8: (0, 255), ValueType.INT8: (-128, 127), ValueType.UINT16: (0, 65535),
                  ValueType.INT16: (-32768, 32767), ValueType.UINT32: (0, 2**32 - 1),
                  ValueType.INT32: (-2**31, 2**31 - 1), ValueType.UINT64: (0, 2**64 - 1),
                  ValueType.INT64: (-2**63, 2**63 - 1)}
        values = {kind: [low, high, (low + high) // 2] for kind, (low, high) in limits.items()}
        values[ValueType.FLOAT32] = [0.0, -0.0, 0.1, 1e-45, 3.4028235e38, float("inf")]
        values[ValueType.FLOAT64] = [0.1, -2.2250738585072014e-308, 1.7976931348623157e308, 5e-324]
        values[ValueType.BOOL] = [True, False]
        values[ValueType.STRING] = ["plain", "\"quoted\" \\ \n \x1b", "\u65e5\u672c\u8a9e", "x" * 5000]
        for kind, of_kind in values.items():
            for number, value in enumerate(of_kind):
                model.add_value(f"single.{kind.name}.{number}", value, kind)
            for length in (1, LONGEST_LIST_KEPT, LONGEST_LIST_KEPT + 1, 3000):
                model.add_list(f"list.{kind.name}.{length}", (of_kind * length)[:length], kind)
        self.compare(model)

    def test_random_files(self):
        for number in range(60):
            with self.subTest(file=number):
                self.compare(self.random_model())

    def random_model(self):
        model = Model(self.random.choice([None, None, 8, 32, 64, 4096]))
        for number in range(self.random.randrange(12)):
            model.add_value(f"key.{number}", self.random.randrange(2**32), ValueType.UINT32)
        for number in range(self.random.randrange(40)):
            name = f"block.{number}." + "n" * self.random.randrange(200)
            outer = [self.random.randrange(1, 5) for _ in range(self.random.randrange(4))]
            if self.random.random() < 0.3:
                dtype = self.random.choice(list(PLAIN_TYPES.values()))
                model.add_plain(name, self.generator.integers(0, 99, size=(*outer, 7)).astype(dtype))
            else:
                kind = self.random.choice([kind for kind in VALUE_TYPES if kind not in PLAIN_TYPES])
                shape = (*outer, 256 * self.random.randrange(1, 4))
                model.add_blocks(name, random_blocks(self.generator, kind, shape), kind)
        return model


if __name__ == "__main__":
    unittest.main()
