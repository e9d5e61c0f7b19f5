"""Random changes of texts that mean something, for every target: no crash, no hang, no memory that grows, no line unaccounted.

scripts/fuzz does the same with atheris, which sees what an input reaches; here only chance leads, so that it runs everywhere.
"""

from __future__ import annotations

import ast
import random
import resource
import time
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

from ordeals.outcome import Outcome
from ordeals.progress import Progress
from ordeals.targets import TARGETS, Target

SLOW_S = 1.0
MOST_MB = 1_500
KEPT = Path(__file__).parent.parent / "corpus"
_TOKENS: tuple[bytes, ...] = (
    *(bytes([byte]) for byte in b"\"{}[]\\\xff\x00\n\t\r =|:,%'()"),
    *(rb"\u0000", rb"\ud800", b"null", b"NaN", b"-1", b"1e999", b"9" * 25, b"0x", b"{}", b"[]", b"ms"),
    *(b'"trace_id":', b'"span_id":"', b"T14:30:00Z", b"2024-01-10", b"stderr ", b"P ", b"F ", b"<34>1 ", b"\x1b[31m"),
    *(b"and ", b"or ", b"not ", b"\xe2\x80\xae", b"\xf0\x9f\x98\x80"),
)


def run(seed: int, seconds: int, work: Path, progress: Progress) -> Outcome:
    """So many seconds of computing, the same for each target. What goes wrong is kept, and tried with the tests from then on."""
    del work
    done, troubles = 0, list[str]()
    for number, target in enumerate(TARGETS):
        count, found = fuzzed(target, random.Random(f"{seed} {target.name}"), seconds / len(TARGETS))
        found = [f"seed {seed}, {each}" for each in found]
        done, troubles = done + count, troubles + found
        progress.step(number + 1, len(TARGETS), f"targets, {done:,} inputs", found)
    if (peak := resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024) > MOST_MB:
        troubles.append(f"fuzzing took {peak:,.0f} MB")
    return Outcome(done, "inputs fuzzed", tuple(troubles))


def fuzzed(target: Target, chance: random.Random, seconds: float) -> tuple[int, list[str]]:
    """(how many inputs a target was given in so many seconds of computing, what went wrong, each kind once)."""
    told, done = dict[str, str](), 0
    pool = [*all_seeds(target)]
    until = time.process_time() + seconds
    for data in pool:
        done += 1
        _note(target, data, told)
    while time.process_time() < until:
        for _ in range(20):
            done += 1
            _note(target, changed(pool, chance), told)
    return done, list(told.values())


def kept(target: Target) -> list[bytes]:
    """The inputs that were interesting once: they reach what others do not, or were trouble."""
    path = KEPT / f"{target.name}.txt"
    return [ast.literal_eval(line) for line in path.read_text().splitlines()] if path.exists() else []


def keep(target: Target, inputs: Iterable[bytes]) -> None:
    """Keeps inputs as well, a line for each: they are tried with the tests, and fuzzing begins with them, from then on."""
    KEPT.mkdir(exist_ok=True)
    lines = sorted({*map(repr, kept(target)), *map(repr, inputs)}, key=lambda line: (len(line), line))
    (KEPT / f"{target.name}.txt").write_text("".join(f"{line}\n" for line in lines))


def trouble(target: Target, data: bytes) -> tuple[str, str]:
    """(the kind, a sentence) of what goes wrong with an input; "" where all is well."""
    started = time.process_time()
    try:
        target.take(data)
    except Exception as error:  # noqa: BLE001 - of any kind: that is what is looked for
        place = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{place.filename}:{place.lineno}"
        return f"{type(error).__name__} {at}", f"{type(error).__name__}: {str(error)[:200]} ({at})"
    took = time.process_time() - started
    return ("slow", f"took {took:.1f} s") if took > SLOW_S else ("", "")


def _note(target: Target, data: bytes, told: dict[str, str]) -> None:
    kind, sentence = trouble(target, data)
    if kind and kind not in told:
        told[kind] = f"{target.name}: {sentence}: {data[:300]!r}"
        keep(target, [data])


def changed(pool: list[bytes], chance: random.Random) -> bytes:
    """One of the inputs with some changes, or some of several."""
    data = bytearray(chance.choice(pool))
    for _ in range(chance.choice((1, 1, 2, 3, 5, 9))):
        _change(data, pool, chance)
    return bytes(data[:20_000])


def _change(data: bytearray, pool: list[bytes], chance: random.Random) -> None:
    at, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    what = chance.randrange(8)
    if what == 0:
        data[at:at] = chance.choice(_TOKENS)
    elif what == 1:
        data[at : min(end, at + 30)] = chance.choice(_TOKENS)
    elif what == 2 and data:
        data[min(at, len(data) - 1)] = chance.randrange(256)
    elif what == 3:
        del data[at : min(end, at + 20)]
    elif what == 4:
        data[at:at] = data[at : min(end, at + 200)] * chance.choice((1, 2, 50))
    elif what == 5:
        other = chance.choice(pool)
        data[at:] = other[chance.randint(0, len(other)) :]
    elif what == 6:
        data += b"\n" + chance.choice(pool)
    else:
        del data[at:]


def all_seeds(target: Target) -> Iterator[bytes]:
    """What to begin with: what was kept, and the target's own."""
    yield from (*kept(target), *target.seeds())
