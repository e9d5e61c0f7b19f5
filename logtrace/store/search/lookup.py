"""Which traces a text means: by id, by the beginning of one, by a span's id, by a request's."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import orjson

from logtrace.ids import NO_SPAN, TraceId, parse_span_id, parse_trace_id
from logtrace.model import plain_key
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.wanted import MIN_PREFIX, Wanted, decimal_low, wanted

MANY = 100
"""No more matches of a prefix are given than this."""

REQUEST_KEY = "requestid"
"""The key of a request's id, as the table `attribute` keeps it for search: request_id, request.id, requestId."""

_BIAS = 1 << 64


def find(reader: FragmentReader, text: str) -> list[TraceId]:
    """The traces that a text means; [] if none. The first way of reading it that gives any decides."""
    if found := _by_id(reader, Wanted(text, "")):
        return found
    asked = wanted(text)
    for way in (_by_id, _by_prefix, _by_span, _by_request, _by_number):
        if found := way(reader, asked):
            return found
    return []


def _by_id(reader: FragmentReader, asked: Wanted) -> list[TraceId]:
    trace = parse_trace_id(asked.text)
    if trace is None:
        return []
    known = _with_low(reader, trace.low)
    exact = [t for t in known if t.high == trace.high]
    return exact or (known if trace.high == 0 or [t.high for t in known] == [0] else [])


def _by_number(reader: FragmentReader, asked: Wanted) -> list[TraceId]:
    low = decimal_low(asked)
    return [] if low is None else _with_low(reader, low)


def exactly(reader: FragmentReader, text: str) -> list[TraceId]:
    """The traces whose whole id a text is: as it was logged, or 1 to 32 hexadecimal digits of the id or its hash."""
    digits = text.strip().lower()
    found: list[TraceId] = []
    if 0 < len(digits) <= 32 and not set(digits) - set("0123456789abcdef") and digits.strip("0"):
        low, high = (_signed(digits.rjust(32, "0")[part]) for part in (slice(16, 32), slice(0, 16)))
        known = _with_low(reader, low)
        found = [t for t in known if t.high == high] or (known if not high or [t.high for t in known] == [0] else [])
    return found or _by_id(reader, Wanted(text, ""))


def _with_low(reader: FragmentReader, low: int) -> list[TraceId]:
    """The traces with a low half. Lines with the 64-bit form alone belong to the 128-bit one if there is just one."""
    highs = [high for (high,) in reader.run("SELECT DISTINCT trace_high FROM span WHERE trace_low = ? ORDER BY 1", (low,))]
    longer = [high for high in highs if high]
    texts = dict(reader.run("SELECT high, text FROM opaque_trace WHERE low = ?", (low,)))
    return [TraceId(low, high, texts.get(high, "")) for high in (longer if len(longer) == 1 else highs)]


def of_rows(reader: FragmentReader, rows: Iterable[tuple[int, int]]) -> list[TraceId]:
    """The traces that rows with these (low, high) belong to, each once."""
    found: dict[TraceId, None] = {}
    for low, high in rows:
        known = _with_low(reader, low)
        found.update(dict.fromkeys([t for t in known if t.high == high] or known))
    return list(found)


def _by_prefix(reader: FragmentReader, asked: Wanted) -> list[TraceId]:
    if len(asked.digits or asked.text) < MIN_PREFIX:
        return []
    rows = _beginning(reader, [asked.digits]) if asked.digits else []
    rows = rows or (_beginning(reader, ["0" * zeros + asked.digits for zeros in range(1, 16)]) if asked.digits else [])
    return of_rows(reader, [*rows, *_opaque(reader, asked)])


def _beginning(reader: FragmentReader, prefixes: list[str]) -> list[tuple[int, int]]:
    """(low, high) of hexadecimal ids whose 128-bit or 64-bit form begins so; also of rows not assembled yet."""
    ranges = [_ranges(prefix.ljust(32, "0"), prefix.ljust(32, "f")) for prefix in prefixes if len(prefix) <= 32]
    ranges += [_ranges(prefix.rjust(16 + len(prefix), "0").ljust(32, "0"), prefix.rjust(16 + len(prefix), "0").ljust(32, "f"))
               for prefix in prefixes if len(prefix) <= 16]  # fmt: skip
    if not ranges:
        return []
    where = " OR ".join("+high BETWEEN {} AND {} AND +low BETWEEN {} AND {}".format(*numbers) for numbers in ranges)
    return reader.run(
        f"SELECT low, high FROM trace WHERE {where} UNION"
        " SELECT low, high FROM (SELECT trace_low AS low, trace_high AS high FROM span"
        f" WHERE id > (SELECT value FROM meta WHERE key = 'assembled')) WHERE {where} LIMIT {MANY}"
    )


