"""The sources that are known, by what a file may be told by, so that many files among many sources are no product of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from logtrace.ingest.files import sources
from logtrace.ingest.files.file_names import service_of
from logtrace.ingest.files.sources import FINGERPRINT_BYTES, Opened
from logtrace.store.writing.writer import SourceRow


class KnownSources(dict[int, SourceRow]):
    """Sources by id, as they are by now."""

    def __init__(self, known: Iterable[SourceRow]) -> None:
        super().__init__()
        self._by_looks: dict[tuple[object, ...], list[int]] = defaultdict(list)
        self._by_start: dict[tuple[object, ...], list[int]] = defaultdict(list)
        self._lengths: set[int] = set()
        for source in known:
            self[source.id] = source

    def __setitem__(self, number: int, source: SourceRow) -> None:
        before = self.get(number)
        super().__setitem__(number, source)
        if before is None or _looks(before) != _looks(source):
            self._by_looks[_looks(source)].append(number)
        if source.fingerprint_len and (before is None or _start(before) != _start(source)):
            self._lengths.add(source.fingerprint_len)
            self._by_start[_start(source)].append(number)

    def like(self, opened: Opened) -> list[SourceRow]:
        """Those that a file may be, the newest first: that look like it, or begin like it (and are of its family, where that is
        short)."""
        found = set(self._by_looks.get(_looks(opened), ()))
        for length in self._lengths:
            if length <= len(opened.head):
                start = _key(length, sources.digest(opened.head[:length]), opened.path)
                found.update(self._by_start.get(start, ()))
        return [self[number] for number in sorted(found, reverse=True)]


def _looks(source: SourceRow | Opened) -> tuple[object, ...]:
    """A plain file may have been renamed; members of an archive all have its size and time."""
    return source.size, source.mtime_ns, source.kind, "" if source.kind == "file" else source.path


def _start(source: SourceRow) -> tuple[object, ...]:
    return _key(source.fingerprint_len, source.fingerprint, source.path)


def _key(length: int, fingerprint: bytes | None, path: str) -> tuple[object, ...]:
    return length, fingerprint, "" if length >= FINGERPRINT_BYTES else service_of(path)
