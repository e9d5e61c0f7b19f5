"""Jobs of assembly for workers, sent as they have room, and their answers by kind."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from logtrace.jobs.workers.pool import Message, Pool


class Errands:
    """What workers are asked about one store. Nothing is sent or taken but by these calls."""

    def __init__(self, pool: Pool, path: Path) -> None:
        self._pool = pool
        self._path = str(path)
        self._waiting: deque[tuple[str, Iterator[Message]]] = deque()
        self._open: Counter[str] = Counter()
        self._found: dict[str, list[Message]] = {}

    def ask(self, kind: str, asked: Iterable[Message], *, soon: bool = False) -> None:
        """Asks for jobs of a kind (see Assembler), which are made as workers take them; `soon`: before all that wait."""
        if soon:
            self._waiting.appendleft((kind, iter(asked)))
        else:
            self._waiting.append((kind, iter(asked)))
        self._send()

    def _send(self) -> None:
        """Gives workers as many jobs as they take."""
        while self._waiting and self._pool.room():
            kind, asked = self._waiting[0]
            message = next(asked, None)
            if message is None:
                self._waiting.popleft()
                continue
            self._open[kind] += 1
            self._pool.send((kind, self._path, *message))

    def answers(self, kind: str) -> Iterator[Message]:
        """The answers to all jobs of a kind, as they come; those of other kinds are kept."""
        while self._open[kind] or any(waiting == kind for waiting, _ in self._waiting):
            self._receive(at_once=False)
            yield from self._found.pop(kind, [])
        yield from self._found.pop(kind, [])

    def found(self, kind: str) -> list[Message]:
        """The answers to jobs of a kind that have come by now."""
        self._receive(at_once=True)
        return self._found.pop(kind, [])

    def _receive(self, *, at_once: bool) -> None:
        """Takes answers, and gives workers more."""
        for _, (of, *answer) in self._pool.answers(at_once=at_once):
            self._open[of] -= 1
            self._found.setdefault(of, []).append(tuple(answer))
        self._send()
