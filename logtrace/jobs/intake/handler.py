"""What a worker process can do: decode blocks, learn names, assemble traces."""

from __future__ import annotations

from pathlib import Path

from logtrace.ingest.settings import Settings
from logtrace.jobs.assembly.assembler import Assembler
from logtrace.jobs.intake.work import Task, Worker
from logtrace.jobs.workers.pool import Message


class Handler:
    """Answers the messages of a pool: (kind, …) in, plain values out, () where there is nothing to say."""

    def __init__(self) -> None:
        self._worker = Worker()
        self._assembler: Assembler | None = None

    def _forget(self) -> None:
        """As it was at first: the names that the store had are gone."""
        self.close()
        self._worker, self._assembler = Worker(), None

    def __call__(self, message: Message) -> Message:
        kind, *rest = message
        if kind == "block":
            number, path, service, start, end, data, first_chunk, settings, kept = rest
            task = Task(number, path, service, start, end, data, first_chunk, Settings(*settings), kept)
            return tuple(self._worker.run(task))
        if kind == "names":
            operations, operation_ids, attributes, attribute_ids = rest
            self._worker.encoder.learn(
                dict(zip(operations, operation_ids, strict=True)), dict(zip(attributes, attribute_ids, strict=True))
            )
            return ()
        if kind == "forget":
            self._forget()
            return ()
        path, *asked = rest
        if self._assembler is None:
            self._assembler = Assembler(Path(path))
        return kind, *self._assembler.answer(kind, *asked)

    def close(self) -> None:
        """Lets go of the store."""
        if self._assembler is not None:
            self._assembler.close()
