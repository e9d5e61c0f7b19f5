"""Many spans as columns of numbers: what statistics work on, never thousands of Trace objects.

One entry a span in each array, all in one order. MISSING stands where nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from logtrace.ids import NO_SPAN
from logtrace.model import Flag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Numbers = Ints | Floats

MISSING = -(1 << 62)
"""Earlier than all times, less than all durations."""

_UNSURE = int(Flag.LOWER_BOUND | Flag.OPEN | Flag.INVALID_DURATION)


class Operation(NamedTuple):
    """What a span does: spans of all kinds that share service and name."""

    service: str
    name: str


@dataclass(frozen=True, eq=False)
class SpanColumns:
    """Spans with a name and a time of their own; lines that name no span are none.

    operations      what `operation` numbers
    error           as model.ErrorLevel; flags as model.Flag
    trace           the low half of the trace id
    key, parent_key as model.Span; NO_SPAN (0) has no parent
    inferred        1 where no line names the parent
    row             where the store keeps it
    """

    operations: tuple[Operation, ...]
    operation: Ints
    start_ns: Ints
    duration_ns: Ints
    error: Ints
    flags: Ints
    inferred: Ints
    trace: Ints
    key: Ints
    parent_key: Ints
    row: Ints

    def __len__(self) -> int:
        return len(self.operation)

    def where(self, chosen: Bools | Ints) -> SpanColumns:
        """Some of the spans: by a mask, or by their places."""
        arrays = {each.name: getattr(self, each.name)[chosen] for each in fields(self) if each.name != "operations"}
        return replace(self, **arrays)

    @cached_property
    def closed(self) -> Bools:
        """Which spans have a duration that may be counted: no lower bound, not open, not impossible."""
        found: Bools = (self.duration_ns != MISSING) & (self.flags & _UNSURE == 0)
        return found

    @cached_property
    def parents(self) -> Ints:
        """The place of each span's parent, -1 where it has none or it is not among these."""
        import numpy as np

        ids = _mixed(self.trace, self.key)
        order = np.argsort(ids)
        wanted = _mixed(self.trace, self.parent_key)
        at = np.minimum(np.searchsorted(ids, wanted, sorter=order), max(0, len(ids) - 1))
        found = order[at] if len(ids) else at
        right = (self.parent_key != NO_SPAN) & (self.key[found] == self.parent_key) & (self.trace[found] == self.trace)
        return np.where(right, found, -1)

    @cached_property
    def roots(self) -> Ints:
        """The place of each trace's root, by trace: of the spans without a parent the first to start."""
        import numpy as np

        never = np.iinfo(np.int64).max
        start = np.where(self.parents >= 0, never, np.where(self.start_ns == MISSING, never - 1, self.start_ns))
        order = np.lexsort((start, self.trace))
        first = np.ones(len(order), np.bool_)
        first[1:] = self.trace[order][1:] != self.trace[order][:-1]
        found: Ints = order[first]
        return found

    def within(self, since_ns: int | None, until_ns: int | None) -> Bools:
        """Which spans start in a window; without limits all of them, also those without a time."""
        import numpy as np

        if (since_ns, until_ns) == (None, None):
            return np.ones(len(self), np.bool_)
        low = MISSING + 1 if since_ns is None else since_ns
        found: Bools = (self.start_ns >= low) & (self.start_ns < (-MISSING if until_ns is None else until_ns))
        return found


def _mixed(trace: Ints, key: Ints) -> Ints:
    """One number for a (trace, span): different ones but for a chance of one in 2^64 a pair; whoever looks makes sure."""
    import numpy as np

    with np.errstate(over="ignore"):
        return trace * np.int64(-7046029254386353131) ^ key


class AttributeColumn(NamedTuple):
    """The values of one key: `code` says which of `values` (JSON values, each once) each of some rows has."""

    row: Ints
    code: Ints
    values: Sequence[Any]
