"""A block of one line again and again, as a loop gone mad writes it, or whoever packs a hundred million lines into a small file.

Only lines of no worth are looked at here, those that name no trace or are rejected: the rest is read as what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from logtrace.ingest.objects.batches import Batch, Rejection
from logtrace.model import Record

_LONGEST = 256
_FEWEST = 64
_SAMPLE = 8
Read = Callable[[list[tuple[int, bytes]]], Iterable[Batch | Rejection]]


def line_again(data: bytes) -> tuple[bytes, int] | None:
    """(the line, how often) of a block that is nothing but one short line many times; None for all others."""
    end = data.find(b"\n", 0, _LONGEST) + 1
    many = len(data) // end if end else 0
    if many < _FEWEST or not data.startswith(data[:end] * 2) or data != data[:end] * many:
        return None
    return data[: end - 1], many


def read_again(line: bytes, many: int, read: Read) -> Iterator[Batch | Rejection] | None:
    """What so many of one line give; None where a few do not each give what one alone does (they belong together), or name a
    trace."""
    alone = list(_each(read([(0, line)])))
    few = list(_each(read([(index, line) for index in range(_SAMPLE)])))
    if few != [(index, *told[1:]) for index in range(_SAMPLE) for told in alone] or len(alone) > 1:
        return None
    if not alone:
        return iter(())
    _, parts, result = alone[0]
    if parts != 1:
        return None
    if isinstance(result, str):
        return (Rejection(index, 1, result) for index in range(many))
    if result.trace is not None:
        return None
    return iter([Batch(range(many), [result] * many, (1,) * many)])


def _each(made: Iterable[Batch | Rejection]) -> Iterator[tuple[int, int, Record | str]]:
    """(index, lines that it took, record or reason) of all that was made, in order."""
    found: list[tuple[int, int, Record | str]] = []
    for each in made:
        if isinstance(each, Rejection):
            found.append((each.at, each.parts, each.reason))
        else:
            found += zip(each.indexes, each.parts, each.records, strict=True)
    return iter(sorted(found, key=lambda told: told[0]))
