"""The quick ways to show lines that match tell exactly what the general way tells: at a glance, by moulds, in forks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import orjson
import pytest

from logtrace.ids import NO_SPAN
from logtrace.ingest import glance
from logtrace.jobs.intake import work
from logtrace.jobs.lines import hits, searched
from logtrace.jobs.lines.grep import Decoded, Pattern, decoded
from logtrace.jobs.verbs.store import Store
from logtrace.jobs.workers import forked
from logtrace.views.elements.text import clean
from logtrace.views.lines.plain import plain_lines
from tests.jobs.stores import TRACES, line, take

_CRI = "2024-01-10T14:30:00.000000000Z stderr"


def _usual(number: int) -> list[bytes]:
    """Lines that moulds are made of: of three makes, one of them without a service."""
    ids = {"trace_id": f"{number % 7 + 1:x}".ljust(32, "a"), "span_id": f"{number + 1:016x}"}
    return [
        line(ids["trace_id"], ids["span_id"], number, f"needle {number}", n=number).encode(),
        line(ids["trace_id"], ids["span_id"], number, f"Needle {number}", ok=number % 2 == 0, tags={"a": "b"}).encode(),
        orjson.dumps({**ids, "msg": "needle é" if number % 5 else "needle", "timestamp": "2024-01-10T14:30:00Z"}),
    ]


_ODD = [
    line(TRACES[0], "a0" * 8, 1, 'a "needle" \\ \x1b[31m \u202e é').encode(),
    line(TRACES[0].upper(), "A0" * 8, 1, "needle").encode(),
    line("0" * 16 + "b" * 16, "a0" * 8, 1, "needle of a short id").encode(),
    line("req-1 é", "no id", 1, "needle").encode(),
    line(TRACES[1], "0" * 16, 1, "needle", service="").encode(),
    b'{"msg":"needle without ids","service":"two words"}',
    f'{{"msg":"needle trace_id={TRACES[0]}"}}'.encode(),
    f'{{"trace_id":"{TRACES[0]}","trace_id":"{TRACES[1]}","msg":"needle"}}'.encode(),
    f'{{ "trace_id": "{TRACES[0]}",\t"msg": "needle" }}\r'.encode(),
    orjson.dumps({"log": line(TRACES[0], "c0" * 8, 2, "needle in docker"), "stream": "stdout", "time": "2024-01-10T14:30:00Z"}),
    f"{_CRI} F {line(TRACES[1], 'c1' * 8, 3, 'needle in CRI')}".encode(),
    f"2024-01-10T14:30:00.000Z [ERROR] [api] needle trace_id={TRACES[0]}".encode(), b"\tmain.go:24 needle +0x65",
    b"needle 12 - 7, some words", b'{"msg":"needle \x01 \xff', b"needle \x1b[31mred\x7f", b"needle \xff\xfe", b"", b"needle",
    line(TRACES[0], "a0" * 8, 1, "needle: 100% of %b %(x)s").encode(),
]  # fmt: skip


@pytest.fixture(scope="module", params=["alike", "uneven"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Files in several chunks: lines that are read by moulds, in one store every odd line between them, some again and again."""
    folder = tmp_path_factory.mktemp(request.param)
    usual = [_usual(number) for number in range(150)]
    odd = [_ODD[number % 40 :][:1] for number in range(150)] if request.param == "uneven" else []
    for name, lines in (("edge-mcp", [*usual, *odd]), ("api", [*chain.from_iterable(zip(usual, odd, strict=False)), *usual])):
        (folder / f"{name}.log").write_bytes(b"\n".join(chain.from_iterable(lines)) + b"\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "CHUNK", 4_000)
        take(folder / "s.db", folder / "edge-mcp.log", folder / "api.log")
    with Store(folder / "s.db") as opened:
        yield opened


@pytest.fixture(params=["at once", "in forks"])
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moulds are made of the first lines, and forks are made for any store."""
    monkeypatch.setattr(searched, "_FIRST", 0)
    monkeypatch.setattr(glance, "_LEARN_FROM", 0)
    monkeypatch.setattr(hits, "cores", lambda: 3)
    monkeypatch.setattr(forked, "cores", lambda: 3)
    monkeypatch.setattr(hits, "_FORKS_FROM", 0 if request.param == "in forks" else 10**9)


_PATTERNS = [
    ("needle", {}), ("needle", {"ignore_case": True}), ("needle", {"invert": True}), ("", {}), ("needle [0-9]*1", {}),
    ("+0x65", {"literal": True}), ("nosuch", {}), ("[^x]$", {}),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "how"), _PATTERNS)
@pytest.mark.usefixtures("quick")
def test_all_ways_show_the_same(store: Store, pattern: str, how: dict[str, bool]):
    general = list(store.grep(pattern, **how))
    told = [(line.trace_id, line.span_id, line.service, line.text) for line in general]
    assert [tuple(row) for found in store.hits(pattern, **how) for row in found.rows()] == told
    words = [(clean(t.removeprefix("0" * 16)) or "-", clean(s) or "-", clean(v).replace(" ", "_") or "-") for t, s, v, _ in told]
    shown = "".join(f"{' '.join(names)} {clean(text)}\n" for names, (*_, text) in zip(words, told, strict=True))
    assert b"".join([made.taken() for made in store.shown_hits(plain_lines, pattern, **how)]).decode() == shown


@pytest.mark.parametrize(("pattern", "how"), _PATTERNS)
@pytest.mark.usefixtures("quick")
def test_what_is_not_read_names_a_span(store: Store, pattern: str, how: dict[str, bool]):
    def of_no_span(lines: list[Decoded]) -> list[Decoded]:
        return [line for line in lines if line.record is None or line.record.trace is None or line.record.span == NO_SPAN]

    whole = list(decoded(store.reader, Pattern(pattern, **how)))
    some = list(decoded(store.reader, Pattern(pattern, **how), hits.maybe_of_no_span(store.reader)))
    assert of_no_span(some) == of_no_span(whole)
    assert len(some) <= len(whole)


def test_only_lines_that_name_a_span_are_not_read(tmp_path: Path):
    ids = [{"trace_id": TRACES[0], "span_id": "a0" * 8}, {"trace_id": TRACES[0]}, {}]
    lines = [orjson.dumps({"timestamp": "2024-01-10T14:30:00Z", "msg": f"needle {n}", **ids[n % 3]}) for n in range(1_500)]
    (tmp_path / "api.log").write_bytes(b"\n".join(lines))
    take(tmp_path / "s.db", tmp_path / "api.log")
    with Store(tmp_path / "s.db") as opened:
        chosen = decoded(opened.reader, Pattern("needle"), hits.maybe_of_no_span(opened.reader))
        assert [line.number - 1 for line in chosen] == [n for n in range(1_500) if n % 3]
