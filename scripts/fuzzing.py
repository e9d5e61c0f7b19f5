"""Coverage-guided fuzzing with atheris; started by scripts/fuzz. Each target runs in a process of its own.

It begins with what scripts/corpus keeps. What goes wrong is told once for each kind, and the input is put there, where the tests
find it from then on. Inputs that reach something new go to --corpus, where that is given; --keep takes the fewest of them that
reach as much into scripts/corpus.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

_COUNT = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_PEAK = re.compile(r"stat::peak_rss_mb:\s*(\d+)")
_ROUND_S = 90
"""So long one process goes on. atheris keeps the result of each comparison of arrays that it has seen: 8 MB a second where
exports are imported."""


def one(name: str, seconds: int, corpus: Path) -> None:
    """Fuzzes a target in this process; does not return."""
    import atheris

    with atheris.instrument_imports(include=["logtrace"]):
        from ordeals import fuzz, targets
    target = next(each for each in targets.TARGETS if each.name == name)
    for number, seed in enumerate(fuzz.all_seeds(target)):
        (corpus / f"seed{number:04d}").write_bytes(seed)
    told: set[str] = set()

    def take(data: bytes) -> None:
        kind, sentence = fuzz.trouble(target, data)
        if kind and kind not in told:
            told.add(kind)
            fuzz.keep(target, [data])
            print(f"TROUBLE {name}: {sentence}: {data[:300]!r}", file=sys.stderr, flush=True)

    options = [f"-max_total_time={seconds}", "-rss_limit_mb=2000", "-timeout=30", "-max_len=4096", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], take)
    atheris.Fuzz()


def run(name: str, seconds: int, corpus: Path | None) -> tuple[int, list[str]]:
    """(inputs, troubles) of a target that is fuzzed for so long, by one process after the other."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        place = corpus.absolute() / name if corpus else Path(folder) / "corpus"
        place.mkdir(parents=True, exist_ok=True)
        parts = [min(_ROUND_S, seconds - begun) for begun in range(0, seconds, _ROUND_S)]
        rounds = [_round(name, part, place, Path(folder)) for part in parts]
    count, peak_mb = sum(each.count for each in rounds), max((each.peak_mb for each in rounds), default=0)
    troubles = list(dict.fromkeys(trouble for each in rounds for trouble in each.troubles))
    print(f"{name:<14} {count:>12,} inputs in {seconds} s, {peak_mb} MB, {len(troubles)} troubles", flush=True)
    return count, troubles


class _Round(NamedTuple):
    count: int
    peak_mb: int
    troubles: list[str]


def _round(name: str, seconds: int, place: Path, folder: Path) -> _Round:
    """A process that begins with what those before it have left in a place, and works in a folder."""
    command = [sys.executable, __file__, "--one", name, "--seconds", str(seconds), "--corpus", str(place)]
    done = subprocess.run(command, capture_output=True, check=False, cwd=folder, env=os.environ | {"TMPDIR": str(folder)})
    said = done.stderr.decode(errors="replace")
    troubles = [line for line in said.splitlines() if line.startswith("TROUBLE ")]
    if done.returncode:
        troubles.append(f"{name} ended with {done.returncode}: {said[-1000:]}")
    count, peak_mb = (int(found[1]) if (found := pattern.search(said)) else 0 for pattern in (_COUNT, _PEAK))
    return _Round(count, peak_mb, troubles)


def keep(name: str, corpus: Path) -> None:
    """Takes over what a target's inputs in a folder reach; what is kept already stays."""
    from ordeals import fuzz, reach, targets

    target = next(each for each in targets.TARGETS if each.name == name)
    inputs = [path.read_bytes() for path in (corpus / name).glob("*")]
    before = len(fuzz.kept(target))
    fuzz.keep(target, reach.fewest(target, [*fuzz.kept(target), *inputs]))
    print(f"{name:<14} {len(inputs):>8,} inputs looked at, {before:,} were kept, {len(fuzz.kept(target)):,} are", flush=True)


def main() -> int:
    """Fuzzes the targets asked for; 1 where something went wrong."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--corpus", type=Path, help="a folder to go on with, and to keep what reaches something new in")
    parser.add_argument("--keep", action="store_true", help="do not fuzz: keep what reaches something new in --corpus")
    parser.add_argument("--list", action="store_true", help="the targets")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    if asked.one:
        os.environ["PYTHONPATH"] = ""
        one(asked.one, asked.seconds, asked.corpus)
    from ordeals.targets import TARGETS

    names = [target.name for target in TARGETS]
    if asked.list:
        print("\n".join(names))
        return 0
    if unknown := set(asked.targets) - set(names):
        parser.error(f"there is no target {min(unknown)}")
    if asked.keep:
        if not asked.corpus:
            parser.error("--keep takes inputs from --corpus FOLDER")
        for name in asked.targets or names:
            keep(name, asked.corpus)
        return 0
    results = [run(name, asked.seconds, asked.corpus) for name in asked.targets or names]
    troubles = [trouble for _, found in results for trouble in found]
    print("\n".join([f"{sum(count for count, _ in results):,} inputs, {len(troubles)} troubles", *troubles]))
    return int(bool(troubles))


if __name__ == "__main__":
    sys.exit(main())
