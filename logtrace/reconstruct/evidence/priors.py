"""What is known of who calls whom: the Model that the inference of parents works with.

    known   edges that lines name, or that `logtrace learn` was told: counted
    seen    where no edge of an operation is known: edges that the times of many traces show together
    gate    how far a span of one operation that holds one of another is around it by call, not by accident

A model is a value: the same spans give the same model in whatever order they came, and its version says which it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import orjson
import xxhash

from logtrace.reconstruct.pace.paces import Pace, Turn, turn_of, turn_row
from logtrace.reconstruct.spans.clocks import Clock
from logtrace.reconstruct.spans.naming import OperationKey

RULES = 17
"""Version of the rules and numbers of inference; part of every model's version."""

Pair = tuple[OperationKey, OperationKey]
"""(parent's operation, child's operation); the parent ROOT where the child is a root."""

ROOT: OperationKey = ("", "", "(root)")
LOOP = "(event loop)"
"""(ROOT, (service, "", LOOP)) is in a model where threads of the service run many things at a time."""

MOST_GATE, LEAST_GATE = 0.98, 0.02
STEADY = 0.85
"""An operation that less of its spans are held by anything is called in ways that times do not show."""

FEWEST_CASES = 10
"""Of fewer spans nothing follows that holds for all of an operation."""

REGULAR = 0.97
"""So large shares are a rule: exceptions are lines that were lost, or choices that were wrong."""


class Told(NamedTuple):
    """What a model knows of a pair of operations.

    known          edges that are known; for the parent ROOT: known roots
    seen           edges that times show
    gate           the share of cases of "one holds the other" that is by call; for the parent ROOT: the share of the
                   child's spans that anything holds; for ROOT and ROOT: that of spans whose ends lines alone tell and that
                   hold what begins within them
    held, around   the same from traces whose parents are known: how often one holds the other, how often as an ancestor; for
                   the parent ROOT: how many of the child's spans get a parent for sure when their parents are hidden, and
                   how many of these the right one
    outlived, followed   of the known edges, those whose child ends after its parent, and begins after its end
    most           so many children of the operation one parent had at most; 0: no trace has some and all of its parents known.
                   (Those that are whole by chance, of many known in part, are small ones: the others count as well.)
    regular        as parents are inferred: the share of the parent's spans that call the child's operation just so often,
                   or that of the child's spans that they call, whichever is less; 0: less than REGULAR
    doubted        whether what seems to hold the child's spans by accident may as well call them; for the parent ROOT: whether
                   times leave in doubt what calls it, whatever holds its spans
    asks           for the parent ROOT: what the operation asks of its callers, see `kinds`
    lingers        whether the child's spans go on a little after they have answered, see `lingering`
    named, chance  for the parent ROOT: the share of callers of the operation, of those that tell whom they call, that name it;
                   and of others; see `shares`
    left           whether the parent's spans that run when one of the child's begins often end before it: nobody waits for it
    names          for the parent ROOT: whether spans of the operation name what they call, and mostly do so rightly
    """

    known: int = 0
    seen: float = 0.0
    gate: float = MOST_GATE
    held: int = 0
    around: int = 0
    outlived: int = 0
    followed: int = 0
    most: int = 0
    regular: float = 0.0
    doubted: bool = False
    asks: int = 0
    lingers: bool = False
    named: float = 0.5
    chance: float = 0.5
    names: bool = False
    left: bool = False


class Model(NamedTuple):
    """Told by pair, the clocks that need a correction, the version: a number that is the same for the same content and
    rules; and the paces of operations (see there)."""

    pairs: dict[Pair, Told]
    clocks: tuple[Clock, ...]
    version: int
    turns: dict[Turn, Pace]

    def text(self) -> str:
        """The pairs and turns as JSON, for `of_text`."""
        pairs = [[*pair, *told] for pair, told in sorted(self.pairs.items())]
        turns = [turn_row(*each) for each in sorted(self.turns.items())]
        return orjson.dumps({"pairs": pairs, "turns": turns}).decode()

    @classmethod
    def of(cls, pairs: dict[Pair, Told], clocks: Iterable[Clock] = (), turns: dict[Turn, Pace] | None = None) -> Model:
        """The model of what is told of pairs, clocks and paces."""
        found = cls(pairs, tuple(sorted(clocks)), 0, turns or {})
        text = f"{RULES} {found.text()} {found.clocks}"
        return found._replace(version=(xxhash.xxh3_64_intdigest(text.encode()) >> 2) | 1)

    @classmethod
    def of_text(cls, text: str, clocks: Iterable[Clock] = ()) -> Model:
        """The model that gave a text, with these clocks. Before there were paces a text was the list of pairs alone."""
        found = orjson.loads(text)
        pairs, turns = (found, []) if isinstance(found, list) else (found["pairs"], found.get("turns", []))
        told = {(tuple(p), tuple(c)): Told(*told) for p, c, *told in pairs}
        return cls.of(told, clocks, dict(turn_of(row) for row in turns))


NOTHING = Model({}, (), -1, {})
"""Where no model was made: times alone decide. Its version is that of no made one, not even of one that teaches nothing."""
