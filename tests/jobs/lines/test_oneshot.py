from __future__ import annotations

import gzip
from pathlib import Path

import orjson
import pytest

from logtrace import api
from logtrace.errors import InputError, NotFoundError, UsageError
from logtrace.ingest.files import sources
from logtrace.ingest.files.sources import Opened
from logtrace.jobs.lines import oneshot, window_search
from logtrace.jobs.lines import scan as scanning
from logtrace.jobs.lines.scan import Hit, line_numbers, scan
from tests.builders import MS
from tests.jobs.stores import TRACES, line, story, write

FIRST, SECOND = TRACES
DASHED = "4BF92F35-77B3-4DA6-A3CE-929D0E0E4736"
BASE = 1 << 70
NOISE = [line(f"{BASE + n:032x}", f"{BASE + n:016x}", n, "noise", operation="Noise", duration_ms=1) for n in range(300)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "edge.log", NOISE[:150] + story() + NOISE[150:])


@pytest.mark.parametrize(
    "text", [FIRST, FIRST.upper(), DASHED, FIRST[:6], FIRST[:20], FIRST[16:], "b0" * 8, f"00-{FIRST}-{'a0' * 8}-01"]
)
def test_the_trace_of_files_is_the_trace_of_a_store(log: Path, text: str) -> None:
    found = api.trace_in_files(text, [str(log)])
    api.ingest([str(log)], log.with_name("s.db"))
    with api.open(log.with_name("s.db")) as store:
        trace = store.trace(FIRST)
        logs = store.logs(trace)
    assert [
        (s.span_id, s.parent_span_id, s.start_ns, s.duration_ns, s.attributes, s.error_message) for s in found.trace.spans
    ] == [(s.span_id, s.parent_span_id, s.start_ns, s.duration_ns, s.attributes, s.error_message) for s in trace.spans]
    assert list(found.logs) == logs


@pytest.mark.parametrize("spelled", [FIRST.upper(), DASHED, DASHED.lower(), FIRST[16:], "0x" + FIRST])
def test_lines_that_spell_the_id_otherwise_are_found(log: Path, spelled: str) -> None:
    other = write(
        log.with_name("other.log"), [line(spelled, "c0" * 8, 12, "x", duration_ms=1, operation="Other", parent_span_id="b0" * 8)]
    )
    found = api.trace_in_files(FIRST, [str(log), str(other)])
    assert [span.name for _, span in found.trace.walk()] == ["POST /tasks", "Insert", "Other"]
    assert [span.name for span in api.trace_in_files(spelled, [str(log), str(other)]).trace.spans] == [
        "POST /tasks",
        "Insert",
        "Other",
    ]


def test_an_id_without_its_leading_zero(log: Path) -> None:
    assert api.trace_in_files(SECOND[1:], [str(log)]).trace.trace_id == SECOND


def test_a_request_id_and_an_opaque_id(tmp_path: Path) -> None:
    lines = [line("order/7:ü", "s-1", 0, "x", duration_ms=1, request_id="req-9"), line("order/7:ü", "s-2", 0, "y", duration_ms=1)]
    log = write(tmp_path / "edge.log", [*NOISE, *lines, orjson.dumps({"trace_id": "order/7:ü", "msg": "ascii"}).decode()])
    for text in ("order/7:ü", "req-9", "s-2"):
        found = api.trace_in_files(text, [str(log)])
        assert (found.trace.trace_id, {span.span_id for span in found.trace.spans}, len(found.logs)) == (
            "order/7:ü",
            {"s-1", "s-2"},
            3,
        )


def test_compressed_and_utf_16_files(log: Path) -> None:
    text = log.read_text(encoding="utf-8")
    plain = api.trace_in_files(FIRST, [str(log)])
    log.with_name("edge.log.gz").write_bytes(gzip.compress(text.encode()))
    log.with_name("wide.log").write_text(text, encoding="utf-16")
    for name in ("edge.log.gz", "wide.log"):
        found = api.trace_in_files(FIRST, [str(log.with_name(name))])
        assert found.trace.spans == plain.trace.spans
        assert [entry.line for entry in found.logs] == [entry.line for entry in plain.logs]


