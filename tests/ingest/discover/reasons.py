"""The same story where lines say what went wrong in words that look like something else, or say it alone."""

from __future__ import annotations

from collections.abc import Iterator

from tests.ingest.discover.answers import by_end, ids
from tests.ingest.discover.dialects import MS, Dialect, Work, dump, form, iso, moments


def reason(span: Work) -> str:
    """What went wrong: with numbers and words that stand elsewhere in lines as well."""
    return ("dial tcp 10.2.0.9:5432: i/o timeout", "card declined by issuer")[span.trace // 4 % 2]


def quoted(spans: list[Work]) -> Iterator[str]:
    """`err` is a label, and no level; what it says ends with words for an outcome."""
    for span in by_end(spans):
        flow, step, above = ids("quoted", span)
        head = f"[{iso(span.start_ns)}] {span.service} '{span.operation}' job={flow} step={step}"
        said = f'FAILED err="{reason(span)}"' if span.failed else "DONE"
        yield f"{head}{f' in={above}' if above else ''} lasted={span.duration_ns // 1000}us {said}"


def addressed(spans: list[Work]) -> Iterator[str]:
    """What went wrong names an address, behind which stands a word for a failure."""
    for span in by_end(spans):
        flow, _, _ = ids("addressed", span)
        said = f" with error: {reason(span)}" if span.failed else ""
        yield f"{iso(span.end_ns)} {span.service} [{flow}] finished {span.operation} in {span.duration_ns // 1000:,} us{said}"


def alone(spans: list[Work]) -> Iterator[str]:
    """Values in a list, of which the last says what went wrong, or nothing."""
    for span in by_end(spans):
        flow, step, above = ids("alone", span)
        told = [span.end_ns // 1000, span.service, span.operation, flow, step, above, span.duration_ns / 10**9]
        yield dump([*told, reason(span) if span.failed else None])  # type: ignore[arg-type]


def glued(spans: list[Work]) -> Iterator[str]:
    """The name of the service and that of its work in one word; a label without a space before a decimal number."""
    for span in by_end(spans):
        flow, step, above = ids("glued", span)
        name = f"{span.service}::{span.operation}"
        told = [iso(span.end_ns), f"tx:{flow}", f"n:{step}", f"p:{above or ''}", name, f"t:{span.duration_ns / 10**9:.6f}s"]
        yield "|".join([*told, reason(span) if span.failed else ""])


def broke(spans: list[Work]) -> Iterator[str]:
    """Behind the name of the work one word, and why."""
    for line in moments(spans):
        if (span := line.span) is None or line.what == "middle":
            continue
        flow, step, above = ids("broke", span)
        ended = f"broke: {reason(span)}" if span.failed else "ends"
        said = f"{span.operation} {'begins' if line.what == 'begin' else ended}"
        level = "WARN " if line.what == "end" and span.failed else "INFO "
        yield f"{iso(line.at_ns)} {level} ({span.service}) {said} <{flow}/{step}/{above or '0'}>"


def excused(spans: list[Work]) -> Iterator[str]:
    """A word that says nothing, behind which stands what went wrong; threads, of which each service has many."""
    for span in by_end(spans):
        flow, step, above = ids("excused", span)
        head = f"{iso(span.end_ns)} {'WARN' if span.failed else 'INFO':>5} 7 --- [exec-{span.number % 9}] {span.service} :"
        took = f"[{flow},{step},{above or ''}] took {span.duration_ns / MS:.3f} ms"
        yield f"{head} {span.operation} {took}{f' but: {reason(span)}' if span.failed else ''}"


def rested(spans: list[Work]) -> Iterator[str]:
    """Columns between tabs, of which the last is mostly empty."""
    for line in moments(spans):
        if (span := line.span) is None or line.what == "middle":
            continue
        flow, step, above = ids("rested", span)
        word = "start" if line.what == "begin" else "error" if span.failed else "end"
        why = reason(span) if word == "error" else ""
        yield "\t".join([str(line.at_ns // 1000), span.service, f"{span.operation}:{word}", f"{flow}.{step}.{above or '0'}", why])


def enclosed(spans: list[Work]) -> Iterator[str]:
    """A sentence, and behind it in quotes what went wrong."""
    for span in by_end(spans):
        flow, step, above = ids("enclosed", span)
        work = f"step {step} of request {flow} ({span.operation}{f', called by {above}' if above else ''})"
        said = f' with failure "{reason(span)}"' if span.failed else ""
        yield f"{iso(span.end_ns)} {span.service} completed {work} after {span.duration_ns / MS:.3f} milliseconds{said}"


def answered(spans: list[Work]) -> Iterator[str]:
    """Objects whose text alone says what was done, and how it ended."""
    for span in by_end(spans):
        flow, step, above = ids("answered", span)
        said = f"failed - {reason(span)}" if span.failed else "done"
        meta = {"flow_id": flow, "op_id": step, "parent_op_id": above, "cost_ns": span.duration_ns}
        yield dump({"moment": iso(span.end_ns), "prog": span.service, "text": f"{span.operation}: {said}", "meta": meta})


def behind(spans: list[Work]) -> Iterator[str]:
    """The last id of a line, and behind it, after a sign of its own, what went wrong."""
    for line in moments(spans):
        if (span := line.span) is None or line.what == "middle":
            continue
        flow, step, above = ids("behind", span)
        way, why = ("-->", "") if line.what == "begin" else ("<--", f" !! {reason(span)}" if span.failed else "")
        head = f"{line.at_ns // 1000} {span.service:<8} {way} {span.operation:<14}"
        yield f"{head} req={flow} id={step} up={above or '-'}{why}"


def tabulated(spans: list[Work]) -> Iterator[str]:
    """Columns of fixed width, hardly parted where one is full; numbers stand to the right."""
    for span in by_end(spans):
        flow, step, above = ids("tabulated", span)
        said = f"ERR {reason(span)}" if span.failed else "OK"
        head = f"{form(span.end_ns, '%Y%m%d %H%M%S.%f')} {span.service:<9}{span.operation:<13}"
        yield f"{head}{flow} {step} {above or '--------'} {span.duration_ns // 1000:>9} {said}"


def named(spans: list[Work]) -> Iterator[str]:
    """Pairs without a sign between name and value, of which the last says what went wrong."""
    for span in by_end(spans):
        flow, step, above = ids("named", span)
        pairs = f"trace {flow}; span {step}; parent {above or 'none'}; duration {span.duration_ns / MS:.3f}ms;"
        said = f" error {reason(span)}" if span.failed else ""
        yield f"[{span.service}] {iso(span.end_ns)} {span.operation}; {pairs}{said}"


REASONS = {
    "quoted": Dialect(quoted),
    "addressed": Dialect(addressed, spans=False),
    "alone": Dialect(alone),
    "glued": Dialect(glued),
    "broke": Dialect(broke),
    "excused": Dialect(excused),
    "rested": Dialect(rested),
    "enclosed": Dialect(enclosed),
    "answered": Dialect(answered),
    "behind": Dialect(behind),
    "tabulated": Dialect(tabulated),
    "named": Dialect(named),
}
