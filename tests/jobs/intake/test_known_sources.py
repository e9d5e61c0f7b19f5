"""Which of many sources a file may be: a few, however many there are."""

from __future__ import annotations

from logtrace.ingest.files import sources
from logtrace.ingest.files.sources import Opened
from logtrace.jobs.intake.known_sources import KnownSources
from logtrace.store.writing.writer import SourceRow

HEAD = b'{"msg":"started"}\n'


def row(number: int, path: str, kind: str, size: int = 900, head: bytes = HEAD) -> SourceRow:
    start = sources.digest(head)
    return SourceRow(number, path, kind, start, len(head), size, 7, len(head), start, 1, "")


def test_members_of_a_large_archive_are_told_apart_by_their_names():
    """They begin alike, and have the size and the time of the archive."""
    known = KnownSources(row(number, f"logs.zip/pod{chr(97 + number % 26)}{number}x.log", "zip") for number in range(500))
    member = Opened("logs.zip/podc2x.log", "zip", 900, 7, HEAD)
    assert [source.id for source in known.like(member)] == [2]
    assert known.like(Opened("logs.zip/other.log", "zip", 900, 7, HEAD)) == []


def test_a_file_may_be_what_looks_like_it_or_begins_like_it():
    long = b"x" * sources.FINGERPRINT_BYTES
    known = KnownSources([row(1, "edge.log", "file"), row(2, "edge.log.1", "file", 5), row(3, "far/away.log", "file", 5, long)])
    assert [source.id for source in known.like(Opened("edge.log", "file", 5, 1, HEAD + HEAD))] == [2, 1]
    assert [source.id for source in known.like(Opened("renamed.log", "file", 900, 7, b""))] == [1]
    assert [source.id for source in known.like(Opened("copy.gz", "gzip", 6, 1, long))] == [3]
    known[3] = known[3]._replace(fingerprint=sources.digest(HEAD), fingerprint_len=len(HEAD))
    assert [source.id for source in known.like(Opened("away.log.2", "file", 6, 1, HEAD))] == [3]
