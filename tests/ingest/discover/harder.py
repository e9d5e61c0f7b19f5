"""The same story where ids hide: within texts, among other ids, under names that say nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.ingest.discover.dialects import MS, Dialect, Work, dump, form, hexed, iso, moments


def by_end(spans: list[Work]) -> list[Work]:
    return sorted(spans, key=lambda span: span.end_ns)


def above(span: Work, kind: str, digits: int) -> str | None:
    return None if span.parent is None else hexed(kind, span.parent, digits)


def nameless(spans: list[Work]) -> Iterator[str]:
    """Letters for names; milliseconds since 1970 with a fraction."""
    for line in moments(spans):
        record: dict[str, object] = {"a": line.at_ns / 1e6, "m": "just idling around"}
        if (span := line.span) is not None:
            record |= {"b": span.service, "c": hexed("c", span.trace, 8), "d": span.number * 3 + 11, "f": span.operation}
            record |= {"e": None if span.parent is None else span.parent * 3 + 11, "m": f"{line.what} of work {span.number}"}
            record |= {"g": span.duration_ns / 1e6, "error": span.failed} if line.what == "end" else {}
        yield dump(record)


def crowd(spans: list[Work]) -> Iterator[str]:
    """Ids of tenants, users, sessions and devices beside those of the trace, all alike to look at."""
    for span in by_end(spans):
        device = random.Random(span.number).randrange(5)
        yield dump(
            {
                "eventTime": iso(span.end_ns),
                "tenantId": hexed("ten", span.trace % 2, 32),
                "userId": hexed("u", span.trace // 2, 32),
                "sessionId": hexed("se", span.trace // 3, 32),
                "requestNumber": hexed("rq", span.trace, 32),
                "frameId": hexed("f", span.number, 16),
                "enclosingFrameId": above(span, "f", 16),
                "deviceId": hexed("dev", device, 16),
                "appName": span.service,
                "handlerName": span.operation,
                "processingTimeMs": span.duration_ns / 1e6,
                "isError": span.failed,
                "port": 8080,
                "bytes": 1000 + span.number,
            }
        )


def header(spans: list[Work]) -> Iterator[str]:
    """Trace and span in one text, as a header has them; day and time of day by themselves."""
    for span in by_end(spans):
        yield dump(
            {
                "d": form(span.end_ns, "%Y-%m-%d"),
                "c": form(span.end_ns, "%H:%M:%S.%f"),
                "from": above(span, "p", 16) or "",
                "tp": f"00-{hexed('tp', span.trace, 32)}-{hexed('p', span.number, 16)}-01",
                "srv": span.service,
                "act": span.operation,
                "millis": span.duration_ns / 1e6,
                "exception": "boom" if span.failed else None,
            }
        )


def sentences(spans: list[Work]) -> Iterator[str]:
    """All that counts is in the message."""
    for span in by_end(spans):
        up = "" if span.parent is None else f" up={above(span, 'q', 10)}"
        ids = f"flow={hexed('f', span.trace, 18)} node={hexed('q', span.number, 10)}{up}"
        line = f"{span.operation} is through {ids} took={span.duration_ns / MS:.3f}ms"
        yield dump(
            {
                "logtime": iso(span.end_ns),
                "prio": "ERR" if span.failed else "INF",
                "emitter": span.service,
                "line": line,
                "act": span.operation,
                "fault": span.failed,
            }
        )


def nested(spans: list[Work]) -> Iterator[str]:
    """JSON in a text of JSON."""
    for span in by_end(spans):
        inner = {
            "conv": hexed("c", span.trace, 24),
            "me": hexed("r", span.number, 12),
            "parentMe": above(span, "r", 12),
            "svc": span.service,
            "func": span.operation,
            "usec": span.duration_ns // 1000,
            "crashed": span.failed,
        }
        yield dump({"stamp": span.end_ns // 1000, "payload": dump(inner)})


def tabs(spans: list[Work]) -> Iterator[str]:
    """Columns between tabs, one of them with three ids."""
    for span in by_end(spans):
        ids = f"{hexed('tab', span.trace, 16)}:{hexed('col', span.number, 16)}:{above(span, 'col', 16) or '0'}:1"
        result = "error" if span.failed else "ok"
        yield "\t".join(
            (iso(span.end_ns), span.service, ids, span.operation, f"{span.duration_ns / 1e9:.6f}", result, str(span.number))
        )


def brackets(spans: list[Work]) -> Iterator[str]:
    """Columns in brackets, one of them with pairs, and a message behind them."""
    for line in moments(spans):
        head = iso(line.at_ns)[:-1].replace("T", " ")
        if (span := line.span) is None:
            yield f"[{head}] [INFO] [gateway] [] idle"
            continue
        up = "" if span.parent is None else f" up={above(span, 'd', 8)}"
        took = f' took={span.duration_ns / MS:.3f}ms act="{span.operation}"' if line.what == "end" else ""
        level = "ERROR" if span.failed else "INFO"
        ids = f"flow={hexed('D', span.trace, 12)} node={hexed('d', span.number, 8)}{up}"
        yield f"[{head}] [{level}] [{span.service}] [{ids}{took}] {line.what}"


def opposite(spans: list[Work]) -> Iterator[str]:
    """No durations: a start under one key, an end under another, on lines of their own."""
    for line in moments(spans):
        if (span := line.span) is None or line.what == "middle":
            continue
        record = {
            "component": span.service,
            "chainId": hexed("H", span.trace, 16),
            "callId": hexed("h", span.number, 10),
            "parentCallId": above(span, "h", 10) or "none",
            "call": span.operation,
        }
        at = form(line.at_ns, "%Y%m%dT%H%M%S.%f")
        yield dump(record | ({"startedOn": at} if line.what == "begin" else {"finishedOn": at, "failed": span.failed}))


def prints(spans: list[Work]) -> Iterator[str]:
    """Other people's lines in between, and a duration as a text of digits."""
    yield "=== starting the shop v1.2 ==="
    for number, span in enumerate(by_end(spans)):
        yield dump(
            {
                "zeitstempel": str(span.end_ns // 1000),
                "dauer": str(span.duration_ns // 1000),
                "spur": str(10**11 + span.trace),
                "knoten": str(span.number + 1),
                "vorgaenger": "0" if span.parent is None else str(span.parent + 1),
                "modul": span.service,
                "tat": span.operation,
                "fehler": "ja" if span.failed else "",
            }
        )
        if number % 7 == 0:
            yield "WARNING: deprecated option used"


def arrow(spans: list[Work]) -> Iterator[str]:
    """Columns between bars, a span and its parent on both sides of an arrow, a decimal comma before a unit."""
    for span in by_end(spans):
        at = form(span.end_ns, "%d.%m.%Y %H:%M:%S,%f")
        ids = f"st:{hexed('ar', span.number, 8)}>{above(span, 'ar', 8) or '-'}"
        took = f"{span.duration_ns / MS:.3f} ms".replace(".", ",")
        level = "FEHLER" if span.failed else "INFO"
        yield f"{at}|{level}|{span.service}|vg:{hexed('AR', span.trace, 12)}|{ids}|{span.operation}|{took}"


def window(spans: list[Work]) -> Iterator[str]:
    """Chinese keys; trace, span and parent in one text, start and end in one list."""
    for span in by_end(spans):
        above_it = 0 if span.parent is None else span.parent + 1
        yield dump(
            {
                "链": f"{hexed('w', span.trace, 16)}/{span.number + 1}/{above_it}",
                "窗口": [span.start_ns / 1e9, span.end_ns / 1e9],
                "服务": span.service,
                "动作": span.operation,
                "错误": span.failed,
            }
        )


def between(spans: list[Work]) -> Iterator[str]:
    """A start that only its pair tells: von and bis."""
    for span in by_end(spans):
        yield dump(
            {
                "X-Flow": hexed("xf", span.trace, 32).upper(),
                "X-Node": span.number + 1,
                "X-Up": None if span.parent is None else span.parent + 1,
                "wer": span.service,
                "was": span.operation,
                "von_ns": span.start_ns,
                "bis_ns": span.end_ns,
                "klappt": not span.failed,
            }
        )


def tags(spans: list[Work]) -> Iterator[str]:
    """Tags with attributes in quotes, the last of them before the tag's end."""
    for span in by_end(spans):
        ids = f'chain="{hexed("tg", span.trace, 16)}" hop="{hexed("th", span.number, 8)}" via="{above(span, "th", 8) or ""}"'
        failed = "E" if span.failed else "I"
        head = f'<ev ts="{span.end_ns / 1e9:.6f}" lvl="{failed}" app="{span.service}" {ids}'
        yield f'{head} act="{span.operation}" msec="{span.duration_ns / MS:.3f}"/>'


def labels(spans: list[Work]) -> Iterator[str]:
    """Between tabs, like the console of another logger; ids with a letter before them."""
    for span in by_end(spans):
        ids = [f"T:{hexed('lt', span.trace, 16).upper()}", f"S:{hexed('ls', span.number, 8)}", f"P:{above(span, 'ls', 8) or 0}"]
        level = "ERROR" if span.failed else "INFO"
        yield "\t".join([iso(span.end_ns), level, span.service, *ids, span.operation, f"{span.duration_ns // 1000}us"])


def ticks(spans: list[Work]) -> Iterator[str]:
    """Durations in .NET's ticks of 100 ns, three ids in one text."""
    for span in by_end(spans):
        ids = f"{hexed('ti', span.trace, 32)}:{hexed('ts', span.number, 16)}:{above(span, 'ts', 16) or 0}"
        record = {"Stamp": iso(span.end_ns, 7), "Module": span.service, "Correlation": ids, "Operation": span.operation}
        yield dump({**record, "ElapsedTicks": span.duration_ns // 100, "Failed": span.failed})


def lengths(spans: list[Work]) -> Iterator[str]:
    """A start, and how long it was."""
    for span in sorted(spans, key=lambda span: span.start_ns):
        ids = {"root": hexed("lr", span.trace, 32), "self": hexed("le", span.number, 20), "parent": above(span, "le", 20)}
        record = {"began": iso(span.start_ns), "who": span.service, "ctx": {"request": ids}, "label": span.operation}
        yield dump({**record, "len_s": span.duration_ns / 1e9, "failed": span.failed})


HARDER = {
    "labels": Dialect(labels, errors=False),
    "ticks": Dialect(ticks),
    "lengths": Dialect(lengths),
    "arrow": Dialect(arrow),
    "window": Dialect(window),
    "between": Dialect(between),
    "tags": Dialect(tags),
    "nameless": Dialect(nameless),
    "crowd": Dialect(crowd),
    "header": Dialect(header),
    "sentences": Dialect(sentences),
    "nested": Dialect(nested),
    "tabs": Dialect(tabs),
    "brackets": Dialect(brackets),
    "opposite": Dialect(opposite),
    "prints": Dialect(prints),
}