def cri(text: str, size: int) -> list[str]:
    """A line in parts of so many characters."""
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    return [f"2024-01-10T14:30:00.1{n:02}Z stdout {'F' if n == len(parts) - 1 else 'P'} {part}" for n, part in enumerate(parts)]


@pytest.mark.parametrize("padding", [{"a": "x" * 30_000}, {}])
@pytest.mark.parametrize("size", [10_000, 1 << 25])
def test_a_line_in_parts_is_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, padding: dict[str, str], size: int
) -> None:
    """The id is in the second part, or (without padding before it) in the first; parts lie in one range or in several."""
    monkeypatch.setattr(scanning, "RANGE", size)
    fields = {**padding, "trace_id": FIRST, "span_id": "a0" * 8, "operation": "Big", "duration_ms": 7, "z": "y" * 30_000}
    log = write(tmp_path / "0.log", [*cri(NOISE[0], 9000), *cri(orjson.dumps(fields).decode(), 16_000), *cri(NOISE[1], 9000)])
    found = api.trace_in_files(FIRST, [str(log)])
    assert [(span.name, span.duration_ns) for span in found.trace.spans] == [("Big", 7 * MS)]
    assert [(entry.line, entry.path) for entry in found.logs] == [(2, str(log))]
    assert len(found.logs[0].text) > 30_000
    packed = tmp_path / "0.log.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    for each in (log, packed):
        (hits,) = scan([opened(each)], [b"yyyy"])
        assert line_numbers(opened(each), [hit.place for hit in hits]) == [2]


def test_several_traces_or_none(log: Path) -> None:
    with pytest.raises(NotFoundError, match="names 'ffffffffffffffff'"):
        api.trace_in_files("f" * 16, [str(log)])
    with pytest.raises(UsageError, match="fits 300 traces"):
        api.trace_in_files("4000", [str(log)])


