"""The same story as it is told elsewhere: in other tongues, with other ideas of times, of numbers, of files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.ingest.discover.dialects import MS, Dialect, Work, dump, form, hexed, iso, moments
from tests.ingest.discover.harder import above, by_end
from tests.ingest.discover.prose import plain, some


def polish(spans: list[Work]) -> Iterator[str]:
    """Letters with accents; words of level, of which some could be the names of zones."""
    for span in by_end(spans):
        yield dump({
            "czas": iso(span.end_ns), "poziom": "BŁĄD" if span.failed else "INFO", "usługa": span.service,
            "operacja": span.operation, "idŻądania": hexed("PL", span.trace, 16), "idKroku": hexed("pl", span.number, 8),
            "idNadrzędny": above(span, "pl", 8), "czasTrwania": span.duration_ns / MS,
        })  # fmt: skip


def chinese(spans: list[Work]) -> Iterator[str]:
    """Words without spaces between them."""
    for span in by_end(spans):
        yield dump({
            "时间": plain(span.end_ns), "级别": "错误" if span.failed else "信息", "服务": span.service, "操作": span.operation,
            "链路ID": hexed("CN", span.trace, 32), "跨度ID": hexed("cn", span.number, 16), "父跨度ID": above(span, "cn", 16),
            "耗时毫秒": span.duration_ns / MS,
        })  # fmt: skip


def japanese(spans: list[Work]) -> Iterator[str]:
    for span in by_end(spans):
        yield dump({
            "日時": iso(span.end_ns), "レベル": "エラー" if span.failed else "情報",
            "サービス": span.service, "処理": span.operation,
            "取引ID": hexed("JA", span.trace, 16), "工程ID": hexed("ja", span.number, 12), "親工程ID": above(span, "ja", 12),
            "所要時間": span.duration_ns / 1e9,
        })  # fmt: skip


def numbers(spans: list[Work]) -> Iterator[str]:
    """Numbers for all ids; the parent of a root is -1; a length as a clock tells it."""
    for span in by_end(spans):
        up = -1 if span.parent is None else span.parent + 1000
        took = f"00:00:{span.duration_ns / 1e9:09.6f}"
        yield dump({
            "ts": iso(span.end_ns), "node": span.service, "tx": int(hexed("NU", span.trace, 15), 16), "seq": span.number + 1000,
            "pseq": up, "fn": span.operation, "len": took,
        })  # fmt: skip


def fix(spans: list[Work]) -> Iterator[str]:
    """FIX: numbers for keys, and many of them always the same."""
    for span in by_end(spans):
        said = {
            8: "FIX.4.4", 9: 120, 35: 8, 49: span.service, 56: "BANK", 52: form(span.end_ns, "%Y%m%d-%H:%M:%S.%f"),
            11: hexed("FX", span.trace, 16), 5001: hexed("fx", span.number, 8), 5002: above(span, "fx", 8) or "",
            5003: span.operation, 5004: span.duration_ns // 1000, 10: 123,
        }  # fmt: skip
        yield "".join(f"{key}={value}|" for key, value in said.items())


def pretty(spans: list[Work]) -> Iterator[str]:
    """Objects over several lines."""
    for span in by_end(spans):
        ids = {"flow": hexed("PY", span.trace, 16), "hop": hexed("py", span.number, 8), "via": above(span, "py", 8)}
        said = {"when": iso(span.end_ns), "sys": span.service, "ids": ids, "task": span.operation, "ms": span.duration_ns / MS}
        yield json.dumps(said, indent=2)


def array(spans: list[Work]) -> Iterator[str]:
    """An array, one object a line."""
    yield "["
    for at, span in enumerate(by_end(spans), 1):
        ids = {"chain": hexed("AY", span.trace, 16), "ring": hexed("ay", span.number, 8), "ring_above": above(span, "ay", 8)}
        said = {"when": iso(span.end_ns), "plant": span.service, **ids, "job": span.operation, "took_ms": span.duration_ns / MS}
        yield f"  {dump(said)}{',' * (at < len(spans))}"
    yield "]"


def array_in_a_line(spans: list[Work]) -> Iterator[str]:
    """The same in one line, under other keys."""
    told = []
    for line in array(spans):
        if line.startswith("  "):
            said = json.loads(line.removesuffix(","))
            ids = {"strand": f"a-{said['chain']}", "knot": said["ring"], "above": said["ring_above"]}
            told.append({"when": said["when"], "program": said["plant"], **ids, "doing": said["job"], "ms": said["took_ms"]})
    yield json.dumps(told)


def quoted(spans: list[Work]) -> Iterator[str]:
    """Comma-separated values in quotes, their names as well."""
    yield '"logged at","application","business flow","step no","called by","activity","micros"'
    for span in by_end(spans):
        ids = f'"{hexed("CQ", span.trace, 16)}","{hexed("cq", span.number, 8)}","{above(span, "cq", 8) or ""}"'
        yield f'"{plain(span.end_ns)}","{span.service}",{ids},"{span.operation}","{span.duration_ns // 1000}"'


def clock_first(spans: list[Work]) -> Iterator[str]:
    """The day behind the time of day."""
    for span in by_end(spans):
        ids = f"tx {hexed('CF', span.trace, 16)} | no {hexed('cf', span.number, 8)} | of {above(span, 'cf', 8) or '-'}"
        at = form(span.end_ns, "%H:%M:%S.%f %d/%m/%Y")
        yield f"{at} <{span.service}> {span.operation} | {ids} | {span.duration_ns / MS:.3f} ms"


def database(spans: list[Work]) -> Iterator[str]:
    """Oracle's times."""
    for span in by_end(spans):
        ids = f"{hexed('OR', span.trace, 16)};{hexed('or', span.number, 8)};{above(span, 'or', 8) or ''}"
        at = form(span.end_ns, "%d-%b-%y %H.%M.%S.%f").upper()
        yield f"{at};{span.service};{ids};{span.operation};{span.duration_ns / MS:.3f}"


