"""How a process that goes on for days holds its memory."""

from __future__ import annotations

import ctypes

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # malloc.h
_ARENAS = 2
_LARGE = 256 * 1024


def give_memory_back() -> None:
    """Where the C library is glibc: threads share what memory they have, and that of a large answer or a block of lines goes
    back at once. Else each thread keeps the most that it ever needed, and holes stay where large blocks were."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, _ARENAS)
        mallopt(_MMAP_THRESHOLD, _LARGE)