def _ranges(first: str, last: str) -> tuple[int, int, int, int]:
    """(high from, high to, low from, low to) of all ids between two of 32 digits, as signed numbers.

    Both begin alike, so that a range of a half never crosses from positive to negative numbers; unless any low half fits.
    """
    high_from, high_to = _signed(first[:16]), _signed(last[:16])
    if (first[16:], last[16:]) == ("0" * 16, "f" * 16):
        return high_from, high_to, -(1 << 63), (1 << 63) - 1
    return high_from, high_to, _signed(first[16:]), _signed(last[16:])


def _signed(digits: str) -> int:
    value = int(digits, 16)
    return value - _BIAS if value >> 63 else value


def _opaque(reader: FragmentReader, asked: Wanted) -> list[tuple[int, int]]:
    """(low, high) of ids kept as text that begin so, in any letter case."""
    text = asked.text.lower()
    return reader.run(
        "SELECT low, high FROM opaque_trace WHERE substr(lower(text), 1, length(:text)) = :text"
        " OR substr(text, 1, length(:digits)) = :digits LIMIT :many",
        {"text": text, "digits": asked.digits or text, "many": MANY},
    )


def _by_span(reader: FragmentReader, asked: Wanted) -> list[TraceId]:
    key, opaque = parse_span_id(asked.text)
    if key == NO_SPAN or (opaque and not reader.run("SELECT 1 FROM opaque_span WHERE key = ?", (key,))):
        return []
    rows = reader.run("SELECT DISTINCT +trace_low, +trace_high FROM span WHERE span_key = ?1 OR parent_key = ?1", (key,))
    return of_rows(reader, rows)


def _by_request(reader: FragmentReader, asked: Wanted) -> list[TraceId]:
    """Traces with a span whose request id this is."""
    return with_attribute(reader, REQUEST_KEY, asked.text)


def with_attribute(reader: FragmentReader, plain: str, text: str) -> list[TraceId]:
    """Traces with a span that has a text (or a number written so) under a key, which is given as `plain_key` makes it."""
    from logtrace.query.ast import Kind, Leaf, Scope
    from logtrace.store.search.traces import Search, Wanted

    leaf = Leaf(Scope.SPAN, plain, Kind.ATTRIBUTE, "=", (text,))
    known = islice(Search(reader, Wanted(leaf)).traces(), MANY)
    return of_rows(reader, dict.fromkeys([*known, *_unassembled(reader, plain, text)]))


def _unassembled(reader: FragmentReader, plain: str, text: str) -> list[tuple[int, int]]:
    """(low, high) of such traces among rows that no assembly has seen and no index knows.

    Attributes are looked for as text, then made sure of.
    """
    since = reader.run("SELECT value FROM meta WHERE key = 'assembled'")[0][0]
    if not reader.run("SELECT 1 FROM span WHERE id > ? LIMIT 1", (since,)):
        return []
    values = {orjson.dumps(text).decode(), *([text] if text.isdecimal() else [])}
    sql = "SELECT id FROM attribute WHERE plain = ? AND value = ?"
    ids = {attribute_id for value in values for (attribute_id,) in reader.run(sql, (plain, value))}
    needles = [*(str(i * 4 + rank) for i in ids for rank in range(3)), *(f",{value}," for value in values)]
    where = " OR ".join(["instr(attributes, ?)"] * len(needles))
    rows = reader.stream(f"SELECT trace_low, trace_high, attributes FROM span WHERE id > ? AND ({where})", (since, *needles))
    return [(low, high) for low, high, refs in rows if _names(refs, ids, plain, values)]


def _names(refs: str, ids: set[int], plain: str, values: set[str]) -> bool:
    """Whether a span's attributes hold one of the interned ids, or the key with one of the values inline."""
    for ref in orjson.loads(refs):
        if ref.__class__ is int:
            if ref >> 2 in ids:
                return True
        elif plain_key(ref[0]) == plain and orjson.dumps(ref[1]).decode() in values:
            return True
    return False


def nearest(reader: FragmentReader, text: str, many: int = 3) -> list[str]:
    """Ids that look like a text which names none: with the same beginning or end, those that differ least first."""
    digits = wanted(text).digits
    if len(digits) < MIN_PREFIX:
        return []
    digits = digits.rjust(16, "0") if len(digits) <= 16 else digits.rjust(32, "0")
    tail = int(digits[-6:], 16)
    rows = reader.run(f"SELECT low, high FROM trace WHERE low & 0xFFFFFF = ? LIMIT {MANY}", (tail,))
    for length in (8, 6, 4):
        rows = rows or _beginning(reader, [digits[:length]])
    texts = [str(trace) for trace in of_rows(reader, rows)]
    return sorted(texts, key=lambda known: (_distance(known, digits), known))[:many]


def _distance(known: str, digits: str) -> int:
    """At how many places two ids differ; a short one is laid over the end or the beginning, wherever it fits better."""
    return min(sum(a != b for a, b in zip(part, digits, strict=False)) for part in (known, known[-len(digits) :]))
