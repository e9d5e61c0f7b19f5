"""A piece of a file, or bytes, in memory: searched as fast as memory is read.

The search is the C library's memmem, which skips most bytes, and lets other threads run meanwhile. Where there is none,
bytes.find does it.
"""

from __future__ import annotations

import os
import re
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


def finder(data: bytes) -> Callable[[bytes, int, int], int]:
    """What does as data.find, as long as somebody holds the data."""
    search = _memmem()
    if search is None:
        return data.find
    import ctypes

    address = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0

    def find(needle: bytes, start: int, end: int) -> int:
        found = search(address + start, end - start, needle, len(needle)) if start < end else None
        return -1 if found is None else int(found) - address

    return find


def lines_in(data: bytes) -> int:
    """As data.count(b"\\n"), which looks at each byte by itself and takes three times as long."""
    return len(_LINE_END.findall(data))


_LINE_END = re.compile(b"\n")


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
