"""Jobs of assembly for workers, sent as they have room, and their answers by kind."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from logtrace.jobs.pool import Message, Pool


class Errands:
    """What workers are asked about one store. Nothing is sent or taken but by these calls."""

    def __init__(self, pool: Pool, path: Path) -> None:
        self._pool = pool
        self._path = str(path)
        self._waiting: deque[tuple[str, Message]] = deque()
        self._missing: Counter[str] = Counter()
        self._found: dict[str, list[Message]] = {}

    def ask(self, kind: str, asked: Iterable[Message], *, soon: bool = False) -> None:
        """Asks for jobs of a kind (see Assembler); `soon`: before all that wait."""
        jobs = [(kind, message) for message in asked]
        self._missing[kind] += len(jobs)
        self._waiting.extendleft(reversed(jobs)) if soon else self._waiting.extend(jobs)
        self.send()

    def send(self) -> None:
        """Gives workers as many jobs as they take."""
        while self._waiting and self._pool.room():
            kind, message = self._waiting.popleft()
            self._pool.send((kind, self._path, *message))

    def answers(self, kind: str) -> Iterator[Message]:
        """The answers to all jobs of a kind, as they come; those of other kinds are kept."""
        while self._missing[kind]:
            found = self._found.pop(kind, [])
            self._missing[kind] -= len(found)
            yield from found
            if not found:
                for _, (of, *answer) in self._pool.answers():
                    self._found.setdefault(of, []).append(tuple(answer))
                self.send()
