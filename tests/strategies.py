"""What property tests draw from: records of one trace as a decoder would give them, and how they may be split."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN, TraceId
from logtrace.model import Attribute, ErrorLevel, Flag, Link, Rank, Record, Role

T0 = 1_704_897_000_000_000_000
MS = 1_000_000
TRACE = TraceId(-6643211197081565386, 5474458728733560230)


def examples(many: int) -> int:
    """How many examples a property gets that wants `many`: all; in the daily loop the part of them that others get."""
    usual = settings.default.max_examples
    return min(many, max(usual, many * usual // 100))


def record(
    span: int = 1,
    role: Role = Role.POINT,
    at: float | None = 0,
    ms: float | None = None,
    *,
    parent: int | None = None,
    start: float | None = None,
    end: float | None = None,
    service: str = "api",
    service_rank: int = Rank.OBSERVED,
    name: str = "",
    name_rank: int | None = None,
    kind: str = "",
    severity: int = 9,
    body: str = "",
    error: int = ErrorLevel.NONE,
    error_message: str = "",
    attributes: tuple[Attribute, ...] = (),
    links: tuple[Link, ...] = (),
    flags: int = 0,
    text: int | None = None,
    trace: TraceId | None = TRACE,
) -> Record:
    """A record at so many milliseconds after T0. text: the hash of its line; else one that follows from what it says."""

    def ns(value: float | None) -> int | None:
        return None if value is None else T0 + round(value * MS)

    known_rank = name_rank if name_rank is not None else Rank.OBSERVED if name else Rank.NONE
    told = hash((span, int(role), at, ms, parent, start, end, service, name, body, error, flags, attributes)) & 0xFFFFFFFF
    return Record(
        trace=trace, span=span, parent=parent, role=int(role), time_ns=ns(at), start_ns=ns(start), end_ns=ns(end),
        duration_ns=None if ms is None else round(ms * MS), service=service, service_rank=int(service_rank), name=name,
        name_rank=int(known_rank), kind=kind, severity=severity, body=body, error=int(error), error_type="",
        error_message=error_message, attributes=attributes, links=links, flags=flags, text_hash=told if text is None else text,
    )  # fmt: skip


_values = st.sampled_from(['"x"', "1", "1.5", "true", "[1]", '"a\\"b"'])
attribute_lists = st.dictionaries(st.sampled_from(["a", "b", "http.status", "ü"]), _values, max_size=3).map(
    lambda found: tuple(Attribute(key, value) for key, value in found.items())
)
_named = st.sampled_from(
    [("", Rank.NONE), ("op", Rank.OBSERVED), ("GET /x", Rank.DERIVED), ("logger", Rank.WEAK), ("caller", Rank.WEAK)]
)
_errors = st.sampled_from([(0, "")] * 4 + [(1, "soft"), (2, "hard"), (2, "other")])
_services = st.sampled_from([("api", Rank.OBSERVED), ("worker", Rank.DERIVED), ("file", Rank.WEAK)])
_links = st.sampled_from([()] * 4 + [(Link(TraceId(5, 6), 0),), (Link(TraceId(7, 8, "req"), 3), Link(TraceId(5, 6), 0))])


_ONE = st.just(1)


@st.composite
def records(draw: st.DrawFn, spans: st.SearchStrategy[int] = _ONE, service: str | None = "api") -> Record:
    """Any record of a trace. service: of all records; None: one of several, known well or only by a file's name."""
    role = draw(st.sampled_from(Role))
    name, rank = draw(_named)
    error, message = draw(_errors)
    known = (service, Rank.OBSERVED) if service else draw(_services)
    return record(
        draw(spans), role, draw(st.none() | st.integers(-5, 20)),
        None if role in (Role.POINT, Role.START) else draw(st.none() | st.integers(-2, 20)),
        parent=draw(st.sampled_from([None, NO_SPAN, 1, 2, 3, 9])),
        start=draw(st.none() | st.integers(0, 10)) if role != Role.POINT and draw(st.booleans()) else None,
        end=draw(st.none() | st.integers(0, 20)) if role in (Role.END, Role.COMPLETE) and draw(st.booleans()) else None,
        service=known[0], service_rank=known[1], name=name, name_rank=rank,
        kind=draw(st.sampled_from(["", "", "server", "client"])), severity=draw(st.sampled_from([0, 9, 17])),
        body=draw(st.sampled_from(["", "x", "took 7 steps", "y" * 300])),
        error=error, error_message=message, attributes=draw(attribute_lists), links=draw(_links),
        flags=draw(st.sampled_from([0, 0, 1, 8, 16])), text=draw(st.integers(0, 3)) if draw(st.booleans()) else None,
    )  # fmt: skip


TWISTS: list[dict[str, object]] = [
    {"name": "other"}, {"name": "", "name_rank": 9}, {"parent": 7}, {"parent": None}, {"kind": "server"}, {"flags": 1},
    {"error": 2, "error_message": "e"}, {"links": (Link(TraceId(5, 6), 0),)}, {"time_ns": None}, {"time_ns": T0 - MS},
    {"text_hash": 1}, {"text_hash": 2}, {"service_rank": 2}, {"start_ns": T0}, {"end_ns": T0}, {"duration_ns": 0},
    {"duration_ns": None}, {"duration_ns": 25 * 3600 * 1000 * MS}, {"role": int(Role.COMPLETE)}, {"name_rank": 1},
    {"severity": 21}, {"body": "z" * 200}, {"flags": int(Flag.INVALID_DURATION)},
    {"flags": int(Flag.DURATION_COARSE)},
]  # fmt: skip
"""What may be odd about one record of a span."""


@st.composite
def usual_spans(draw: st.DrawFn, span: int = 1, parent: int | None = NO_SPAN) -> list[Record]:
    """The records of a span as most are: a start line, lines in between, an end line, with a duration or without; now and then
    with one twist."""
    start, took, count = draw(st.integers(0, 20)), draw(st.integers(0, 20)), draw(st.integers(0, 5))
    common = {"parent": parent, "name": "op", "body": "x"}
    found = [record(span, Role.START, start, attributes=draw(attribute_lists), text=1, **common)]
    for number in range(count):
        at = draw(st.integers(start, start + took))
        found.append(record(span, Role.POINT, at, attributes=draw(attribute_lists), text=10 + number, severity=17, **common))
    told = draw(st.sampled_from([took, took, None]))
    found.append(record(span, Role.END, start + took, told, attributes=draw(attribute_lists), text=2, **common))
    twist = draw(st.sampled_from([{}] * 12 + TWISTS))
    at = draw(st.integers(0, len(found) - 1))
    found[at] = found[at]._replace(**twist)
    return found
