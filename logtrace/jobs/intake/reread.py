"""Reading kept lines anew: when what shapes records has changed, all that follows from them is made again."""

from __future__ import annotations

from logtrace.errors import StoreError
from logtrace.ingest.files.file_names import service_of
from logtrace.ingest.settings import Settings
from logtrace.jobs.intake.work import Result
from logtrace.jobs.workers.pool import Pool
from logtrace.store.rows.of_fragments import resolved
from logtrace.store.rows.packed import Packed, unpacked
from logtrace.store.writing.writer import Writer

_CHUNKS = 4
_AGAIN = "nothing was changed; once that is mended, run the same command again"


def read_anew(writer: Writer, pool: Pool, changed: dict[int, Settings]) -> None:
    """Decodes all kept chunks again, those of the sources in `changed` with new settings, in one transaction.

    Spans are made of lines of several sources, so all rows are made again. Lines that were too long to be kept stay
    rejected as they are. Raises StoreError, with the transaction still open, where a worker has lines that it can't read now:
    what was made of them before has to stay.
    """
    writer.begin()
    settings = {source.id: changed.get(source.id, Settings.of_text(source.settings)) for source in writer.sources()}
    paths = {source.id: source.path for source in writer.sources()}
    writer.forget_spans()
    pool.tell_all(("forget",))  # the numbers of names that workers were told
    for number, (source_id, kept) in enumerate(writer.kept_chunks(_CHUNKS)):
        while not pool.room():
            _write(writer, pool)
        path = paths[source_id]
        pool.send(("block", number, path, service_of(path), 0, 0, None, 0, tuple(settings[source_id]), kept))
    while _write(writer, pool):
        pass
    for source in writer.sources():
        writer.update_source(source._replace(settings=settings[source.id].text()))
    writer.commit()


def _write(writer: Writer, pool: Pool) -> bool:
    """Writes the answers that are ready; False where there was none."""
    any_answer = False
    for worker, message in pool.answers():
        any_answer = True
        result = Result(*message)
        if result.error:
            raise StoreError(f"the lines of {writer.path} can't be read anew: {result.error}", _AGAIN)
        operations, attributes = writer.name_operations(result.operations), writer.name_attributes(result.attributes)
        pool.tell(worker, ("names", result.operations, operations, result.attributes, attributes))
        writer.recount_chunks(result.chunks)
        writer.add_rejected(result.rejected)
        writer.add_messages(result.messages)
        writer.add_opaque(result.opaque_traces, result.opaque_spans)
        writer.add_rows(unpacked(Packed(*result.usual)))
        writer.add_rows(result.rows)
        writer.add_rows(resolved(result.pending, operations, attributes))
    return any_answer
