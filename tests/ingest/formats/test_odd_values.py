"""No value of any key of any known format is one that can't be read, or said to be none: what a key holds is not for sure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from logtrace.ingest import records
from logtrace.ingest.formats import FORMATS
from logtrace.ingest.records import Decoder
from logtrace.ingest.uniform import heads
from logtrace.model import Record
from logtrace.units import MAX_NS

FILES = sorted(path for path in Path("fixtures/formats/files").iterdir() if path.is_file())
ODD = (
    [], ["a", {"b": [1]}], {}, {"a": {"b": [1]}}, -(1 << 63), (1 << 64) - 1, 17419444133600002, 1e18, 1e300, True, None,
    "", "\x00[", "17419444133600002", "-" + "9" * 18, "9" * 19, "9" * 30,
)  # fmt: skip

Place = tuple[str | int, ...]


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Where all values in an object or a list are; the first few of a list."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, held in inner:
        yield (*place, key)
        yield from places(held, (*place, key))


def spoiled(value: Any) -> Iterator[str]:
    """A text with characters in it that are no ASCII: a letter, and digits of elsewhere."""
    if isinstance(value, str) and value:
        middle = len(value) // 2
        yield f"{value[:middle]}é{value[middle + 1 :]}"
        yield value.translate(_EASTERN)


_EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def with_odd(line: bytes, place: Place, odd: Any) -> bytes:
    """A line with another value in one place of its object."""
    start = line.index(b"{")
    top = held = orjson.loads(line[start:])
    for key in place[:-1]:
        held = held[key]
    held[place[-1]] = odd
    return line[:start] + orjson.dumps(top)


def value_at(line: bytes, place: Place) -> Any:
    """What a line has in one place of its object."""
    held = orjson.loads(line[line.index(b"{") :])
    for key in place:
        held = held[key]
    return held


def shapes(path: Path) -> Iterator[tuple[bytes, list[Place]]]:
    """A line of each shape in a file, with the places of its values."""
    known = set()
    for line in path.read_bytes().splitlines():
        try:
            found = list(places(orjson.loads(line[line.index(b"{") :])))
        except ValueError:
            continue
        if (shape := tuple(found)) not in known:
            known.add(shape)
            yield line, found


def is_sound(record: Record) -> bool:
    """Whether its numbers are such as a store can hold, and add up."""
    times = (record.time_ns, record.start_ns, record.end_ns, record.duration_ns)
    return all(time is None or abs(time) <= MAX_NS for time in times) and 0 <= record.severity <= 24


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_line_has_an_account_whatever_is_in_it(path: Path):
    decoder = Decoder()
    for line, found in shapes(path):
        for place in found:
            for odd in (*ODD, *spoiled(value_at(line, place))):
                told = with_odd(line, place, odd)
                assert all(isinstance(result, str) or is_sound(result) for _, result, _ in decoder.lines(told)), told


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [2_000, 5])
@pytest.mark.parametrize("path", [path for path in FILES if not path.name.startswith("wrap-")], ids=lambda path: path.name)
def test_lines_that_differ_say_together_what_each_says(path: Path, kinds: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(records, "QUICK_FROM", 1)
    monkeypatch.setattr(heads, "_KINDS", kinds)
    random = Random(path.name)
    for line, found in shapes(path):
        some = random.sample(found, min(3, len(found)))
        lines = [with_odd(line, random.choice(some), random.choice((*ODD, at, at / 4, f"v{at}"))) for at in range(60)]
        alone, decoder = Decoder(), Decoder()
        expected = [plain(result) for each in lines for _, result, _ in alone.lines(each)]
        for _ in range(2):
            assert [plain(result) for _, result, _ in decoder.lines(b"\n".join(lines) + b"\n")] == expected


def plain(result: Record | str) -> object:
    """A record whose attributes have no order."""
    return result._replace(attributes=frozenset(result.attributes)) if isinstance(result, Record) else result


def test_an_id_of_otlp_that_nearly_is_base64():
    example = orjson.loads(next(each.example for each in FORMATS if each.name == "otlp"))
    span = example["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span["spanId"] = "S/kvNXezTaé="
    (found,) = [result for _, result, _ in Decoder().lines(orjson.dumps(example))]
    assert isinstance(found, Record)
