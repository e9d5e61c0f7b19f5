"""The same story in sentences: nothing parts columns, labels stand where they stand, some lines lack what others have."""

from __future__ import annotations

from collections.abc import Iterator

from tests.ingest.discover.dialects import MS, Dialect, Work, form, hexed, iso, moments
from tests.ingest.discover.harder import above, by_end


def plain(ns: int) -> str:
    return iso(ns)[:-1].replace("T", " ")


def some(text: str, value: object) -> str:
    """A text with a value in it; nothing where there is none."""
    return "" if value is None else text.format(value)


def uuid(kind: str, number: int) -> str:
    digits = hexed(kind, number, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def spoken(spans: list[Work]) -> Iterator[str]:
    """A whole sentence, with an American date."""
    for span in by_end(spans):
        ids = f"for request {hexed('SN', span.trace, 16)} as call {hexed('sn', span.number, 10)}"
        whose = some(" on behalf of {}", above(span, "sn", 10))
        ended = f"it {'failed' if span.failed else 'succeeded'} in {span.duration_ns / 1e9:.6f} seconds"
        at = form(span.end_ns, "%b %d, %Y %H:%M:%S.%f")
        yield f"{at} {span.service} executed '{span.operation}' {ids}{whose}; {ended}"


def colons(spans: list[Work]) -> Iterator[str]:
    """Labels with colons behind a message, UUIDs."""
    for span in by_end(spans):
        ids = f"corr: {uuid('CO', span.trace)}, step: {hexed('co', span.number, 12)}"
        level = "ERROR" if span.failed else "INFO "
        up = some(", caller: {}", above(span, "co", 12))
        took = f"elapsed: {span.duration_ns / MS:.3f} ms"
        yield f"{plain(span.end_ns)} {level} {span.service} - {span.operation} finished, {ids}{up}, {took}"


def boxes(spans: list[Work]) -> Iterator[str]:
    """Boxes with a word and a value, some of them on some lines; lines between that tell nothing."""
    for line in moments(spans):
        head = f"{plain(line.at_ns)} [svc {line.span.service if line.span else 'gateway'}]"
        if (span := line.span) is None:
            yield f"{head} [lvl info] waiting for work"
            continue
        ids = f"[txn {hexed('BK', span.trace, 16)}] [hop {hexed('bk', span.number, 8)}]{some(' [via {}]', above(span, 'bk', 8))}"
        took = f" [took {span.duration_ns / MS:.3f}ms]" if line.what == "end" else ""
        level = "error" if span.failed else "info"
        yield f"{head} [lvl {level}] {ids}{took} [act {span.operation}] {line.what} of it"


def trio(spans: list[Work]) -> Iterator[str]:
    """No labels: three ids in braces, in upper case."""
    for span in by_end(spans):
        ids = "/".join((hexed("TR", span.trace, 16), hexed("tr", span.number, 8), above(span, "tr", 8) or "-")).upper()
        yield f"{plain(span.end_ns)} ({span.service}) {{{ids}}} {span.operation} done in {span.duration_ns / 1e9:.6f}s"


def tagged(spans: list[Work]) -> Iterator[str]:
    """Ruby's formatter with tags: two or three of them, without a name."""
    for span in by_end(spans):
        tags = f"[{uuid('RA', span.trace)}] [{hexed('ra', span.number, 12)}]{some(' [{}]', above(span, 'ra', 12))}"
        head = f"I, [{plain(span.end_ns).replace(' ', 'T')} #{4000 + span.number % 3}]  INFO -- {span.service}:"
        yield f"{head} {tags} Completed {span.operation} in {span.duration_ns / MS:.3f}ms"


def doors(spans: list[Work]) -> Iterator[str]:
    """A line when a span is entered and one when it is left; labels that touch their values."""
    for line in moments(spans):
        if (span := line.span) is not None and line.what != "middle":
            word = "ENTER" if line.what == "begin" else "LEAVE"
            ids = f"tx:{hexed('EN', span.trace, 16)} act:{hexed('en', span.number, 8)}{some(' from:{}', above(span, 'en', 8))}"
            yield f"{plain(line.at_ns)} {span.service} {word} {span.operation!r} {ids}"


def python(spans: list[Work]) -> Iterator[str]:
    """A dictionary as Python prints it."""
    for span in by_end(spans):
        said = {
            "flow": hexed("PD", span.trace, 24),
            "leg": hexed("pd", span.number, 12),
            "up": above(span, "pd", 12),
            "work": span.operation,
            "took_s": span.duration_ns / 1e9,
        }
        yield f"{plain(span.end_ns)} {'ERROR' if span.failed else 'INFO'}:{span.service}:{said!r}"


def signs(spans: list[Work]) -> Iterator[str]:
    """Signs in place of labels."""
    for span in by_end(spans):
        ids = f"#{hexed('SG', span.trace, 12)} {hexed('sg', span.number, 8)}{some(' <- {}', above(span, 'sg', 8))}"
        yield f"{plain(span.end_ns)} {span.service}: {ids}: {span.operation} ({span.duration_ns // 1000} us)"


def markup(spans: list[Work]) -> Iterator[str]:
    """Elements, one of them missing in roots."""
    for span in by_end(spans):
        ids = f"<flow>{hexed('XM', span.trace, 16)}</flow><hop>{hexed('xm', span.number, 8)}</hop>"
        up = some("<parent>{}</parent>", above(span, "xm", 8))
        took = f"<ms>{span.duration_ns / MS:.3f}</ms>"
        yield f"<log><at>{iso(span.end_ns)}</at><app>{span.service}</app>{ids}{up}<did>{span.operation}</did>{took}</log>"


def periods(spans: list[Work]) -> Iterator[str]:
    """Numbers as ids, ISO 8601's periods behind them."""
    for span in by_end(spans):
        up = None if span.parent is None else span.parent + 1
        ids = f"cid:{hexed('IS', span.trace, 12)} no:{span.number + 1}{some(' prev:{}', up)}"
        yield f"[{span.service}] {iso(span.end_ns)} op({span.operation}) {ids} PT{span.duration_ns / 1e9:.6f}S"


PROSE = {
    "spoken": Dialect(spoken, errors=False),
    "colons": Dialect(colons, errors=False),
    "boxes": Dialect(boxes, errors=False),
    "trio": Dialect(trio, errors=False),
    "tagged": Dialect(tagged, errors=False),
    "doors": Dialect(doors, errors=False),
    "python": Dialect(python, errors=False),
    "signs": Dialect(signs, errors=False),
    "markup": Dialect(markup, errors=False),
    "periods": Dialect(periods, errors=False),
}
