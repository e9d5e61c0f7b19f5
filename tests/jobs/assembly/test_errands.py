"""Jobs reach workers in their order, and answers those who asked, whatever else is open."""

from __future__ import annotations

from pathlib import Path

from logtrace.jobs.assembly.errands import Errands
from logtrace.jobs.workers.pool import InProcess, Message


class Echo:
    """Answers what it was asked; notes the order."""

    def __init__(self, seen: list[Message]) -> None:
        self.seen = seen

    def __call__(self, message: Message) -> Message:
        self.seen.append(message)
        kind, _, *asked = message
        return kind, *asked

    def close(self) -> None: ...


def test_answers_come_by_kind_and_what_is_needed_soon_goes_first():
    seen: list[Message] = []
    errands = Errands(InProcess(lambda: Echo(seen)), Path("s.db"))
    errands.ask("words", ((number,) for number in range(3)))
    errands.ask("infer", ((number,) for number in range(2)), soon=True)
    assert errands.found("words") == []
    assert list(errands.answers("infer")) == [(0,), (1,)]
    assert errands.found("words") == [(0,)]
    assert list(errands.answers("words")) == [(1,), (2,)]
    assert [kind for kind, *_ in seen] == ["words", "infer", "infer", "words", "words"]
    assert list(errands.answers("words")) == []
    errands.ask("words", [])
    assert list(errands.answers("words")) == []
