"""A piece of a file in memory, searched as fast as memory is read.

The search is the C library's memmem, which skips most bytes, and lets other threads run meanwhile. Where there is none,
bytes.find does it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any


class Window:
    """Room for so many bytes, to be filled again and again. One a thread."""

    def __init__(self, size: int) -> None:
        self.data = bytearray(size)
        self._view = memoryview(self.data)
        self._search = _memmem()
        if self._search is not None:
            import ctypes

            self._address = ctypes.addressof((ctypes.c_char * size).from_buffer(self.data))

    def fill(self, fd: int, at: int, length: int) -> int:
        """Reads up to so many bytes of a file, from a place on; how many there were."""
        return os.preadv(fd, [self._view[: min(length, len(self.data))]], at)

    def find(self, needle: bytes, start: int, end: int) -> int:
        """As bytes.find."""
        if self._search is None:
            return self.data.find(needle, start, end)
        found = self._search(self._address + start, end - start, needle, len(needle)) if start < end else None
        return -1 if found is None else int(found) - self._address


@cache
def _memmem() -> Callable[..., Any] | None:
    try:
        import ctypes

        search = ctypes.CDLL(None).memmem
    except (ImportError, OSError, AttributeError, TypeError):
        return None
    search.restype = ctypes.c_void_p
    search.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    found: Callable[..., Any] = search
    return found
