"""Room for numpy: where its library of linear algebra gets none it ends the process, by a message and an exit code of its own."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

_NEEDED = 82 << 20
"""Bytes of addresses that numpy takes as it is imported."""


class _Asking:
    """Stands before the finders of modules. Raises MemoryError where numpy is looked for and has no room."""

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None, /) -> ModuleSpec | None:
        """Finds nothing."""
        if name == "numpy":
            import mmap

            try:
                mmap.mmap(-1, _NEEDED).close()
            except OSError as error:
                raise MemoryError from error
        return None


def ask_for_room() -> None:
    """From now on numpy is imported where there is room for it, if this process may not have as much as it likes."""
    limited = resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    if limited and not any(isinstance(finder, _Asking) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Asking())
