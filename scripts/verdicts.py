"""What the figures of scripts/accuracy.py have to be, line by line, and whether they are; beside those that are not, what
even somebody could reach who knows everything but who is who (see bounds)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bounds import Most
from scoring import Score

Scores = Mapping[str, Score]

EDGES, TREES, TAUGHT = 0.98, 0.87, 0.985
"""Of real logs: right edges and exact trees with nothing learned; right edges learned from some of the traces."""

HARD, PARALLEL = 0.80, 0.99
"""Sets of which plain containment gets so many edges at most; the right edges of these, learned from ten traces."""

MANY, RIGHT, HONEST = 0.60, 0.99, 0.05
"""Inferred edges that are stated 80 % sure, those of them that are right, and the calibration error with known traces."""


def real_verdicts(name: str, scores: Scores) -> Iterator[str]:
    """The lines of a set of real logs."""
    nothing, learned = scores["nothing"], scores["learned"]
    yield _line("2", name, "nothing learned: edges", nothing.edges, EDGES)
    yield _line("2", name, "nothing learned: exact trees", nothing.exact, TREES)
    yield _line("2", name, "learned: edges", learned.edges, TAUGHT)
    yield from _honest(name, scores, None)


def verdicts(name: str, scores: Scores, most: Most) -> Iterator[str]:
    """The lines of a generated set. most: what anybody could find at best."""
    plain, nothing, learned = scores["plain"], scores["nothing"], scores["learned"]
    if plain.edges <= HARD:
        yield _line("3", name, "learned: edges", learned.edges, PARALLEL, most.edges)
    yield _line("3", name, "nothing learned: edges, not below plain containment", nothing.edges, plain.edges, most.edges)
    yield from _honest(name, scores, most)


def _honest(name: str, scores: Scores, most: Most | None) -> Iterator[str]:
    reach = None if most is None else most.sure
    for way, score in (("nothing learned", scores["nothing"]), ("learned", scores["learned"])):
        yield _line("4", name, f"{way}: stated 80 % sure", score.sure, MANY, reach)
        if score.sure:
            yield _line("4", name, f"{way}: right of those", score.sure_right, RIGHT, None if most is None else RIGHT)
    error = scores["learned"].error
    holds = _holds(error <= HONEST, "0.00")
    yield f"4  {name:22} {'learned: calibration error':52} {error:6.2f}   at most {HONEST:.2f}  {holds}"


def _line(number: str, name: str, what: str, share: float, least: float, reach: float | None = None) -> str:
    holds = _holds(round(share, 4) >= round(least, 4), "" if reach is None else f"{reach * 100:.1f} %")
    return f"{number}  {name:22} {what:52} {share * 100:6.1f} %  least {least * 100:5.1f} %  {holds}"


def _holds(whether: bool, reach: str) -> str:
    return "holds" if whether else f"FAILS; at best {reach}" if reach else "FAILS"
