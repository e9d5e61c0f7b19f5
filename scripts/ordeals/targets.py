"""What is fuzzed: functions of any bytes that raise only where logtrace breaks a promise, each with texts to begin with.

A target is a function here and a line in TARGETS. What logtrace says of wrong input (its own errors) is no trouble; any other
exception is, and so is a line that is neither read nor rejected, or is both.
"""

from __future__ import annotations

import marshal
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from logtrace import units
from logtrace.config import load_file
from logtrace.errors import LogtraceError
from logtrace.ids import parse_span_id, parse_trace_id
from logtrace.ingest import envelopes
from logtrace.ingest.envelopes import ENVELOPES
from logtrace.ingest.files import sources
from logtrace.ingest.formats import FORMATS
from logtrace.ingest.formats.texts import TEXTS
from logtrace.ingest.records import Decoder
from logtrace.ingest.settings import Settings
from logtrace.jobs.intake.work import Task, Worker
from logtrace.query.alerts import parse_alert
from logtrace.query.grammar import parse
from logtrace.query.predicate import predicate
from logtrace.query.rules import parse_rule
from logtrace.query.text import text_of
from logtrace.when import point_ns
from ordeals import exported, hostile

_BRACKETS = {"", "[", "]", "],", "[]", ",", "null"}


class Target(NamedTuple):
    """Something to be fuzzed: its name, what takes the bytes, with what to begin."""

    name: str
    take: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


def lines(data: bytes) -> None:
    """The line decoder: every line is accounted for once."""
    found = list(Decoder().lines(data))
    texts = [line for line in data.split(b"\n") if line.strip()]
    told = sum(parts for _, _, parts in found)
    assert told <= len(texts), f"{told} lines are told of {len(texts)}"
    if told < len(texts):
        empty = sum(_holds_nothing(line) for line in texts)
        assert told + empty >= len(texts), f"{told} lines are told of {len(texts)}, {empty} hold nothing"


def _holds_nothing(line: bytes) -> bool:
    text = line.decode("utf-8", "replace")
    return text.strip() in _BRACKETS or envelopes.unwrap(text.rstrip()).text.strip() in _BRACKETS


def many_lines(data: bytes) -> None:
    """The same lines among many usual ones: the quick ways give what the general way gives."""
    usual = [hostile.usual_line(number) for number in range(70)]
    odd = data.split(b"\n")[:40]
    mixed = b"\n".join([*usual[:35], *odd, *usual[35:], *odd]) + b"\n"
    general, quick = Decoder(), Decoder()
    general._is_usual = False
    wanted = [(index, _plain(record), parts) for index, record, parts in general.lines(mixed)]
    found = [(index, _plain(record), parts) for index, record, parts in quick.lines(mixed)]
    assert found == wanted, next((pair for pair in zip(found, wanted, strict=False) if pair[0] != pair[1]), "some are missing")


def _plain(record: Any) -> object:
    return record if isinstance(record, str) else record._replace(attributes=frozenset(record.attributes))


def work(data: bytes) -> None:
    """All that a worker does with a block: what comes out can be sent and kept, and counts every line once."""
    result = Worker().run(Task(0, "fuzz.log", "fuzz", 0, 0, data or b"\n", 1, Settings()))
    marshal.dumps(tuple(result))
    for _, counted, used, untraced, low, high, _, physical, _ in result.chunks:
        assert used + untraced <= counted <= physical, (used, untraced, counted, physical)
        assert low is None or low <= high
    for row in (*result.rows, *result.pending):
        assert all(not isinstance(value, int) or -(1 << 63) <= value < 1 << 63 for value in row), row
        [value.encode() for value in row if isinstance(value, str)]


def peeling(data: bytes) -> None:
    """Every envelope on any text and any object."""
    text = data.decode("utf-8", "replace")
    with suppress(orjson.JSONDecodeError):
        value = orjson.loads(data)
        if isinstance(value, dict):
            for envelope in ENVELOPES:
                if envelope.peel_object:
                    envelope.peel_object(value)
    for envelope in ENVELOPES:
        if envelope.peel:
            envelope.peel(text, UTC)
    envelopes.unwrap_all(text, UTC)
    list(envelopes.joined(enumerate(text.split("\n"))))
    envelopes.unwrap_lines(data.split(b"\n"), UTC)


def texts(data: bytes) -> None:
    """Every format of text."""
    text = data.decode("utf-8", "replace")
    for member in TEXTS:
        member.read(text)


def objects(data: bytes) -> None:
    """Every format of objects, as the first and as the second thing it sees."""
    decoder = Decoder()
    for line in data.split(b"\n")[:20]:
        decoder.decode(line)
        decoder.decode(line)


def expressions(data: bytes) -> None:
    """The expression language: what is understood has a text of its own, which means the same."""
    text = data.decode("utf-8", "replace")
    try:
        node = parse(text)
    except LogtraceError:
        return
    assert parse(text_of(node)) == node, text
    predicate(node)


def rules(data: bytes) -> None:
    """Rules of checks, and alerts."""
    text = data.decode("utf-8", "replace")
    for parser in (parse_rule, parse_alert):
        with suppress(LogtraceError):
            parser(text)


def words(data: bytes) -> None:
    """Times, durations, ids."""
    text = data.decode("utf-8", "replace")
    units.instant_ns(text)
    units.duration_text_ns(text)
    point_ns(text, UTC, 1_700_000_000 * 10**9)
    parse_trace_id(text)
    parse_span_id(text)
    with suppress(ValueError):
        units.instant_ns(float(text))


def configuration(data: bytes) -> None:
    """logtrace.toml."""
    path = Path(_folder()) / "logtrace.toml"
    path.write_bytes(data)
    with suppress(LogtraceError):
        load_file(path)


