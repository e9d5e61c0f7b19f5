from __future__ import annotations

from pathlib import Path

import pytest

from logtrace.ingest.pieces import parting
from logtrace.ingest.pieces.parting import may_part, next_place, place_before

CONSOLES = Path(__file__).parents[3] / "fixtures/formats/consoles"
COMPOSE = b"app-1  | "


def wrapped(text: bytes) -> bytes:
    return b"".join(COMPOSE + line + b"\n" for line in text.splitlines())


@pytest.mark.parametrize("dress", [bytes, wrapped], ids=["bare", "wrapped"])
@pytest.mark.parametrize(
    ("name", "heads"), [("collector", (b"2025-03-14T", b"Resource Schema")), ("ruby", b"#<struct OpenTelemetry")]
)
def test_a_console_exporters_text_is_parted_where_the_next_begins(name, heads, dress):
    data = dress((CONSOLES / f"{name}.txt").read_bytes().removesuffix(b"\n") + b"\n") * 40
    for place in (next_place(data, 0, len(data) // 2), place_before(data[: data.rfind(b"\n", 0, -9) + 1], b"")):
        assert place
        assert data[place:].removeprefix(COMPOSE).startswith(heads)


def test_a_blank_line_in_an_entry_is_no_place():
    entry = b'Span #1\n\tInstrumentation Scope\n\t\tName         : "app"\n\n'
    assert not may_part(entry, b"\tName         : GET /\n")
    assert may_part(entry, b"plain words\n")


def test_few_places_of_a_text_that_does_not_end_are_looked_at(monkeypatch):
    looked: list[int] = []
    monkeypatch.setattr(parting, "may_part", lambda tail, _: bool(looked.append(len(tail))))
    for line in (b"    -> a: Str(b)\n", b"{\n"):
        data = line * (6_000_000 // len(line))
        assert next_place(data, 0, 1024) == 0
        assert place_before(data, b"") is None
        assert len(looked) < 1_300
        assert max(looked[:-100]) <= parting.TAIL
        looked.clear()