def test_files_that_cannot_be_read(log: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        api.trace_in_files(FIRST, [str(log.with_name("nowhere.log"))])
    found = api.trace_in_files(FIRST, [str(log), str(log.with_name("nowhere.log"))])
    assert "nowhere.log could not be read: no such file" in found.trace.warnings[-1]
    log.with_name("bad.gz").write_bytes(gzip.compress(log.read_bytes())[:400])
    with pytest.raises(InputError, match="damaged"):
        api.trace_in_files(FIRST, [str(log.with_name("bad.gz"))])


def test_the_history_of_a_trace_is_its_own(tmp_path: Path) -> None:
    lines = [line(FIRST, f"{n:016x}", n, "done", duration_ms=n, operation="A") for n in range(1, 201)]
    assert api.trace_in_files(FIRST, [str(write(tmp_path / "edge.log", lines))]).history == {("edge", "A"): (200, 198 * MS)}


def test_many_lines_are_read_together_and_say_what_each_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects, texts, one object over two lines of a container runtime, one with a secret, among them."""
    lines = [line(FIRST, f"{n + 1:016x}", n, "done", duration_ms=n, operation="A", user=f"u{n % 3}") for n in range(200)]
    whole = line(FIRST, f"{1 << 20:016x}", 201, "in parts")
    halves = [{"log": part, "stream": "stdout", "time": "2024-01-10T14:00:00Z"} for part in (whole[:90], whole[90:] + "\n")]
    lines[150:150] = [f"2024-01-10T14:00:00Z INFO said trace_id={FIRST} span_id={1 << 22:016x} took=3ms"]
    lines[100:100] = [orjson.dumps(half).decode() for half in halves]
    lines[50:50] = [line(FIRST, f"{1 << 21:016x}", 202, "password=hunter22 for all", token="abcdefgh12345678")]
    path = write(tmp_path / "edge.log", lines)
    alone = api.trace_in_files(FIRST, [str(path)])
    monkeypatch.setattr(oneshot, "TOGETHER", 70)
    together = api.trace_in_files(FIRST, [str(path)])
    assert len(together.trace.spans) == 203
    assert together.trace == alone.trace
    assert together.logs == alone.logs
    assert not any("hunter22" in each.text for each in together.logs)


def test_read_gives_all_traces(log: Path) -> None:
    traces = api.read([str(log)])
    assert len(traces) == 302
    assert [trace.start_ns for trace in traces] == sorted(trace.start_ns or 0 for trace in traces)
    found = next(trace for trace in traces if trace.trace_id == FIRST)
    assert found.spans[0].attributes == {"user": "ada", "status": 500}
    with pytest.raises(InputError, match="no such file"):
        api.read([str(log), str(log.with_name("nowhere.log"))])


def opened(path: Path) -> Opened:
    found = next(sources.inspect(str(path)))
    assert isinstance(found, Opened)
    return found


@pytest.mark.parametrize("size", [1_000, 7_777, 40_000])
def test_ranges_and_windows_cut_anywhere_lose_and_repeat_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Lines of 1 to 3,000 bytes, some of them with the needle, searched in small pieces."""
    lines = [f"{'needle' if n % 7 == 0 else ''}{'x' * (n * 997 % 3000)}{'needle' if n % 11 == 0 else ''}" for n in range(200)]
    log = write(tmp_path / "a.log", lines)
    monkeypatch.setattr(scanning, "RANGE", size)
    monkeypatch.setattr(scanning, "_WINDOW", size // 3)
    monkeypatch.setattr(scanning, "_PIECE", size)
    (hits,) = scan([opened(log)], [b"needle"])
    wanted = [(n + 1, text) for n, text in enumerate(lines) if "needle" in text]
    assert numbered(log, hits) == wanted
    for hit in hits:
        assert log.read_bytes()[hit.place :].startswith(hit.text + b"\n")
    packed = tmp_path / "a.log.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert scan([opened(packed)], [b"needle"]) == [hits]
    assert numbered(packed, hits) == wanted
    monkeypatch.setattr(window_search, "_memmem", lambda: None)
    assert scan([opened(log), opened(packed)], [b"needle"]) == [hits, hits]


def numbered(log: Path, hits: list[Hit]) -> list[tuple[int, str]]:
    """Hits as (number of the line, text)."""
    numbers = line_numbers(opened(log), [hit.place for hit in hits])
    return [(number, hit.text.decode()) for number, hit in zip(numbers, hits, strict=True)]


def test_a_last_line_without_an_end_and_a_first_line_count(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"needle one\n\nnone\nlast needle")
    (hits,) = scan([opened(log)], [b"needle"])
    assert numbered(log, hits) == [(1, "needle one"), (4, "last needle")]


def test_a_line_over_the_limit_is_not_read(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"needle " + b"x" * (17 << 20) + b"\nneedle\n")
    packed = log.with_suffix(".gz")
    packed.write_bytes(gzip.compress(log.read_bytes(), 1))
    for each in (log, packed):
        (hits,) = scan([opened(each)], [b"needle"])
        assert numbered(each, hits) == [(2, "needle")]


NUMBER = 0x9F0D7A3B5C6E1F20
HALVES = [f"{NUMBER:016x}", f"{NUMBER:032x}", str(NUMBER)]


@pytest.mark.parametrize("text", HALVES)
def test_an_id_in_decimal_digits_is_found_by_either(tmp_path: Path, text: str):
    lines = [f'{{"dd.trace_id":"{NUMBER + n}","dd.span_id":"{n + 7}","dd.service":"pay","message":"m{n}"}}' for n in range(3)]
    log = write(tmp_path / "a.log", lines)
    api.ingest([str(log)], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        assert store.trace(text).trace_id == HALVES[1]
    assert [each.body for each in api.trace_in_files(text, [str(log)]).logs] == ["m0"]


def test_an_id_in_base64_is_found_by_its_digits(tmp_path: Path):
    span = {
        "traceId": "S/kvNXezTaajzpKdDg5HNg==",
        "spanId": "AAAAAAAAAAE=",
        "name": "op",
        "startTimeUnixNano": "1704897000000000000",
    }
    log = write(tmp_path / "a.log", [orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).decode()])
    assert len(api.trace_in_files("4bf92f3577b34da6a3ce929d0e0e4736", [str(log)]).trace.spans) == 1


def test_nothing_is_said_to_be_found_by_another_number(tmp_path: Path):
    log = write(tmp_path / "a.log", story())
    with pytest.raises(NotFoundError):
        api.trace_in_files(str(NUMBER), [str(log)])