def files(data: bytes) -> None:
    """Compressed files and archives, whole or not."""
    path = os.path.join(_folder(), "fuzz.log")
    Path(path).write_bytes(data)
    for opened in sources.inspect(path):
        if isinstance(opened, sources.Opened):
            with suppress(OSError), opened.open() as stream:
                left = 4 << 20
                while left > 0 and (read := stream.read(1 << 16)):
                    left -= len(read)


def questions(data: bytes) -> None:
    """The server: any path, any parameters."""
    path, _, query = data.decode("latin-1").partition("?")
    client, places = _served()
    place = places[sum(data[:2]) % len(places)] if data[:1] != b"/" else path
    for address in (f"{place}?{query or path}", place):
        try:
            answer = client.get(address)
        except (ValueError, UnicodeError) as error:  # of the client: no such address can be asked
            if "logtrace" in str(error):
                raise
            continue
        except Exception as error:
            if type(error).__module__.startswith("httpx"):
                continue
            raise
        assert answer.text != "internal error\n", (address, answer.status_code)


@cache
def _made() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="fuzz-")  # goes when the process ends


def _folder() -> str:
    return _made().name


@cache
def _served() -> tuple[Any, list[str]]:
    from starlette.testclient import TestClient

    from logtrace import api
    from logtrace.server.app import make_app
    from logtrace.server.endpoint import PREFIX
    from logtrace.server.own import ENDPOINTS

    folder = Path(_folder())
    (folder / "served.jsonl").write_text("\n".join(line for n in range(5) for line in hostile.lines(hostile.PAYLOADS[n], n)))
    api.ingest([str(folder / "served.jsonl")], folder / "served.db")
    client = TestClient(make_app(folder / "served.db"), base_url="http://localhost:16686", raise_server_exceptions=True)
    trace = hostile.hex_id(0)
    own = [PREFIX + each.path.replace("{trace_id}", trace).replace("{span_id}", "0000000000000001") for each in ENDPOINTS]
    jaeger = [
        "/api/traces",
        "/api/services",
        f"/api/traces/{trace}",
        "/api/dependencies",
        "/api/metrics/latencies",
        "/api/v3/traces",
    ]
    return client, [*own, *jaeger]


def _line_seeds() -> list[bytes]:
    found = [member.EXAMPLE for member in TEXTS] + [each.example for each in (*FORMATS, *ENVELOPES)]
    return [text.encode("utf-8", "replace") for text in found if text] + [hostile.usual_line(1), *_hostile()]


def _hostile() -> list[bytes]:
    odd = [line for n, payload in enumerate(hostile.PAYLOADS) if len(payload) < 200 for line in hostile.odd_lines(payload, n)]
    return [line.encode("utf-8", "replace") for line in odd]


def _object_seeds() -> list[bytes]:
    return [each.example.encode() for each in FORMATS if each.example]


def _texts_of(*found: str) -> Callable[[], list[bytes]]:
    return lambda: [text.encode() for text in found]


def _packed() -> list[bytes]:
    return list(_packed_ones())


def _packed_ones() -> Iterator[bytes]:
    import bz2
    import gzip
    import lzma

    import zstandard

    line = hostile.usual_line(1) + b"\n"
    yield from (pack(line) for pack in (gzip.compress, bz2.compress, lzma.compress, zstandard.compress, bytes))
    yield (line.decode().encode("utf-16"))
    folder = Path(_folder())
    for write, name in ((hostile.write_tar, "logs.tar"), (hostile.write_small_zip, "logs.zip")):
        write(folder / name, line)
        yield (folder / name).read_bytes()


_EXPRESSIONS = (
    "error = true and user.tier = 'enterprise'",
    "duration > 5000",
    "not (a ~ '^x' or b in (1, 2.5, 'c'))",
    "count(error) > 3",
    "any.user.id exists",
    "root.duration >= 1.5s",
    "start > '2024-01-10T14:30Z'",
    r'operation != "a\"b"',
    "a.b-c_d = null",
)
_RULES = (
    'operation("POST /x").p99 < 500ms',
    "orphans = 0",
    "for each trace: error_count <= 1",
    "error_rate > 5%",
    'service("a").errors / total < 0.1',
    "all traces: duration < 2s",
    "no secrets",
    "count(error = true) over 5m > 10",
)
_WORDS = ("2024-01-10T14:30:00.123Z", "1h ago", "yesterday", "1.5ms", "4bf92f3577b34da6", "1704897000", "-1h")
_CONFIGURATIONS = (
    'store = "x"\n[formats.a]\ntrace = "t"\n',
    '[[preservation_rules]]\nname = "a"\ncondition = "b"\nttl = "3d"\n',
    "[show]\nattributes=[]",
)
_QUESTIONS = (
    "a?service=x&limit=3&since=1h",
    '/api/traces?service=a&tags={"a":"b"}&limit=-1',
    "c?text=%00&around=1s&sort=slowest",
)

TARGETS: tuple[Target, ...] = (
    Target("lines", lines, _line_seeds),
    Target("many-lines", many_lines, _line_seeds),
    Target("work", work, _line_seeds),
    Target("envelopes", peeling, _line_seeds),
    Target("texts", texts, _line_seeds),
    Target("objects", objects, _object_seeds),
    Target("expressions", expressions, _texts_of(*_EXPRESSIONS)),
    Target("rules", rules, _texts_of(*_RULES)),
    Target("words", words, _texts_of(*_WORDS)),
    Target("config", configuration, _texts_of(*_CONFIGURATIONS)),
    Target("files", files, _packed),
    Target("imports", exported.imports, exported.seeds),
    Target("sent", exported.sent, exported.seeds),
    Target("questions", questions, _texts_of(*_QUESTIONS)),
)
