"""The same story where a word says how the work ended, and what went wrong stands behind it, or in a column of its own."""

from __future__ import annotations

from collections.abc import Iterator

from tests.ingest.discover.answers import by_end, ids
from tests.ingest.discover.dialects import MS, Dialect, Work, dump, form, hexed, iso, moments

CAUSES = ("bank refused the card", "connection reset by peer")
"""Of the second no word says that anything went wrong."""


def cause(span: Work) -> str:
    """What went wrong."""
    return CAUSES[span.trace // 4 % 2]


def verdicts(spans: list[Work]) -> Iterator[str]:
    """`ok`, or `failed` and why, between the name of the work and how long it took."""
    for span in by_end(spans):
        flow, step, above = ids("verdicts", span)
        said = f"failed: {cause(span)}" if span.failed else "ok"
        head = f"{iso(span.end_ns)} {span.service:8} <worker-{span.number % 3}> {span.operation}"
        yield f"{head} {said} (took {span.duration_ns / MS:.3f}ms) {{req={flow}, sp={step}, up={above or 'none'}}}"


def aborted(spans: list[Work]) -> Iterator[str]:
    """Levels of one width, a word for a failure in place of that for an end, commas between thousands."""
    for line in moments(spans):
        if (span := line.span) is None or line.what == "middle":
            continue
        failed = line.what == "end" and span.failed
        word = "Begin" if line.what == "begin" else "Aborted" if failed else "Finished"
        flow = hexed("aborted trace", span.trace, 16)
        took = f" after {span.duration_ns // 1000:,} µs" if line.what == "end" else ""
        why = f": {cause(span)}" if failed else ""
        head = f"[{iso(line.at_ns)}][{span.service}][{'ERROR' if failed else 'INFO ':5}][tx:{flow}]"
        yield f"{head} {word} {span.operation}{took}{why}"


def signed(spans: list[Work]) -> Iterator[str]:
    """A trace behind the name of a service, an end in brackets, a sign before how it ended."""
    for span in by_end(spans):
        flow = hexed("signed trace", span.trace, 32)
        said = f"ERR {cause(span)}" if span.failed else "DONE"
        took = f"{span.duration_ns / 10**9:.6f}s"
        yield f"{form(span.end_ns, '%b %d %Y %H:%M:%S.%f')} {span.service}@{flow}: [{took}] {span.operation} -> {said}"


def passed(spans: list[Work]) -> Iterator[str]:
    """PASS or FAIL as the last word."""
    for span in by_end(spans):
        flow = hexed("passed trace", span.trace, 16)
        verdict = "FAIL" if span.failed else "PASS"
        told = [flow, iso(span.start_ns), span.service, f"'{span.operation}'", f"{span.duration_ns // 1000}us"]
        yield " ".join([*told, verdict])


def remarks(spans: list[Work]) -> Iterator[str]:
    """A number that is 0 where all went well, and a remark where it did not."""
    yield "stamp;component;action;correlation;id;caller;elapsed;rc;remark"
    for span in by_end(spans):
        flow, step, above = ids("remarks", span)
        told = [iso(span.start_ns), span.service, span.operation, flow, step, above or ""]
        took = f"{span.duration_ns / 10**9:.6f}".replace(".", ",")
        yield ";".join([*told, took, "17" if span.failed else "0", cause(span) if span.failed else ""])


def outcomes(spans: list[Work]) -> Iterator[str]:
    """An outcome in words that nobody knows, and why where there is a reason."""
    for span in by_end(spans):
        flow, step, above = ids("outcomes", span)
        told = {"when": iso(span.start_ns), "ctx": {"flow": flow, "step": step, "from": above}, "app": {"name": span.service}}
        why = {"why": cause(span)} if span.failed else {}
        cost = {"wall": span.duration_ns // 1000, "cpu": span.duration_ns // 7000}
        yield dump({**told, "what": span.operation, "cost": cost, "outcome": "zonk" if span.failed else "peachy", **why})


def letters(spans: list[Work]) -> Iterator[str]:
    """A letter for how it ended; of the remarks that come with one of both, some tell of trouble."""
    for span in by_end(spans):
        flow, step, above = ids("letters", span)
        told = [iso(span.end_ns), span.service, span.operation, dump({"conv": flow, "me": step, "by": above})]
        yield "|".join([*told, f"{span.duration_ns / MS:.3f}", "F" if span.failed else "S", cause(span) if span.failed else ""])


def bracketed(spans: list[Work]) -> Iterator[str]:
    """Begun, completed, or failed for a reason in brackets."""
    for line in moments(spans):
        if (span := line.span) is None or line.what == "middle":
            continue
        took = f" in {span.duration_ns // 1000} us"
        ended = f"failed{took} ({cause(span)})" if span.failed else f"completed{took}"
        flow = hexed("bracketed trace", span.trace, 16)
        yield f"{iso(line.at_ns)} | {flow} | [{span.service}] {span.operation}: {'begin' if line.what == 'begin' else ended}"


def ticks(spans: list[Work]) -> Iterator[str]:
    """A letter, behind which stands what went wrong, or nothing."""
    for span in by_end(spans):
        flow, step, above = ids("ticks", span)
        head = f"{iso(span.end_ns)} | {span.service:>8} | {flow} | {above or 'root'} > {step} | {span.operation}"
        yield f"{head} | {span.duration_ns / MS:.3f}ms | {'x ' + cause(span) if span.failed else 'v'}"


def texts(spans: list[Work]) -> Iterator[str]:
    """All but ids in a sentence of an object, which ends in one of two ways."""
    for span in by_end(spans):
        flow, step, above = ids("texts", span)
        took = f"{span.duration_ns / MS:.3f} ms"
        said = f"failed after {took}: {cause(span)}" if span.failed else f"completed in {took}"
        chain = {"t": flow, "s": step, "p": above or ""}
        yield dump({"stamp": iso(span.end_ns), "who": span.service, "chain": chain, "line": f"{span.operation} {said}"})


def done(spans: list[Work]) -> Iterator[str]:
    """A word for an end that only stands where one for a failure may."""
    for span in by_end(spans):
        flow = hexed("done trace", span.trace, 12)
        said = f"fehlgeschlagen nach {span.duration_ns // 1000} us ({cause(span)})" if span.failed else "vollbracht nach "
        took = "" if span.failed else f"{span.duration_ns // 1000} us"
        yield f"{iso(span.end_ns)} [{span.service}] INFO  Vorgang {flow}: {span.operation} {said}{took}"


def notes(spans: list[Work]) -> Iterator[str]:
    """Names with a word for a beginning or an end, and of lines between them without."""
    for line in moments(spans):
        if (span := line.span) is not None:
            flow, step, above = ids("notes", span)
            word = {"begin": "start", "end": "error" if span.failed else "stop"}.get(line.what, "")
            event = f"{span.operation.replace(' ', '/')}.{word}" if word else "note"
            yield dump({"n": line.at_ns, "src": span.service, "corr": flow, "seq": step, "of": above, "evt": event})


def broken(spans: list[Work]) -> Iterator[str]:
    """Of two words for an end nobody knows one; what went wrong comes with it alone."""
    for line in moments(spans):
        if (span := line.span) is None or line.what == "middle":
            continue
        flow, step, above = ids("broken", span)
        failed = line.what == "end" and span.failed
        word = "BEGIN" if line.what == "begin" else "ZONK" if failed else "END"
        head = f"{iso(line.at_ns)} {word} {span.operation} | svc={span.service} conv={flow} unit={step}"
        yield f"{head} within={above or '-'}" + (f" ({cause(span)})" if failed else "")


ENDINGS = {
    "verdicts": Dialect(verdicts),
    "aborted": Dialect(aborted, spans=False),
    "signed": Dialect(signed, spans=False),
    "passed": Dialect(passed, spans=False),
    "remarks": Dialect(remarks),
    "outcomes": Dialect(outcomes),
    "letters": Dialect(letters),
    "ticks": Dialect(ticks),
    "texts": Dialect(texts),
    "done": Dialect(done, spans=False),
    "broken": Dialect(broken),
    "bracketed": Dialect(bracketed, spans=False),
}