def local(spans: list[Work]) -> Iterator[str]:
    """Java's LocalDateTime, as Jackson writes it."""
    for span in by_end(spans):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=span.end_ns // 1000)
        ids = {"flow": hexed("LD", span.trace, 16), "hop": hexed("ld", span.number, 8), "via": above(span, "ld", 8)}
        when = [at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond * 1000]
        yield dump({"at": when, "sys": span.service, **ids, "task": span.operation, "ms": span.duration_ns / MS})


def together(spans: list[Work]) -> Iterator[str]:
    """All ids in one text, with other signs between them; a root ends with the sign."""
    for span in by_end(spans):
        ids = f"{hexed('TO', span.trace, 16)}>{hexed('to', span.number, 8)}<{above(span, 'to', 8) or ''}"
        yield dump({"at": iso(span.end_ns), "ctx": ids, "mod": span.service, "do": span.operation, "ms": span.duration_ns / MS})


def at_sign(spans: list[Work]) -> Iterator[str]:
    """The same, with a word for no parent."""
    for span in by_end(spans):
        ids = f"{hexed('AS', span.trace, 16)}.{hexed('as', span.number, 8)}@{above(span, 'as', 8) or 'root'}"
        yield dump({"at": iso(span.end_ns), "ref": ids, "mod": span.service, "do": span.operation, "ms": span.duration_ns / MS})


def together_in_text(spans: list[Work]) -> Iterator[str]:
    """The same in a line of text: a root has a space where others have a parent."""
    for span in by_end(spans):
        ids = f"{hexed('TT', span.trace, 16)}>{hexed('tt', span.number, 8)}<{above(span, 'tt', 8) or ''}"
        yield f"{plain(span.end_ns)} {span.service} {ids} {span.operation} ok {span.duration_ns / MS:.3f}ms"


