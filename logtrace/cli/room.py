"""Room in memory, where this process may not have as much as it likes: for libraries, and to tell that there is too little; and
where it may open few files, one to tell that.

Libraries end the process where they get none, by a signal, or as numpy's of linear algebra by a message and an exit code of its
own, when it is loaded or when it first computes.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmap import mmap

_NEEDED = {"pydantic_core": 24 << 20, "logtrace.ingest": 40 << 20, "numpy": 144 << 20}
"""Bytes of addresses that are to be free before a module is loaded: for it, and for what is loaded after it, of which some ends
the process as well where it gets none. numpy takes 85 million, and 34 where it first computes."""
_KEPT = 4 << 20
_FEW_FILES = 64
_kept: list[mmap] = []
_files: list[int] = []


class _Asking:
    """Stands before the finders of modules. Raises MemoryError where one is looked for and has no room."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None, /) -> ModuleSpec | None:
        """Finds numpy alone."""
        if name in _NEEDED:
            _room(_NEEDED[name]).close()
        if name != "numpy":
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None:
            loader: Any = _Computing(found.loader)
            found.loader = loader
        return found


class _Computing:
    """Loads numpy as its own loader does, and has it compute something: its library takes then what it will need."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module."""
        self._loader.exec_module(module)
        square: Any = module.ones((2, 2))
        square @ square


def _room(size: int) -> mmap:
    from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

    try:
        return mmap(-1, size, MAP_PRIVATE | MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError from error


def ask_for_room() -> None:
    """From now on libraries are imported where there is room for them, and `make_room` gives some, if memory or files are
    limited."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < _FEW_FILES and not _files:
        _files.append(os.open(os.devnull, os.O_RDONLY))
    limits = (resource.getrlimit(which)[0] for which in (resource.RLIMIT_AS, resource.RLIMIT_DATA))
    if all(limit == resource.RLIM_INFINITY for limit in limits) or any(isinstance(finder, _Asking) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Asking())
    import logtrace.cli.talk
    import logtrace.errors
    import logtrace.views.elements.text  # noqa: F401 - by these it is told

    _kept.append(_room(_KEPT))


def make_room() -> None:
    """Gives back what was kept to tell that there is too little."""
    while _kept:
        _kept.pop().close()
    while _files:
        os.close(_files.pop())
