"""The same story where ids stand inside: in the messages of objects, in ways from the root, in braces, over several lines."""

from __future__ import annotations

from collections.abc import Iterator

from tests.ingest.discover.dialects import MS, Dialect, Work, dump, form, hexed, iso
from tests.ingest.discover.harder import above, by_end
from tests.ingest.discover.prose import plain, some, uuid


def messages(spans: list[Work]) -> Iterator[str]:
    """JSON, all of it in the message."""
    for span in by_end(spans):
        ids = f"trace={hexed('JM', span.trace, 32)} span={hexed('jm', span.number, 16)}"
        said = f"{span.operation} done [{ids}{some(' parent={}', above(span, 'jm', 16))}] took {span.duration_ns / MS:.3f}ms"
        yield dump({"ts": iso(span.end_ns), "lvl": "ERROR" if span.failed else "INFO", "app": span.service, "msg": said})


def told(spans: list[Work]) -> Iterator[str]:
    """JSON with a sentence; who called stands in brackets, behind two words, on some lines."""
    for span in by_end(spans):
        up = some(" (called by {})", above(span, "jp", 12))
        ids = f"<{hexed('JP', span.trace, 24)}> step {hexed('jp', span.number, 12)}{up}"
        line = f"{ids}: {span.operation} ok after {span.duration_ns // 1000}us"
        yield dump({"t": span.end_ns // 1000, "host": f"{span.service}-1", "service": span.service, "line": line})


def contexts(spans: list[Work]) -> Iterator[str]:
    """A map as Java prints it, as text in JSON; names of loggers beside those of services."""
    for span in by_end(spans):
        context = f"{{flow={hexed('MS', span.trace, 32)}, leg={hexed('ms', span.number, 16)}"
        context += some(", up={}", above(span, "ms", 16)) + "}"
        yield dump({
            "logged": iso(span.end_ns), "loggerName": f"com.acme.{span.service}", "system": span.service, "mdc": context,
            "task": span.operation, "ms": span.duration_ns / MS,
        })  # fmt: skip


def ways(spans: list[Work]) -> Iterator[str]:
    """Parents as a way from the root down to the span."""
    by_number = {span.number: span for span in spans}
    for span in by_end(spans):
        way, at = [hexed("pp", span.number, 8)], span
        while at.parent is not None:
            at = by_number[at.parent]
            way.insert(0, hexed("pp", at.number, 8))
        yield dump({
            "at": iso(span.end_ns), "app": span.service, "run": hexed("PP", span.trace, 24), "chain": "/".join(way),
            "task": span.operation, "ms": span.duration_ns / MS,
        })  # fmt: skip


def braces(spans: list[Work]) -> Iterator[str]:
    """Windows' way to write ids, and its ticks."""
    for span in by_end(spans):
        yield dump({
            "TimeCreated": iso(span.end_ns), "ProviderName": span.service, "Id": 4624,
            "LevelDisplayName": "Error" if span.failed else "Information",
            "ActivityId": f"{{{uuid('WA', span.trace).upper()}}}", "StepId": f"{{{uuid('ws', span.number).upper()}}}",
            "RelatedStepId": None if span.parent is None else f"{{{uuid('ws', span.parent).upper()}}}",
            "TaskDisplayName": span.operation, "ElapsedTicks": span.duration_ns // 100,
        })  # fmt: skip


def paragraphs(spans: list[Work]) -> Iterator[str]:
    """A line, and what there is to say about it in lines of their own."""
    for span in by_end(spans):
        yield f"{plain(span.end_ns)} {span.service} INFO {span.operation} finished"
        yield f"    flow: {hexed('MP', span.trace, 32)}"
        yield f"    leg: {hexed('mp', span.number, 16)}"
        if span.parent is not None:
            yield f"    up: {above(span, 'mp', 16)}"
        yield f"    took: {span.duration_ns / MS:.3f} ms"


def fields(spans: list[Work]) -> Iterator[str]:
    """The W3C's extended log format, as IIS writes it, with columns of one's own."""
    yield "#Version: 1.0"
    yield "#Fields: date time s-name cs-method work x-flow x-leg x-up sc-status time-taken"
    for span in by_end(spans):
        ids = f"{hexed('WX', span.trace, 32)} {hexed('wx', span.number, 16)} {above(span, 'wx', 16) or '-'}"
        head = f"{form(span.end_ns, '%Y-%m-%d %H:%M:%S.%f')} {span.service} POST {span.operation.replace(' ', '-')}"
        yield f"{head} {ids} {500 if span.failed else 200} {span.duration_ns // 1000}"


def loggers(spans: list[Work]) -> Iterator[str]:
    """Python's logging with other keys; `name` is the logger, not the work."""
    for span in by_end(spans):
        yield dump({
            "asctime": plain(span.end_ns).replace(".", ","), "severity": "ERROR" if span.failed else "INFO",
            "name": f"{span.service}.worker", "msg": f"{span.operation} finished", "corr": hexed("PJ", span.trace, 32),
            "sid": hexed("pj", span.number, 16), "psid": above(span, "pj", 16), "job": span.operation, "svc": span.service,
            "secs": span.duration_ns / 1e9,
        })  # fmt: skip


def elements(spans: list[Work]) -> Iterator[str]:
    """Structured data of syslog, under a name of one's own."""
    for span in by_end(spans):
        up = some(' up="{}"', above(span, "sy", 16))
        ids = f'flow="{hexed("SY", span.trace, 32)}" leg="{hexed("sy", span.number, 16)}"{up} us="{span.duration_ns // 1000}"'
        yield f"<14>1 {iso(span.end_ns)} web-1 {span.service} 123 ID47 [ctx@32473 {ids}] {span.operation}"


def wide(spans: list[Work]) -> Iterator[str]:
    """Columns of fixed width."""
    for span in by_end(spans):
        ids = f"{hexed('FW', span.trace, 16)}  {hexed('fw', span.number, 8)}  {above(span, 'fw', 8) or '-' * 8}"
        head = f"{plain(span.end_ns)}  {span.service:<10}{'E' if span.failed else 'I'}"
        yield f"{head}  {ids}  {span.operation:<14}{span.duration_ns // 1000:>9}"


def contained(spans: list[Work]) -> Iterator[str]:
    """Under the envelope of a container's log, which alone tells the time; a parent of `-` is none."""
    for span in by_end(spans):
        ids = f"ctx={hexed('CP', span.trace, 32)} step={hexed('cp', span.number, 16)} up={above(span, 'cp', 16) or '-'}"
        yield f"{iso(span.end_ns, 9)} stdout F [{span.service}] {span.operation} done {ids} in {span.duration_ns / MS:.3f}ms"


def structs(spans: list[Work]) -> Iterator[str]:
    """As Go prints a struct: in braces, and no JSON."""
    for span in by_end(spans):
        ids = f"Flow:{hexed('GK', span.trace, 32)} Step:{hexed('gk', span.number, 16)} From:{above(span, 'gk', 16) or ''}"
        took = f"{span.duration_ns / MS:.3f}ms"
        yield f"{iso(span.end_ns)} {{Svc:{span.service} {ids} Op:{span.operation} Took:{took}}}"


def halves(spans: list[Work]) -> Iterator[str]:
    """The trace under a key, span and parent in the message."""
    for span in by_end(spans):
        up = some(" (parent {})", above(span, "mf", 16))
        text = f"{span.operation} [{hexed('mf', span.number, 16)}]{up} took {span.duration_ns / MS:.3f} ms"
        yield dump({"time": iso(span.end_ns), "svc": span.service, "corrId": uuid("MF", span.trace), "text": text})


def tops(spans: list[Work]) -> Iterator[str]:
    """A root has the trace for a parent."""
    for span in by_end(spans):
        cor, own = hexed("TA", span.trace, 16), hexed("ta", span.number, 16)
        yield dump({
            "t": iso(span.end_ns), "s": span.service, "cor": cor, "own": own, "sup": above(span, "ta", 16) or cor,
            "op": span.operation, "took": f"{span.duration_ns / MS:.3f}ms",
        })  # fmt: skip


def crowded(spans: list[Work]) -> Iterator[str]:
    """Ids of users and sessions beside those of the trace, all in the message; what was done and how long it took at its end."""
    for span in by_end(spans):
        ids = f"user={hexed('U', span.number % 3, 16)} sess={hexed('SE', span.trace // 2, 16)} rq={hexed('UF', span.trace, 16)}"
        own = f"st={hexed('uf', span.number, 16)}{some(' par={}', above(span, 'uf', 16))}"
        said = f"{ids} {own} {span.operation} {span.duration_ns // 1000}us"
        yield dump({"time": iso(span.end_ns), "app": span.service, "message": said})


INSIDE = {
    "tops": Dialect(tops, errors=False),
    "crowded": Dialect(crowded, errors=False),
    "wide": Dialect(wide),
    "contained": Dialect(contained, errors=False),
    "structs": Dialect(structs, errors=False),
    "halves": Dialect(halves, errors=False),
    "messages": Dialect(messages),
    "told": Dialect(told, errors=False),
    "contexts": Dialect(contexts, errors=False),
    "ways": Dialect(ways, errors=False),
    "braces": Dialect(braces),
    "paragraphs": Dialect(paragraphs, errors=False),
    "loggers": Dialect(loggers),
    "elements": Dialect(elements, errors=False),
}
