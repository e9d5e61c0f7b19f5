"""One story, told in dialects that nobody has seen before, and the truth about it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

MS = 1_000_000
T0 = 1_704_897_000_000_000_000
"""2024-01-10T14:30:00Z."""


class Work(NamedTuple):
    """A span of the story. parent: its number, None for a root; times in ns."""

    trace: int
    number: int
    parent: int | None
    service: str
    operation: str
    start_ns: int
    duration_ns: int
    failed: bool

    @property
    def end_ns(self) -> int:
        return self.start_ns + self.duration_ns


def story(traces: int = 8, grain_ns: int = 1000) -> list[Work]:
    """Requests through four services, overlapping in time; a bank call of every fourth fails. Times are multiples of grain."""
    dice = random.Random(7)
    found: list[Work] = []
    for trace in range(traces):
        begin = T0 + trace * 40 * MS
        spans = [
            (None, "gateway", "place order", 0, 100),
            (0, "stock", "reserve", 5, 20),
            (0, "payments", "charge", 30, 50),
            (2, "payments", "call bank", 35, 30),
            (0, "mailer", "notify", 84, 10),
        ]
        first = len(found)
        for parent, service, operation, after, length in spans:
            number = len(found)
            start = (begin + after * MS + dice.randrange(MS)) // grain_ns * grain_ns
            duration = (length * MS + dice.randrange(MS)) // grain_ns * grain_ns
            failed = operation == "call bank" and trace % 4 == 1
            above = None if parent is None else first + parent
            found.append(Work(trace, number, above, service, operation, start, duration, failed))
    return found


class Line(NamedTuple):
    """A moment of the story at which somebody logs: of a span's beginning, middle or end; span None: of nothing."""

    at_ns: int
    what: str
    span: Work | None


def moments(spans: list[Work]) -> list[Line]:
    """All that is logged, in order of time."""
    found = [Line(T0 + n * 37 * MS, "idle", None) for n in range(8)]
    for span in spans:
        found += [Line(span.start_ns, "begin", span), Line(span.end_ns, "end", span)]
        found.append(Line(span.start_ns + span.duration_ns // 2 // 1000 * 1000, "middle", span))
    return sorted(found)


def iso(ns: int, digits: int = 6) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ns % 10**9:09d}"[:digits] + "Z"


def form(ns: int, how: str, zone: timezone = timezone.utc) -> str:  # noqa: UP017 - a timezone is asked for
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)).astimezone(zone).strftime(how)


def hexed(kind: str, number: int, digits: int) -> str:
    return f"{random.Random(f'{kind}{number}').getrandbits(4 * digits):0{digits}x}"


