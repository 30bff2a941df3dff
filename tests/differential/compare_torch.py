#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that torch.save writes, read by the engine and by torch.load(weights_only=True): names, types, shapes and bytes
must be the same. And files that were changed at random: what the engine accepts, torch must accept too, and read the
same; the other way round the engine may be stricter.

    compare_torch.py DESCRIBE_TENSORS [unittest arguments]
"""
import io
import random
import sys
import tempfile
import unittest
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy
import safetensors.torch
import torch

from described import Refused, describe, sha256

warnings.filterwarnings("ignore")
DESCRIBE_TENSORS = sys.argv.pop(1)
SEED = 20261125

# With torch's own names, in which the engine answers.
DTYPES = {dtype: str(dtype).removeprefix("torch.") for dtype in (
    torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.uint8, torch.int8, torch.int16,
    torch.int32, torch.int64, torch.bool, torch.complex64, torch.uint16, torch.uint32, torch.uint64,
    torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz,
    torch.float8_e8m0fnu)}
# Types without a storage class of their own: torch writes them in the old form too, and cannot read them there.
UNTYPED = (torch.uint16, torch.uint32, torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz,
           torch.float8_e5m2fnuz, torch.float8_e8m0fnu)
TYPED = [dtype for dtype in DTYPES if dtype not in UNTYPED]
WRAPPERS = ("state_dict", "params_ema", "params", "model")

# What torch.load(weights_only=True) refuses and the engine reads: it calls nothing, so classes that are only named and
# the later opcodes of Python do no harm; it does not look at the device of a storage, at requires_grad, at texts that
# name no tensor, nor at entries of the archive that it does not need.
LAXER = ("Unsupported global", "Unsupported operand", "Trying to load unsupported GLOBAL",
         "don't know how to restore data location", "expected string or bytes-like object",
         "must be a bool", "must be bool", "codec can't decode", "invalid literal for int()")


def read(path):
    """What the engine reads: name -> (dtype, shape, size, hash), and the metadata. Raises Refused."""
    description = describe(DESCRIBE_TENSORS, path)
    tensors = {tensor["name"]: (tensor["dtype"], tensor["shape"], tensor["size"], tensor["sha256"])
               for tensor in description.tensors}
    return tensors, description.metadata


def bytes_of(tensor):
    """The elements one behind the other."""
    return bytes(tensor.detach().contiguous().clone().untyped_storage())[:tensor.numel() * tensor.element_size()]


def flatten(value, path=()):
    """Yields the way to each tensor, and the tensor."""
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, dict):
        for index, (key, inner) in enumerate(value.items()):
            yield from flatten(inner, (*path, str(key if isinstance(key, (str, int)) else index)))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from flatten(inner, (*path, str(index)))


def expected_tensors(content):
    """What the engine should say of what torch.load gave."""
    wrapper = None
    if isinstance(content, dict):
        wrapper = next((key for key in WRAPPERS if isinstance(content.get(key), dict)), None)
    tensors = {}
    for path, tensor in flatten(content):
        if wrapper is not None and path[0] == wrapper:
            path = path[1:]
        data = bytes_of(tensor)
        tensors[".".join(path) or "tensor"] = (DTYPES[tensor.dtype], list(tensor.shape), len(data), sha256(data))
    return tensors


def expected_metadata(content):
    scalars = {key: value for key, value in content.items() if isinstance(value, (bool, int, str))}
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in scalars.items()}


class Random(random.Random):
    """Random tensors and checkpoints."""

    dtypes = list(DTYPES)

    def tensor(self, dtype=None):
        dtype = dtype or self.choice(self.dtypes)
        shape = [self.choice((0, 1, 1, 2, 3, 5)) for _ in range(self.randrange(5))]
        count = 1
        for dimension in shape:
            count *= dimension
        size = torch.empty(0, dtype=dtype).element_size()
        limit = 2 if dtype == torch.bool else 256
        data = torch.tensor([self.randrange(limit) for _ in range(count * size)], dtype=torch.uint8)
        if count == 0:
            return torch.empty(shape, dtype=dtype)
        return torch.frombuffer(bytearray(data.tolist()), dtype=dtype).reshape(shape)

    def view(self, tensor):
        """Another tensor over the same bytes."""
        if tensor.dim() == 0:
            return self.choice((tensor, tensor.expand(3), tensor.reshape(1, 1)))
        dimension = self.randrange(tensor.dim())
        length = tensor.shape[dimension]
        kind = self.randrange(6)
        if kind == 0:
            return tensor.transpose(dimension, self.randrange(tensor.dim()))
        if kind == 1 and length > 0:
            return tensor.narrow(dimension, self.randrange(length), 1)
        if kind == 2:
            return tensor.unsqueeze(dimension)
        if kind == 3 and length > 1:
            return tensor[tuple([slice(None)] * dimension + [slice(self.randrange(2), None, 2)])]
        if kind == 4 and length == 1:
            shape = list(tensor.shape)
            shape[dimension] = 4
            return tensor.expand(shape)
        return tensor.detach()

    def leaf(self, known):
        kind = self.randrange(12)
        if kind < 4:
            known.append(self.tensor())
            return known[-1]
        if kind < 8 and known:
            known.append(self.view(self.choice(known)))
            return known[-1]
        if kind == 8:
            return torch.nn.Parameter(self.tensor(torch.float32))
        return self.choice([None, True, -1, 2 ** 40, 2 ** 80, 1.5, "text", "\u00e4\u20ac", b"\x00\xff", (), {1, 2},
                            torch.Size([2, 3]), torch.float16, torch.device("cpu"), 1j, bytearray(b"ab")])

    def tree(self, known, depth=0):
        kind = self.randrange(6) if depth < 4 else 5
        count = self.randrange(5)
        if kind in (0, 1):
            keys = [self.choice(("", "w", "w.", "\u4e2d")) + str(number) for number in range(count)]
            return OrderedDict((key, self.tree(known, depth + 1)) for key in keys)
        if kind == 2:
            return {number: self.tree(known, depth + 1) for number in range(count)}
        if kind in (3, 4):
            items = [self.tree(known, depth + 1) for _ in range(count)]
            return items if kind == 3 else tuple(items)
        return self.leaf(known)

    def checkpoint(self):
        known = []
        content = {f"layer{number}": self.tree(known) for number in range(self.randrange(1, 6))}
        if self.random() < 0.5:
            return content
        return {self.choice(WRAPPERS + ("net",)): content, "epoch": 3, "note": "text", "other": self.tree(known)}


class CompareTorch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "model.ckpt"
        self.random = Random(SEED)

    def compare(self, content):
        ours, metadata = read(self.path)
        self.assertEqual(ours, expected_tensors(content))
        return metadata

    def save_and_compare(self, content, **options):
        torch.save(content, self.path, **options)
        loaded = torch.load(self.path, weights_only=True)
        return self.compare(loaded)

    def in_both_forms(self, content):
        for is_zip in (True, False):
            with self.subTest(zip=is_zip):
                self.save_and_compare(content, _use_new_zipfile_serialization=is_zip)

    def test_every_dtype(self):
        self.save_and_compare({str(dtype): self.random.tensor(dtype) for dtype in DTYPES})
        self.in_both_forms({str(dtype): self.random.tensor(dtype) for dtype in TYPED})

    def test_types_that_torch_cannot_read_in_the_old_form(self):
        content = {str(dtype): self.random.tensor(dtype) for dtype in UNTYPED}
        torch.save(content, self.path, _use_new_zipfile_serialization=False)
        self.compare(content)

    def test_random_files(self):
        for number in range(60):
            with self.subTest(file=number):
                self.save_and_compare(self.random.checkpoint())

    def test_random_files_of_the_old_form(self):
        self.random.dtypes = TYPED
        for number in range(60):
            with self.subTest(file=number):
                self.save_and_compare(self.random.checkpoint(), _use_new_zipfile_serialization=False)

    def test_metadata(self):
        content = {"state_dict": {"w": torch.zeros(2)}, "global_step": 470000, "epoch": -1, "name": "style",
                   "is_trained": True, "long": "x" * 300, "version": "1.4.2", "none": None}
        metadata = self.save_and_compare(content)
        del content["long"]
        self.assertEqual(metadata, expected_metadata(content))

    def test_modules(self):
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Conv2d(2, 3, 3))
        self.in_both_forms(model.state_dict())
        optimizer = torch.optim.Adam(model.parameters())
        for parameter in model.parameters():
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        self.in_both_forms({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 7})

    def test_bare_values(self):
        for content in (torch.ones(3), [torch.ones(2), None], (), {}, None, "text", OrderedDict()):
            with self.subTest(content=content):
                self.in_both_forms(content)

    def test_later_protocols(self):
        """torch.load refuses their opcodes when it may load weights only."""
        content = {"w": torch.arange(6.0).reshape(2, 3).t(), "list": [torch.ones(1)], "set": {1}}
        for protocol in (3, 4, 5):
            for is_zip in (True, False):
                with self.subTest(protocol=protocol, zip=is_zip):
                    torch.save(content, self.path, pickle_protocol=protocol, _use_new_zipfile_serialization=is_zip)
                    self.compare(content)

    def test_textual_inversion(self):
        """nn.ParameterDict, which torch.load refuses by default."""
        parameters = torch.nn.ParameterDict({"*": torch.nn.Parameter(torch.ones(2, 4))})
        torch.save({"string_to_token": {"*": 265}, "string_to_param": parameters, "name": "n", "step": 5}, self.path)
        ours, metadata = read(self.path)
        self.assertEqual(list(ours), ["string_to_param.*"])
        self.assertEqual(metadata, {"name": "n", "step": "5"})

    def test_numpy_values(self):
        """Lightning puts numpy's scalars into checkpoints; torch.load refuses them by default."""
        torch.save({"state_dict": {"w": torch.ones(2)}, "score": numpy.float64(0.5), "array": numpy.arange(6.0)[::2],
                    "kind": numpy.dtype("int8")}, self.path)
        ours, _ = read(self.path)
        self.assertEqual(list(ours), ["w"])

    def test_what_is_not_read_is_named(self):
        for content, code, words in (
                (torch.ones(3).to_sparse(), "unsupported", "sparse"),
                (torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8), "unknown_dtype", "QInt8Storage"),
                (torch.ones(3, dtype=torch.complex128), "unknown_dtype", "ComplexDoubleStorage"),
                (torch.ones(3, dtype=torch.complex64).conj(), "unsupported", "conjugate"),
                (torch.ones(3, device="meta"), "unsupported", "meta"),
                (torch.nn.Linear(2, 2), "unsafe_pickle", "torch.nn.modules.linear.Linear")):
            with self.subTest(words=words):
                torch.save({"x": content}, self.path)
                with self.assertRaises(Refused) as refused:
                    read(self.path)
                self.assertEqual(refused.exception.code, code)
                self.assertIn(words, refused.exception.detail)

    def test_torch_script_is_named(self):
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), str(self.path))
        with self.assertRaises(Refused) as refused:
            read(self.path)
        self.assertEqual(refused.exception.code, "unknown_format")
        self.assertIn("TorchScript", refused.exception.detail)

    def test_safetensors(self):
        """The other way in which torch's tensors are saved."""
        tensors = {str(dtype): self.random.tensor(dtype) for dtype in DTYPES}
        self.path = self.path.with_suffix(".safetensors")
        safetensors.torch.save_file(tensors, self.path, metadata={"format": "pt"})
        ours, metadata = read(self.path)
        self.assertEqual(metadata, {"format": "pt"})
        expected = expected_tensors(tensors)
        self.assertEqual({name: tensor[1:] for name, tensor in ours.items()},
                         {name: tensor[1:] for name, tensor in expected.items()})

    # Files changed at random

    def seeds(self):
        content = {"state_dict": OrderedDict(a=torch.arange(6.0).reshape(2, 3), b=torch.ones(4).half()), "epoch": 3}
        content["state_dict"]["c"] = content["state_dict"]["a"].t()
        content["p"] = torch.nn.Parameter(torch.ones(2))
        for is_zip in (True, False):
            buffer = io.BytesIO()
            torch.save(content, buffer, _use_new_zipfile_serialization=is_zip)
            yield buffer.getvalue()

    def mutate(self, data):
        data = bytearray(data)
        for _ in range(self.random.randrange(1, 3)):
            at = self.random.randrange(len(data))
            kind = self.random.randrange(4)
            if kind == 0:
                data[at] = self.random.randrange(256)
            elif kind == 1:
                data[at] = (data[at] + self.random.choice((-1, 1))) % 256
            elif kind == 2:
                del data[at:at + self.random.randrange(1, 4)]
            else:
                data[at:at] = self.random.choice((b"N", b"K\x01", b"0", b"]", b"h\x02", b"\x85", b"R", b"q\x05"))
        return bytes(data)

    def check_not_laxer(self):
        """Returns whether the engine accepted the file; if so, torch must have accepted it with the same tensors."""
        try:
            ours, _ = read(self.path)
        except Refused:
            return False
        try:
            content = torch.load(self.path, weights_only=True)
        except Exception as error:  # torch raises whatever its parts raise
            self.assertTrue(any(words in str(error) for words in LAXER), f"torch refused: {error}")
            return True
        self.assertEqual(ours, expected_tensors(content))
        return True

    def test_changed_pickles(self):
        archive, _ = self.seeds()
        with zipfile.ZipFile(io.BytesIO(archive)) as source:
            entries = {name: source.read(name) for name in source.namelist()}
        accepted = 0
        for number in range(400):
            with zipfile.ZipFile(self.path, "w") as target:
                for name, data in entries.items():
                    target.writestr(name, self.mutate(data) if name.endswith("/data.pkl") else data)
            with self.subTest(file=number):
                accepted += self.check_not_laxer()
        self.assertGreater(accepted, 10)

    def test_changed_files(self):
        accepted = 0
        for data in self.seeds():
            for number in range(200):
                self.path.write_bytes(self.mutate(data))
                with self.subTest(file=number):
                    accepted += self.check_not_laxer()
        self.assertGreater(accepted, 10)


if __name__ == "__main__":
    unittest.main()