def letters(spans: list[Work]) -> Iterator[str]:
    """Pairs with semicolons under one key."""
    for span in by_end(spans):
        ids = f"T={hexed('LE', span.trace, 16)};S={hexed('le', span.number, 8)};P={above(span, 'le', 8) or ''}"
        yield dump({"ts": iso(span.end_ns), "mod": span.service, "ctx": ids, "what": span.operation, "ms": span.duration_ns / MS})


def arrows(spans: list[Work]) -> Iterator[str]:
    """An arrow into the work, and one out of it."""
    for line in moments(spans):
        if (span := line.span) is not None and line.what != "middle":
            ids = f"{hexed('AR', span.trace, 16)}/{hexed('ar', span.number, 8)}/{above(span, 'ar', 8) or '-'}"
            yield f"{plain(line.at_ns)} {span.service} [{ids}] {'→' if line.what == 'begin' else '←'} {span.operation}"


def entering(spans: list[Work]) -> Iterator[str]:
    """Words for it, behind the service and before the work."""
    for line in moments(spans):
        if (span := line.span) is not None and line.what != "middle":
            ids = f"flow={hexed('EG', span.trace, 16)} node={hexed('eg', span.number, 8)}{some(' up={}', above(span, 'eg', 8))}"
            said = "Entering" if line.what == "begin" else "Leaving"
            yield f"[{plain(line.at_ns)}] {span.service} {said} {span.operation} {ids}"


def beginning(spans: list[Work]) -> Iterator[str]:
    """Words for it at the head of the text of an object, and other texts."""
    for line in moments(spans):
        if (span := line.span) is None:
            yield dump({"when": iso(line.at_ns), "app": "gateway", "text": "tick"})
        elif line.what != "middle":
            ids = {"req": hexed("BG", span.trace, 16), "step": hexed("bg", span.number, 8), "outer": above(span, "bg", 8)}
            said = f"{'begin' if line.what == 'begin' else 'done'} {span.operation}"
            yield dump({"when": iso(line.at_ns), "app": span.service, "text": said, **ids})


def fixed_width(spans: list[Work]) -> Iterator[str]:
    """Columns as wide as a mainframe makes them."""
    for span in by_end(spans):
        ids = f"{hexed('FW', span.trace, 8)} {hexed('fw', span.number, 6)} {above(span, 'fw', 6) or '000000'}".upper()
        at = form(span.end_ns, "%Y%m%d%H%M%S%f")
        yield f"{at} {span.service:<10}{ids} {span.operation:<14}{span.duration_ns // 1000:>9}"


def spanned(spans: list[Work]) -> Iterator[str]:
    """When work began and when it ended, under names that say neither."""
    for span in by_end(spans):
        ids = {"flow": hexed("SP", span.trace, 16), "hop": hexed("sp", span.number, 8), "via": above(span, "sp", 8)}
        yield dump({"t1": iso(span.start_ns), "t2": iso(span.end_ns), "mod": span.service, **ids, "what": span.operation})


ELSEWHERE = {
    "spanned": Dialect(spanned, errors=False),
    "together": Dialect(together, errors=False),
    "at_sign": Dialect(at_sign, errors=False),
    "together_in_text": Dialect(together_in_text, errors=False),
    "letters": Dialect(letters, errors=False),
    "arrows": Dialect(arrows, errors=False),
    "entering": Dialect(entering, errors=False),
    "beginning": Dialect(beginning, errors=False),
    "fixed_width": Dialect(fixed_width, errors=False),
    "polish": Dialect(polish),
    "chinese": Dialect(chinese),
    "japanese": Dialect(japanese),
    "numbers": Dialect(numbers, errors=False),
    "fix": Dialect(fix, errors=False),
    "pretty": Dialect(pretty, errors=False),
    "array": Dialect(array, errors=False),
    "array_in_a_line": Dialect(array_in_a_line, errors=False),
    "quoted": Dialect(quoted, errors=False),
    "clock_first": Dialect(clock_first, errors=False),
    "database": Dialect(database, errors=False),
    "local": Dialect(local, errors=False),
}
