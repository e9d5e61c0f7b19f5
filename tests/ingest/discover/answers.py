"""The same story where what went wrong is told as yes or no in other ways, and where keys lie near that mean something else."""

from __future__ import annotations

from collections.abc import Iterator

from tests.ingest.discover.dialects import MS, Dialect, Work, dump, hexed, iso


def by_end(spans: list[Work]) -> list[Work]:
    return sorted(spans, key=lambda span: span.end_ns)


def ids(kind: str, span: Work) -> tuple[str, str, str | None]:
    """(trace, span, parent) of a dialect's own."""
    parent = None if span.parent is None else hexed(f"{kind} span", span.parent, 8)
    return hexed(f"{kind} trace", span.trace, 16), hexed(f"{kind} span", span.number, 8), parent


def noes(spans: list[Work]) -> Iterator[str]:
    """`nein` is no error."""
    for span in by_end(spans):
        flow, step, above = ids("noes", span)
        record = {"Zeitpunkt": iso(span.end_ns), "Modul": span.service, "Lauf": flow, "Schritt": step, "Oberschritt": above}
        yield dump({**record, "Aktion": span.operation, "ms": span.duration_ns / MS, "Fehler": "ja" if span.failed else "nein"})


def noughts(spans: list[Work]) -> Iterator[str]:
    """0 and 1."""
    for span in by_end(spans):
        flow, step, above = ids("noughts", span)
        record = {"at": iso(span.end_ns), "app": span.service, "req": flow, "call": step, "caller": above or ""}
        yield dump({**record, "method_name": span.operation, "cost_us": str(span.duration_ns // 1000), "rc": int(span.failed)})


def ko(spans: list[Work]) -> Iterator[str]:
    """OK or KO, in a column without a name."""
    for span in by_end(spans):
        flow, step, above = ids("ko", span)
        told = [span.operation, f"{span.duration_ns / MS:.3f}", "KO" if span.failed else "OK"]
        yield ";".join((iso(span.end_ns), span.service, f"{flow}/{step}/{above or 'root'}", *told))


def rockets(spans: list[Work]) -> Iterator[str]:
    """A hash as Ruby prints it: symbols are names, whatever stands behind their colon."""
    for span in by_end(spans):
        flow, hop, above = ids("rockets", span)
        told = f':flow=>"{flow}", :hop=>"{hop}", :from=>{dump(above) if above else "nil"}, :act=>"{span.operation}"'
        failed = str(span.failed).lower()
        yield f"[{iso(span.end_ns)}] {span.service} {{{told}, :ms=>{span.duration_ns / MS:.3f}, :failed=>{failed}}}"


def elements(spans: list[Work]) -> Iterator[str]:
    """XML, an element for each thing."""
    for span in by_end(spans):
        chain, hop, via = ids("elements", span)
        said = {
            "when": iso(span.end_ns),
            "app": span.service,
            "chain": chain,
            "hop": hop,
            "via": via or "",
            "act": span.operation,
        }
        said |= {"ms": f"{span.duration_ns / MS:.3f}", "failed": str(span.failed).lower()}
        yield f"<log>{''.join(f'<{key}>{value}</{key}>' for key, value in said.items())}</log>"


def pairs(spans: list[Work]) -> Iterator[str]:
    """Names and values in a list: what is called `name` is the same in all lines."""
    for span in by_end(spans):
        told = zip(("flow", "step", "parent"), ids("pairs", span), strict=True)
        labels = [{"name": name, "value": value or ""} for name, value in told]
        record = {"time": iso(span.end_ns), "src": span.service, "labels": labels, "text": span.operation}
        yield dump({**record, "ms": span.duration_ns / MS, "level": "error" if span.failed else "info"})


def braces(spans: list[Work]) -> Iterator[str]:
    """Ids in one value of logfmt, which names no work."""
    for span in by_end(spans):
        flow, step, above = ids("braces", span)
        ctx = f"{{svc:{span.service} tid:{flow} sid:{step} pid:{above or '-'}}}"
        ok = str(not span.failed).lower()
        yield f'time={iso(span.end_ns)} msg="{span.operation}" ctx="{ctx}" dur={span.duration_ns / MS:.3f}ms ok={ok}'


def rests(spans: list[Work]) -> Iterator[str]:
    """Seconds under one key, what is left of the second under the next."""
    for span in by_end(spans):
        flow, step, above = ids("rests", span)
        record = {"ts_sec": span.end_ns // 10**9, "ts_nsec": span.end_ns % 10**9, "svc": span.service, "trc": flow, "spn": step}
        yield dump({**record, "prt": above, "op": span.operation, "dur_ns": span.duration_ns, "failed": span.failed})


ANSWERS = {
    "noes": Dialect(noes),
    "noughts": Dialect(noughts),
    "ko": Dialect(ko),
    "rockets": Dialect(rockets),
    "elements": Dialect(elements),
    "pairs": Dialect(pairs),
    "braces": Dialect(braces),
    "rests": Dialect(rests),
}
