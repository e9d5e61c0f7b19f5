"""Times logtrace beside its peers on generated logs; started by scripts/bench.

All jobs run one after the other in each round, so that a slow minute of the machine hits all of them; ratios are taken within a
round, and the median of the rounds is shown. The logs were just written, so they are read from memory.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from load import Load, load
from load import report as load_report
from make_logs import tell_even, tell_unevenly, write_logs
from measure import Measure, measure
from peers import Job, Logs, jobs
from replicate import replicate

BASE = "duck-same"
Round = dict[str, tuple[Job, Measure, int]]
"""Job name → the job, its figures, the bytes it kept."""


def make(folder: Path, n_lines: int, seed: int, uneven: bool) -> Logs:
    """Generated logs in `folder`, with the id of the trace in the middle."""
    lines, size = write_logs(folder, n_lines, seed, tell_unevenly if uneven else tell_even)
    talk(f"{folder.name}: {lines:,} lines, {size / 1e6:.0f} MB")
    traces = (folder / "traces.txt").read_text().splitlines()
    return Logs(folder, sorted(folder.rglob("*.log")), size, lines, traces[len(traces) // 2].split()[0])


def make_others(folder: Path, args: argparse.Namespace, size: int) -> dict[str, Logs]:
    """The other logs that are asked for, by name."""
    found = {"uneven": make(folder / "uneven", args.lines, args.seed, uneven=True)} if args.uneven else {}
    if args.real is not None:
        lines, written = replicate(args.real, folder / "real", size)
        talk(f"real: {lines:,} lines, {written / 1e6:.0f} MB")
        found["real"] = Logs(folder / "real", sorted((folder / "real").iterdir()), written, lines, "")
    return found


def run_round(even: Logs, others: dict[str, Logs], number: int) -> Round:
    """Each job once, in a folder that is gone afterwards."""
    found: Round = {}
    with tempfile.TemporaryDirectory(dir=even.folder.parent) as work:
        for job in jobs(even, others, Path(work)):
            result = measure(job.command, environment(Path(work)))
            found[job.name] = (job, result, kept(job.keeps))
            talk(
                f"round {number}: {job.name} {result.wall_s:.2f} s"
                + (f", exit {result.exit_code}: {result.said}" if result.said else "")
            )
    return found


def run_load(even: Logs, seconds: float) -> Load:
    """See load.py; on a store of its own."""
    with tempfile.TemporaryDirectory(dir=even.folder.parent) as work:
        store = Path(work) / "logtrace.db"
        command = [sys.executable, "-m", "logtrace", "ingest", *map(str, even.files), "--store", str(store), "--json"]
        if (made := measure(command, environment(Path(work)))).exit_code:
            raise SystemExit(f"ingest failed: {made.said}")
        traces = [line.split()[0] for line in (even.folder / "traces.txt").read_text().splitlines()]
        return load(store, traces, seconds, environment(Path(work)))


def environment(work: Path) -> dict[str, str]:
    """Nobody's settings, nobody's store."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("LOGTRACE_")}
    return mine | {"HOME": str(work), "XDG_DATA_HOME": str(work), "XDG_CONFIG_HOME": str(work), "NO_COLOR": "1"}


def kept(path: Path | None) -> int:
    """Bytes of what a job wrote, a database's side files among them."""
    return sum(file.stat().st_size for file in path.parent.glob(path.name + "*")) if path else 0


def row(name: str, rounds: list[Round]) -> dict[str, Any]:
    """The medians of one job. Ratios are per byte of logs, which matters for the uneven set only."""
    mine = [found[name] for found in rounds]
    base = [found[BASE] for found in rounds]
    per_byte = base[0][0].size / mine[0][0].size
    share = mine[0][2] / mine[0][0].size if mine[0][2] else None
    return {
        "job": name,
        "ok": all(result.exit_code == 0 for _, result, _ in mine),
        "wall_s": middle(result.wall_s for _, result, _ in mine),
        "cpu_s": middle(result.cpu_s for _, result, _ in mine),
        "peak_pss_mb": middle(result.peak_pss_mb for _, result, _ in mine),
        "wall_ratio": middle(a.wall_s / b.wall_s * per_byte for (_, a, _), (_, b, _) in zip(mine, base, strict=True)),
        "cpu_ratio": middle(a.cpu_s / b.cpu_s * per_byte for (_, a, _), (_, b, _) in zip(mine, base, strict=True)),
        "us_per_line": middle(a.wall_s * 1e6 / job.lines for job, a, _ in mine) if mine[0][0].lines else None,
        "kept_share": None if share is None else round(share, 4),
    }


def middle(values: Iterable[float]) -> float:
    return round(statistics.median(values), 4)


def report(figures: dict[str, Any]) -> str:
    head = f"{figures['lines']:,} lines, {figures['bytes'] / 1e6:.0f} MB, median of {figures['runs']} rounds"
    rows = figures["rows"]
    missing = "" if any(each["job"] == "rg-jq" for each in rows) else "\nrg-jq: not run, rg or jq is missing"
    return f"\n{head}; × is the ratio to {BASE} per byte of logs, kept the share of their size\n{table(rows)}{missing}"


def table(rows: list[dict[str, Any]]) -> str:
    head = f"{'job':26} {'wall s':>8} {'CPU s':>8} {'peak MB':>8} {'× wall':>7} {'× CPU':>7} {'kept':>7} {'µs/line':>8}"
    return "\n".join([head, *map(table_line, rows)])


def table_line(of: dict[str, Any]) -> str:
    if not of["ok"]:
        return f"{of['job']:26} FAILED (what it said stands above)"
    times = f"{of['wall_s']:8.2f} {of['cpu_s']:8.2f} {of['peak_pss_mb']:8.0f} {of['wall_ratio']:7.2f} {of['cpu_ratio']:7.2f}"
    kept_share = "" if of["kept_share"] is None else f" {of['kept_share']:7.1%}"
    return f"{of['job']:26} {times}{kept_share}" + ("" if of["us_per_line"] is None else f" {of['us_per_line']:8.2f}")


def talk(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the even set (default: 1,000,000; 449 MB)")
    parser.add_argument("--runs", type=int, default=3, help="rounds (default: 3)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--uneven", action="store_true", help="also a set of wrapped, split, parentless and long lines")
    parser.add_argument("--real", type=Path, metavar="FOLDER", help="also logs of a folder, many times over, with other ids")
    parser.add_argument("--serve", type=float, default=0, metavar="SECONDS", help="also ask a server at a held rate so long")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> int:
    args = arguments()
    with tempfile.TemporaryDirectory(prefix="logtrace-bench-") as folder:
        even = make(Path(folder) / "even", args.lines, args.seed, uneven=False)
        others = make_others(Path(folder), args, even.size)
        rounds = [run_round(even, others, number + 1) for number in range(args.runs)]
        served = run_load(even, args.serve) if args.serve else None
    rows = [row(name, rounds) for name in rounds[0]] if rounds else []
    figures = {"lines": args.lines, "bytes": even.size, "runs": args.runs, "seed": args.seed, "base": BASE, "rows": rows}
    if args.json:
        print(json.dumps(figures | ({"serve": served._asdict()} if served else {}), indent=2))
    else:
        print(report(figures) if rows else "", load_report(served) if served else "", sep="\n")
    return 0 if all(each["ok"] for each in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