def dump(record: dict[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False)


def german(spans: list[Work]) -> Iterator[str]:
    """Nested objects, German names and levels, a decimal comma, times with a comma."""
    for line in moments(spans):
        zeit = form(line.at_ns, "%d.%m.%Y %H:%M:%S,%f")
        span = line.span
        if span is None:
            yield dump({"zeit": zeit, "stufe": "HINWEIS", "dienst": "gateway", "meldung": "nichts zu tun"})
            continue
        ablauf = {
            "vorgang": f"V-{span.trace + 4711}",
            "schritt": f"S{span.number}",
            "davor": "-" if span.parent is None else f"S{span.parent}",
        }
        record = {
            "zeit": zeit,
            "stufe": "FEHLER" if span.failed else "HINWEIS",
            "dienst": span.service,
            "ablauf": ablauf,
            "meldung": f"{span.operation}: {line.what}",
        }
        if line.what == "end":
            record |= {"taetigkeit": {"aktion": span.operation, "dauer": f"{span.duration_ns / MS:.3f}".replace(".", ",")}}
            record |= {"fehler": "Bank antwortet nicht" if span.failed else None}
        yield dump(record)


def camel(spans: list[Work]) -> Iterator[str]:
    """Camel case, epoch seconds as floats, UUIDs, microseconds, one letter levels."""
    for line in moments(spans):
        record: dict[str, object] = {"loggedAt": round(line.at_ns / 1e9, 6), "lvl": "I", "svcName": "gateway", "txt": "tick tack"}
        if (span := line.span) is not None:
            digits = hexed("camel", span.trace, 32)
            uuid = "-".join((digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:]))
            record |= {
                "svcName": span.service,
                "corrId": uuid,
                "stepId": hexed("step", span.number, 8),
                "txt": f"{line.what} of {span.operation}",
            }
            record["callerStepId"] = None if span.parent is None else hexed("step", span.parent, 8)
            if line.what == "end":
                record |= {"tookMicros": span.duration_ns // 1000, "activityName": span.operation, "succeeded": not span.failed}
                record["lvl"] = "E" if span.failed else "I"
        yield dump(record)


def prefixed(spans: list[Work]) -> Iterator[str]:
    """Short prefixed keys, decimal ids, nanoseconds since 1970, a duration without a unit; one line a span."""
    for span in sorted(spans, key=lambda each: each.end_ns):
        yield dump(
            {
                "x_t": span.end_ns,
                "x_app": span.service,
                "x_flow": 10**17 + 7919 * span.trace,
                "x_node": 100 + span.number,
                "x_up": 0 if span.parent is None else 100 + span.parent,
                "x_cost": span.duration_ns,
                "x_act": span.operation,
                "x_bytes": 512 + span.number,
                "x_err": int(span.failed),
            }
        )


def phases(spans: list[Work]) -> Iterator[str]:
    """No durations: a line at the beginning and one at the end of each span, told apart by one letter."""
    for line in moments(spans):
        record: dict[str, object] = {"at": iso(line.at_ns), "who": "gateway", "note": "still alive"}
        if (span := line.span) is not None:
            if line.what == "middle":
                continue
            record |= {
                "who": span.service,
                "req": f"r-{hexed('req', span.trace, 6)}",
                "unit": f"u{span.number}",
                "title": span.operation,
                "ev": "B" if line.what == "begin" else "E",
                "note": "at work",
            }
            if span.parent is not None:
                record["outer"] = f"u{span.parent}"
            if line.what == "end" and span.failed:
                record["problem"] = "the bank is closed"
        yield dump(record)


def pipes(spans: list[Work]) -> Iterator[str]:
    """Text in columns; milliseconds without a unit."""
    for line in moments(spans):
        if (span := line.span) is not None and line.what != "middle":
            ended = f"{span.duration_ns / MS:.3f}" if line.what == "end" else "-"
            above = "-" if span.parent is None else f"{span.parent + 1:05d}"
            time = iso(line.at_ns)[:-1].replace("T", " ")
            level = "ERROR" if span.failed and line.what == "end" else "INFO"
            ids = f"{hexed('pipe', span.trace, 16)}|{span.number + 1:05d}|{above}"
            yield f"{time}|{level}|{span.service}|{ids}|{span.operation}|{ended}"


def words(spans: list[Work]) -> Iterator[str]:
    """A web server's date, words, and pairs; durations with their unit."""
    for line in moments(spans):
        head = form(line.at_ns, "%d/%b/%Y:%H:%M:%S.%f +0000")
        if (span := line.span) is None:
            yield f"{head} gateway INFO nothing to do"
        elif line.what == "end":
            above = "" if span.parent is None else f" prev={hexed('seg', span.parent, 10)}"
            ids = f"corr={hexed('corr', span.trace, 20)} seg={hexed('seg', span.number, 10)}{above}"
            level = "ERROR" if span.failed else "INFO"
            yield f'{head} {span.service} {level} op="{span.operation}" {ids} el={span.duration_ns / MS:.3f}ms'


def starts(spans: list[Work]) -> Iterator[str]:
    """The time is the start; seconds; nested ids; one line a span, written at its end."""
    for span in sorted(spans, key=lambda each: each.end_ns):
        yield dump(
            {
                "begun": iso(span.start_ns),
                "secs": span.duration_ns / 1e9,
                "subsystem": span.service,
                "job": span.operation,
                "link": {
                    "chain": hexed("chain", span.trace, 24),
                    "own": hexed("own", span.number, 12),
                    "parent": hexed("own", span.parent, 12) if span.parent is not None else "ROOT",
                },
                "outcome": "failed" if span.failed else "fine",
            }
        )


def flat(spans: list[Work]) -> Iterator[str]:
    """No span ids at all: a request, a module, milliseconds."""
    for span in sorted(spans, key=lambda each: each.end_ns):
        yield dump(
            {
                "t": span.end_ns // MS,
                "sev": "error" if span.failed else "info",
                "module": span.service,
                "reqRef": hexed("ref", span.trace, 12),
                "customer": f"c{span.trace % 2}",
                "elapsed": span.duration_ns / MS,
                "task": span.operation,
                "info": f"{span.operation} is done",
            }
        )


def lists(spans: list[Work]) -> Iterator[str]:
    """Ids in a list, start and end as numbers, Spanish names."""
    for span in sorted(spans, key=lambda each: each.end_ns):
        yield dump(
            {
                "inicio": span.start_ns // 1000,
                "fin": span.end_ns // 1000,
                "servicio": span.service,
                "operacion": span.operation,
                "nivel": "fallo" if span.failed else "info",
                "ids": [
                    hexed("t", span.trace, 32),
                    hexed("s", span.number, 16),
                    hexed("s", span.parent, 16) if span.parent is not None else "",
                ],
                "mensaje": f"{span.operation} ha terminado",
            }
        )


def russian(spans: list[Work]) -> Iterator[str]:
    """Names in letters that no table of words knows, span ids that are unique within a trace alone."""
    for line in moments(spans):
        if (span := line.span) is not None:
            record = {
                "время": form(line.at_ns, "%d.%m.%Y %H:%M:%S.%f"),
                "узел": span.service,
                "заказ": f"Z{span.trace + 10:04d}",
                "шаг": span.number % 5 + 1,
                "откуда": 0 if span.parent is None else span.parent % 5 + 1,
                "дело": span.operation,
            }
            if line.what == "end":
                record |= {"мкс": span.duration_ns // 1000, "ошибка": span.failed}
            yield dump(record)


def semicolons(spans: list[Work]) -> Iterator[str]:
    """Pairs with colons, parted by semicolons, as many as there is to say; seconds since 1970."""
    for line in moments(spans):
        said = {"tm": f"{line.at_ns / 1e9:.6f}", "sub": "gateway", "text": "nothing"}
        if (span := line.span) is not None:
            said |= {"sub": span.service, "saga": hexed("saga", span.trace, 16), "leg": hexed("leg", span.number, 8)}
            said |= {} if span.parent is None else {"after-leg": hexed("leg", span.parent, 8)}
            said |= {"act": span.operation, "text": f"{line.what} {span.operation}"}
            if line.what == "end":
                said |= {"runtime": f"{span.duration_ns / 1e9:.6f}", "failure": "bank down" if span.failed else "none"}
        yield "; ".join(f"{key}: {value}" for key, value in said.items())


def spreadsheet(spans: list[Work]) -> Iterator[str]:
    """Comma-separated values under a line of names."""
    yield "logged,app,flow,step,calledBy,what,usec,result"
    for span in sorted(spans, key=lambda each: each.end_ns):
        above = "" if span.parent is None else f"st-{span.parent}"
        yield (
            f"{form(span.end_ns, '%Y%m%d-%H:%M:%S.%f')},{span.service},fl-{span.trace + 1000},st-{span.number},{above},"
            f"{span.operation},{span.duration_ns // 1000},{'failed' if span.failed else 'done'}"
        )


def clocks(spans: list[Work]) -> Iterator[str]:
    """Known names for some keys and odd ones for the rest; durations as clocks; an envelope object around all."""
    for span in sorted(spans, key=lambda each: each.end_ns):
        seconds = f"00:00:{span.duration_ns // 10**9:02d}.{span.duration_ns % 10**9 // 1000:06d}"
        yield dump(
            {
                "timestamp": iso(span.end_ns),
                "level": "Error" if span.failed else "Information",
                "message": "Executed {Work}",
                "meta": {
                    "journey": hexed("j", span.trace, 32).upper(),
                    "hop": {
                        "id": hexed("h", span.number, 16),
                        "cause": None if span.parent is None else hexed("h", span.parent, 16),
                    },
                    "took": seconds,
                    "unit": "x",
                },
                "SourceApp": span.service,
                "Work": span.operation,
                "Size": 17 * span.number,
            }
        )


class Dialect(NamedTuple):
    """How the story is told, and how exact that is."""

    tell: Callable[[list[Work]], Iterator[str]]
    grain_ns: int = 1000
    spans: bool = True
    errors: bool = True


DIALECTS = {
    "german": Dialect(german),
    "camel": Dialect(camel),
    "prefixed": Dialect(prefixed, 1),
    "phases": Dialect(phases),
    "pipes": Dialect(pipes),
    "words": Dialect(words),
    "starts": Dialect(starts),
    "flat": Dialect(flat, MS, spans=False),
    "lists": Dialect(lists),
    "russian": Dialect(russian, errors=False),
    "semicolons": Dialect(semicolons),
    "spreadsheet": Dialect(spreadsheet),
    "clocks": Dialect(clocks),
}
