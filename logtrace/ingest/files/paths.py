"""Paths as people give them → files to read: folders, patterns that no shell expanded, stdin."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator

from logtrace.ingest.files.sources import STDIN, Unreadable, is_archive_name, is_log_archive, is_log_name, why
from logtrace.patterns import lazy_pattern

_MAGIC = lazy_pattern(r"[*?\[]")
_NOTHING = "the directory holds no log files (*.log, *.jsonl, *.json, *.txt, rotated, compressed, or archives of logs)"


def expand(paths: list[str], left_out: list[str] | None = None) -> tuple[list[str], list[Unreadable]]:
    """The files that paths name, each once, in the order given; and the paths that name nothing.

    A directory stands for the log files in it and below; a pattern that the shell did not expand is expanded here. Two names
    of one file, links among them, are one. left_out: takes the files of directories that are not named like logs, but for
    hidden ones.
    """
    aside: list[str] = []
    found: dict[object, str] = {}
    missing: list[Unreadable] = []
    for path in paths:
        files, reason = _files(path, missing, aside)
        for file in files:
            found.setdefault(_identity(file), file)
        if reason:
            missing.append(Unreadable(path, reason))
    if left_out is not None:
        left_out += [path for path in dict.fromkeys(aside) if _identity(path) not in found]
    return list(found.values()), missing


def _identity(path: str) -> object:
    try:
        status = os.stat(path)
    except OSError:
        return path
    return (status.st_dev, status.st_ino)


def _files(path: str, missing: list[Unreadable], aside: list[str]) -> tuple[list[str], str]:
    if path == STDIN:
        return [STDIN], ""
    if os.path.isdir(path):
        files = sorted(_in_directory(path, missing, aside))
        return files, "" if files else _NOTHING
    if os.path.lexists(path):
        return [path], ""
    if _MAGIC.search(path):
        names = sorted(glob.glob(os.path.expanduser(path), recursive=True))
        files = [
            file for name in names for file in (sorted(_in_directory(name, missing, aside)) if os.path.isdir(name) else [name])
        ]
        return files, "" if files else "no file matches the pattern"
    return [], "no such file"


def _in_directory(path: str, missing: list[Unreadable], aside: list[str], above: tuple[object, ...] = ()) -> Iterator[str]:
    """The log files in a folder and below, also behind links. Folders that can't be read, links to a folder that they are in,
    and what is named like a log and is no file, go to `missing`; files that are not named like logs go to `aside`. above: the
    folders on the way here."""
    identity = _identity(path)
    if identity in above:
        missing.append(Unreadable(path, "a link to a folder that it is in: not followed"))
        return
    try:
        entries = sorted(os.scandir(path), key=lambda entry: entry.name)
    except OSError as error:
        missing.append(Unreadable(path, why(error)))
        return
    for entry in entries:
        try:
            kind = "folder" if entry.is_dir() else "file" if entry.is_file() else ""
        except OSError as error:  # a link that leads to itself
            missing.append(Unreadable(entry.path, why(error)))
            continue
        if kind == "folder":
            yield from _in_directory(entry.path, missing, aside, (*above, identity))
        elif entry.name.startswith("."):
            continue
        elif not (is_log_name(entry.name) or is_archive_name(entry.name)):
            if kind:
                aside.append(entry.path)
        elif not kind:
            gone = not os.path.exists(entry.path)
            missing.append(Unreadable(entry.path, "a link to a file that is not there" if gone else "not a regular file"))
        elif is_log_name(entry.name) or is_log_archive(entry.path):
            yield entry.path
        else:
            aside.append(entry.path)
