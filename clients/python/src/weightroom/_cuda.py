# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory of a GPU that the engine has handed over: mapped by the CUDA driver, which torch brings up anyway.

ctypes and not cuda.bindings: seven calls need no package, and work with whichever driver is there.
"""

from __future__ import annotations

import ctypes
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional

from .errors import WeightroomError

_POSIX_FILE_DESCRIPTOR = 1  # CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR
_NO_DEVICE = 100  # CUDA_ERROR_NO_DEVICE
_DEVICE = 1  # CU_MEM_LOCATION_TYPE_DEVICE
_READ_AND_WRITE = 3  # CU_MEM_ACCESS_FLAGS_PROT_READWRITE; the driver has no mapping for reading only


class _Access(ctypes.Structure):
    """CUmemAccessDesc."""

    _fields_ = [("location_type", ctypes.c_int), ("location_id", ctypes.c_int), ("flags", ctypes.c_int)]


class Driver:
    """The CUDA driver of this machine."""

    def __init__(self, library: str = "libcuda.so.1") -> None:
        """Open it. Raises WeightroomError where there is none, or where it refuses."""
        try:
            self._library = ctypes.CDLL(library)
        except OSError as error:
            raise WeightroomError(f"these weights are on a GPU, and there is no CUDA driver here: {error}") from error
        self.contexts: dict[int, ctypes.c_void_p] = {}  # of devices, each retained once
        if self._library.cuInit(ctypes.c_uint(0)) == _NO_DEVICE:
            raise WeightroomError("these weights are on a GPU, and this process sees none (CUDA_VISIBLE_DEVICES?)")
        self.call("cuInit", ctypes.c_uint(0))

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function. Raises WeightroomError."""
        result = getattr(self._library, name)(*arguments)
        if result != 0:
            raise WeightroomError(f"{name} of the CUDA driver failed with {result}")

    def attempt(self, name: str, *arguments: Any) -> None:
        """Call a function that gives something back: what it says does not matter."""
        getattr(self._library, name)(*arguments)


def device_numbers(cuda: Driver) -> dict[str, int]:
    """Return the numbers that GPUs have in this process, by UUID ("GPU-8f2c1a34-…").

    Another process may number them otherwise, and see more or fewer of them (CUDA_VISIBLE_DEVICES).
    """
    count = ctypes.c_int(0)
    cuda.call("cuDeviceGetCount", ctypes.byref(count))
    return {_uuid_of(cuda, number): number for number in range(count.value)}


def number_of(device_uuid: str, cuda: Optional[Driver] = None) -> int:
    """Return the number that a GPU has in this process. Raises WeightroomError where it is not seen here."""
    numbers = device_numbers(cuda or driver())
    if device_uuid not in numbers:
        raise WeightroomError(
            f"these weights are on {device_uuid}, and this process does not see that GPU (CUDA_VISIBLE_DEVICES?); it sees"
            f" {', '.join(numbers) or 'none'}"
        )
    return numbers[device_uuid]


def _uuid_of(cuda: Driver, number: int) -> str:
    device = ctypes.c_int(0)
    cuda.call("cuDeviceGet", ctypes.byref(device), ctypes.c_int(number))
    found = (ctypes.c_ubyte * 16)()
    cuda.call("cuDeviceGetUuid_v2", ctypes.byref(found), device)
    return f"GPU-{uuid.UUID(bytes=bytes(found))}"


_driver: Optional[Driver] = None


def driver() -> Driver:
    """Return the driver, opened when it is first asked for."""
    global _driver
    if _driver is None:
        _driver = Driver()
    return _driver


def _context_of(cuda: Driver, number: int) -> ctypes.c_void_p:
    if number not in cuda.contexts:
        device = ctypes.c_int(0)
        context = ctypes.c_void_p(0)
        cuda.call("cuDeviceGet", ctypes.byref(device), ctypes.c_int(number))
        cuda.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        cuda.contexts[number] = context
    return cuda.contexts[number]


@contextmanager
def _current(cuda: Driver, context: ctypes.c_void_p) -> Iterator[None]:
    """Make a context current for a while: whatever was current before, torch's other GPU perhaps, is so again."""
    cuda.call("cuCtxPushCurrent_v2", context)
    try:
        yield
    finally:
        cuda.attempt("cuCtxPopCurrent_v2", ctypes.byref(ctypes.c_void_p(0)))


class CudaMemory:
    """A slab in the memory of a GPU. What is made from it (torch.as_tensor) must hold it, and does."""

    def __init__(self, descriptor: int, size: int, device: int, cuda: Optional[Driver] = None) -> None:
        """Map all of a slab, on the GPU that has this number in this process. Raises WeightroomError."""
        self.size = size
        self.device = device
        self.address = 0
        self._cuda = cuda or driver()
        self._handle = ctypes.c_ulonglong(0)
        self._is_mapped = False
        self._context = _context_of(self._cuda, self.device)
        with _current(self._cuda, self._context):
            try:
                self._map(descriptor)
            except WeightroomError:
                self._give_back()
                raise

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """All of its bytes, as torch and others take them."""
        return {"shape": (self.size,), "typestr": "|u1", "data": (self.address, False), "strides": None, "version": 3}

    def __del__(self) -> None:
        """Unmap it, when nothing runs any more that might use it; where nobody can tell, it stays."""
        if not getattr(self, "address", 0):
            return
        try:
            with _current(self._cuda, self._context):
                self._cuda.call("cuCtxSynchronize")
                self._give_back()
        except WeightroomError:
            pass

    def _map(self, descriptor: int) -> None:
        size = ctypes.c_size_t(self.size)
        none = ctypes.c_ulonglong(0)
        self._cuda.call(
            "cuMemImportFromShareableHandle",
            ctypes.byref(self._handle),
            ctypes.c_void_p(descriptor),
            ctypes.c_int(_POSIX_FILE_DESCRIPTOR),
        )
        address = ctypes.c_ulonglong(0)
        self._cuda.call("cuMemAddressReserve", ctypes.byref(address), size, ctypes.c_size_t(0), none, none)
        self.address = address.value
        self._cuda.call("cuMemMap", address, size, ctypes.c_size_t(0), self._handle, none)
        self._is_mapped = True
        access = _Access(_DEVICE, self.device, _READ_AND_WRITE)
        self._cuda.call("cuMemSetAccess", address, size, ctypes.byref(access), ctypes.c_size_t(1))

    def _give_back(self) -> None:
        address, size = ctypes.c_ulonglong(self.address), ctypes.c_size_t(self.size)
        if self._is_mapped:
            self._cuda.attempt("cuMemUnmap", address, size)
        if self._handle.value:
            self._cuda.attempt("cuMemRelease", self._handle)
        if self.address:
            self._cuda.attempt("cuMemAddressFree", address, size)
        self._is_mapped = False
        self._handle = ctypes.c_ulonglong(0)
        self.address = 0
