"""Waiting until files change: the operating system tells where it can, else there is a look every second."""

from __future__ import annotations

import glob
import os
import threading
from collections.abc import Iterator
from pathlib import Path

LOOK_MS = 1000
_GATHER_MS = 100


def changes(paths: list[str], stop: threading.Event, ignore: Path) -> Iterator[None]:
    """Comes back when something changed in the folders of these paths, and after a second at the latest; ends on `stop`.

    ignore: files whose path begins like this one do not count (the store may lie beside the logs).
    """
    deep = [path for path in paths if os.path.isdir(path) or "**" in path]
    folders = sorted(set(map(_folder, deep or paths)))  # changes elsewhere are met by the look every second
    beginning = os.path.realpath(ignore)
    while not stop.is_set():
        yield from _told(folders, bool(deep), beginning, stop)
        yield from _looking(stop)


def _told(folders: list[str], recursive: bool, ignore: str, stop: threading.Event) -> Iterator[None]:
    """As long as the system tells of changes."""
    from watchfiles import watch

    try:
        for _ in watch(
            *folders, watch_filter=lambda _, path: not path.startswith(ignore), debounce=_GATHER_MS, step=_GATHER_MS // 2,
            stop_event=stop, rust_timeout=LOOK_MS, yield_on_timeout=True, raise_interrupt=False, recursive=recursive,
        ):  # fmt: skip
            yield
    except (OSError, RuntimeError):
        return  # no more watches to be had, or a folder is gone: looking will do


def _looking(stop: threading.Event) -> Iterator[None]:
    """One look."""
    stop.wait(LOOK_MS / 1000)
    if not stop.is_set():
        yield


def _folder(path: str) -> str:
    """The folder in which changes concern a path: itself, or what comes before its name or its first wildcard."""
    if os.path.isdir(path):
        return os.path.realpath(path)
    parent = os.path.dirname(os.path.abspath(os.path.expanduser(path)))
    while glob.has_magic(parent) or not os.path.isdir(parent):
        parent = os.path.dirname(parent)
    return os.path.realpath(parent)
