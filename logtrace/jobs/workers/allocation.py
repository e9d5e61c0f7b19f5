"""How a process holds its memory, where the C library is glibc: one that goes on for days, and one that works at full speed."""

from __future__ import annotations

import ctypes

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1  # malloc.h
_ARENAS = 2
_LARGE = 256 * 1024
_LARGEST = 32 * 1024 * 1024  # no more is taken
_KEPT = 256 * 1024 * 1024


def give_memory_back() -> None:
    """Threads share what memory they have, and that of a large answer or a block of lines goes back at once. Else each thread
    keeps the most that it ever needed, and holes stay where large blocks were."""
    _mallopt({_ARENA_MAX: _ARENAS, _MMAP_THRESHOLD: _LARGE})


def keep_memory() -> None:
    """Arrays of megabytes that come and go with each block of lines take the same memory again. Else the system clears each
    page of it each time, which costs as much as some of the work on it."""
    _mallopt({_MMAP_THRESHOLD: _LARGEST, _TRIM_THRESHOLD: _KEPT})


def _mallopt(values: dict[int, int]) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in values.items():
            mallopt(option, value)
