"""One difference between two populations of requests."""

from __future__ import annotations

from typing import NamedTuple

from logtrace.analysis.cohorts.significance import Interval
from logtrace.analysis.cohorts.tails import Tail
from logtrace.columns import Operation


class Finding(NamedTuple):
    """A difference. kind: those of cohorts, or ATTRIBUTE.

    root            of which requests; operation: where; other: what it calls, for edges, calls and presence
    key             of an attribute
    before, after   medians (of calls: averages; of errors and presence: shares of requests); *_n: of how many
    ratio           after to before; None where before is 0
    interval        of the ratio (of the difference for errors and presence), 95 % sure; None where it is not known
    effect          Cliff's delta, or the difference of shares
    p, q            by itself, and among all tests; None: not tested
    per_request_ns  what an average request of the kind got longer by it
    share           of what such requests got longer on average; None where that is too little to share
    weight          by which findings are ordered
    related         attributes of the same operation that changed with it
    tail            of times: the slowest, where an average request has more of what half of them have less of, or the reverse
    """

    kind: str
    root: Operation
    operation: Operation
    other: Operation | None
    key: str
    before: float
    after: float
    before_n: int
    after_n: int
    ratio: float | None
    interval: Interval | None
    effect: float
    p: float | None
    q: float | None
    per_request_ns: float = 0.0
    share: float | None = None
    weight: float = 0.0
    related: tuple[Finding, ...] = ()
    tail: Tail | None = None

    @property
    def worse(self) -> bool:
        """Whether it went up: more time (in an average request, where that is sure), more failures, larger."""
        return self.per_request_ns > 0 if self.led_by_tail else self.after > self.before

    @property
    def led_by_tail(self) -> bool:
        """Whether the slowest decide, against the median."""
        return self.tail is not None and self.tail.sure
