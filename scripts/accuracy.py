"""How right inferred parents are: on generated systems whose parents are hidden, and on real logs where they are there.

    scripts/accuracy [--seeds 3] [--traces 120] [--real TRUTH.jsonl LOGS…] [--json]

Below the table stands what has to hold, a line for each set and figure, and whether it does; where not, what is possible at
best by times that are all told (bounds.py), as in the style "complete".

TRUTH.jsonl has an object a span: trace_id, span_id, parent_span_id, or logged_parent_span_id where not all spans log
(those with n_log_lines 0 are left out); and what is learned of some of them: service, operation, start_unix_nano, duration_ns.
Every set goes through the program: written as logs, ingested, read from the store.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from bounds import Most, most
from scoring import Guess, Score, SpanId, score
from shapes import SHAPES, shape
from systems import KINDS, TrueSpan, requests, system
from telling import STYLES, Telling, log_lines, write_logs
from verdicts import real_verdicts, verdicts

from logtrace import api
from logtrace.ids import NO_SPAN, TraceId, span_id_text
from logtrace.jobs.assembly.owned import own_rows
from logtrace.store.reading.reader import FragmentReader

KNOWN = 10
SETS = (*KINDS, *SHAPES)
TRUE_KEYS = {"trace_id", "span_id", "parent_span_id", "service", "operation", "start_unix_nano", "duration_ns"}
"""What every span of a truth file has; it may have more."""

OBSERVED = ("explicit", "root")
ANYWAY = ("plain", "nothing", "learned", "half")
"""plain: the tightest span that holds it; nothing: no parent is known; learned: after
`logtrace learn` of ten other traces; half: every second span names its parent."""


class Row(NamedTuple):
    """One line of the table. most: what anybody could find at best; None of real logs."""

    name: str
    scores: dict[str, Score]
    most: Most | None = None


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2, help="systems of each kind")
    parser.add_argument("--traces", type=int, default=120, help="requests to each")
    parser.add_argument("--kinds", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--styles", nargs="+", default=STYLES[:1] + STYLES[2:], choices=STYLES)
    parser.add_argument("--real", nargs="+", metavar="PATH", help="a truth file, then log files or folders")
    parser.add_argument(
        "--known", type=int, default=50, metavar="N", help="of the real set: learn from N traces, score the others"
    )
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.real and not Path(args.real[0]).is_file():
        parser.error(f"--real: {args.real[0]} is no file; first comes the truth, TRUTH.jsonl, then log files or folders")
    if args.real and len(args.real) < 2:
        parser.error("--real: no logs; after the truth file come log files or folders")
    missing = [path for path in args.real[1:] if not Path(path).exists()] if args.real else []
    if missing:
        parser.error(f"--real: {missing[0]} does not exist")
    try:
        spans = true_spans(Path(args.real[0])) if args.real else []
    except ValueError as problem:
        parser.error(f"--real: {problem}")
    rows = _generated(args.kinds, args.styles, args.seeds, args.traces)
    if args.real:
        rows = [real(Path(args.real[0]).parent.name, spans, args.real[1:], args.known), *rows]
    if args.json:
        print(json.dumps([{"set": row.name, **{way: s._asdict() for way, s in row.scores.items()}} for row in rows], indent=1))
    else:
        seen: list[Row] = []
        for line in table(_noted(rows, seen)):
            print(line, flush=True)
        print()
        for row in seen:
            lines = real_verdicts(row.name, row.scores) if row.most is None else verdicts(row.name, row.scores, row.most)
            print(*lines, sep="\n", flush=True)


def _noted(rows: Iterable[Row], seen: list[Row]) -> Iterator[Row]:
    for row in rows:
        seen.append(row)
        yield row


def _generated(kinds: Sequence[str], styles: Sequence[str], seeds: int, many: int) -> Iterator[Row]:
    for style in styles:
        for kind in kinds:
            for seed in range(seeds):
                yield generated(kind, seed, style, many)


def generated(kind: str, seed: int, style: str, many: int) -> Row:
    """The scores of one generated system."""
    made = system(kind, seed) if kind in KINDS else shape(kind)
    traces = list(requests(made, many + KNOWN, seed))
    known, asked = traces[:KNOWN], traces[KNOWN:]
    truth = {(span.trace_id, span.span_id): span.parent_span_id for trace in asked for span in trace}
    with tempfile.TemporaryDirectory() as folder:
        taught = write_logs(Path(folder) / "known", log_lines(known, Telling("complete", hidden=0.0), seed))
        found = {
            "nothing": _found(Path(folder), "nothing", asked, Telling(style), seed),
            "learned": _found(Path(folder), "learned", asked, Telling(style), seed, taught),
            "half": _found(Path(folder), "half", asked, Telling(style, hidden=0.5), seed),
        }
        found["plain"] = plain(Path(folder) / "nothing.db")
    scores = {way: score(truth, found[way]) for way in ANYWAY}
    return Row(f"{kind} {seed}, {style}", scores, most(made, many, seed))


def _found(
    folder: Path, name: str, traces: Sequence[Sequence[TrueSpan]], telling: Telling, seed: int, taught: Sequence[Path] = ()
) -> dict[SpanId, Guess]:
    logs = write_logs(folder / name, log_lines(traces, telling, seed))
    store = folder / f"{name}.db"
    api.ingest([str(path) for path in logs], store)
    if taught:
        api.learn([str(path) for path in taught], store)
    return guesses(store)


def guesses(store: Path) -> dict[SpanId, Guess]:
    """What a store says of parents."""
    with closing(sqlite3.connect(store)) as db:
        rows = db.execute("SELECT trace_id, span_id, parent_span_id, parent_source, parent_confidence FROM spans")
        return {
            (trace, span): Guess(parent, confidence, parent is not None and source not in OBSERVED)
            for trace, span, parent, source, confidence in rows
        }


def plain(store: Path) -> dict[SpanId, Guess]:
    """What plain containment would say: the tightest span that holds a span by its own lines, else it is a root."""
    found: dict[SpanId, Guess] = {}
    with FragmentReader(store) as reader:
        for part in reader.span_rows(list(reader.lows())):
            own = own_rows(part, reader)
            rows = own.rows.take((own.rows.key != NO_SPAN) & ~own.partial)
            spans = zip(*(column.tolist() for column in (rows.low, rows.high, rows.start, rows.taken_ns, rows.key)), strict=True)
            for (low, high), group in groupby(spans, key=itemgetter(0, 1)):
                before: list[tuple[int, int, int]] = []
                for _, _, start, took, key in sorted(group, key=lambda row: (row[2], -row[3], row[4])):
                    around = [(ended - began, -began, of) for began, ended, of in before if ended + 50_000 >= start + took]
                    parent = span_id_text(min(around)[2]) if around else None
                    found[str(TraceId(low, high)), span_id_text(key)] = Guess(parent, 100, bool(around))
                    before.append((start, start + took, key))
    return found


def true_spans(path: Path) -> list[dict[str, object]]:
    """The spans of a truth file; ValueError says which line is none, and why."""
    found = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                span = orjson.loads(line)
            except orjson.JSONDecodeError as problem:
                raise ValueError(f"{path}:{number} is no JSON ({problem}); a truth file has an object a span") from None
            if not isinstance(span, dict):
                raise ValueError(f"{path}:{number} is no span of a truth file, but {type(span).__name__}")
            missing = TRUE_KEYS - span.keys()
            if missing:
                raise ValueError(f"{path}:{number} is no span of a truth file: no {', '.join(sorted(missing))}")
            if not (isinstance(span["start_unix_nano"], int) and isinstance(span["duration_ns"], int)):
                raise ValueError(f"{path}:{number}: start_unix_nano and duration_ns are whole numbers")
            found.append(span)
    if not found:
        raise ValueError(f"{path} has no spans")
    return found


def real(name: str, spans: Sequence[Mapping[str, Any]], logs: Sequence[str], many_known: int) -> Row:
    """The scores of real logs, by their true spans. `learned` is of the traces that were not learned from."""
    truth: dict[SpanId, str | None] = {
        (s["trace_id"], s["span_id"]): s.get("logged_parent_span_id", s["parent_span_id"])
        for s in spans
        if s.get("n_log_lines", 1)
    }
    taught = set(islice(sorted({trace for trace, _ in truth}, key=lambda trace: trace[::-1]), many_known))
    rest = {key: parent for key, parent in truth.items() if key[0] not in taught}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "real.db"
        api.ingest(logs, store)
        found = {"plain": plain(store), "nothing": guesses(store)}
        lesson = Path(folder) / "known.log"
        lesson.write_bytes(b"".join(_lesson(span) for span in spans if span["trace_id"] in taught))
        api.learn([str(lesson)], store)
        found["learned"] = guesses(store)
    scores = {
        way: score(rest if way == "learned" else truth, _only(found[way], rest if way == "learned" else truth)) for way in found
    }
    return Row(name, scores)


def _only(found: Mapping[SpanId, Guess], truth: Mapping[SpanId, str | None]) -> dict[SpanId, Guess]:
    return {key: guess for key, guess in found.items() if key in truth}


def _lesson(span: Mapping[str, object]) -> bytes:
    """A span of the truth as a log line with a duration."""
    start, duration = span["start_unix_nano"], span["duration_ns"]
    assert isinstance(start, int) and isinstance(duration, int)
    return orjson.dumps({
        "timestamp": start + duration, "duration_ns": duration, "trace_id": span["trace_id"], "span_id": span["span_id"],
        "parent_span_id": span["parent_span_id"] or "", "service": span["service"], "operation": span["operation"], "msg": "",
    }) + b"\n"  # fmt: skip


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Lines of text: for each way the right edges, exact trees, traces with the right roots, F1 of ancestors, edges stated
    80 % sure, those of them that are right, and the calibration error; all but the last in percent."""
    yield f"{'':22}{'spans':>7}  " + "  ".join(f"{way:^38}" for way in ANYWAY)
    yield " " * 31 + "  ".join("edges trees roots  anc. |  sure right  ece" for _ in ANYWAY)
    for row in rows:
        spans = max(found.spans for found in row.scores.values())
        cells = [_cell(row.scores[way]) if way in row.scores else " " * 40 for way in ANYWAY]
        yield f"{row.name:22}{spans:7,}  " + "  ".join(cells)


def _cell(found: Score) -> str:
    shares = (found.edges, found.exact, found.roots, found.ancestors)
    percent = " ".join(f"{share * 100:5.1f}" for share in shares)
    return f"{percent} | {found.sure * 100:5.1f} {found.sure_right * 100:5.1f} {found.error:4.2f}"


if __name__ == "__main__":
    main()
