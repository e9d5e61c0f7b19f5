"""Lines that logtrace itself fails to read: its mistake costs those that show it, and neither the run nor their neighbours."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from logtrace.ingest.records import Batch, Decoder, Rejection, Settings
from logtrace.reconstruct.spans.runs import Run

REASON = "mistake"
"""Why a line is rejected that logtrace fails to read."""


class Careful:
    """A decoder that goes on where it fails, with another in its place.

    decoder     the one at work
    mistakes    what went wrong and where, each once; for who reads the account to report
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._service = ""
        self.decoder = Decoder(settings)
        self.mistakes: dict[str, None] = {}

    def source(self, file_service: str) -> None:
        """As Decoder.source."""
        self._service = file_service
        self.decoder.source(file_service)

    def pieces(self, data: bytes) -> list[Run | Batch | Rejection]:
        """As Decoder.pieces. Where that fails, each line is read by itself, and rejected where that fails as well."""
        try:
            return list(self.decoder.pieces(data))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            _pass_on(error)
            self._begin_anew(error)
        lines = data.removesuffix(b"\n").split(b"\n")
        return list(chain.from_iterable(map(self._alone, range(len(lines)), lines)))

    def _alone(self, at: int, line: bytes) -> Iterator[Batch | Rejection]:
        try:
            found = list(self.decoder.batches(line))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001
            _pass_on(error)
            self._begin_anew(error)
            found = [Rejection(at, 1, REASON)]
        for made in found:
            yield made._replace(at=at) if isinstance(made, Rejection) else made._replace(indexes=[at] * len(made.indexes))

    def _begin_anew(self, error: Exception) -> None:
        """What a decoder remembers may be half done once it has failed; all but the opaque ids that rows refer to."""
        self.mistakes[_told(error)] = None
        opaque = self.decoder.ids.opaque
        self.decoder = Decoder(self._settings)
        self.decoder.source(self._service)
        self.decoder.ids.opaque.update(opaque)


def _pass_on(error: Exception) -> None:
    """Raises an error that is none of reading: the machine has no more to give, and the same lines may be read later."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO):
        raise error


def noted(path: str, mistake: str) -> str:
    """What an account says of a mistake in a file."""
    return f"{path}: logtrace made a mistake ({mistake}) and read lines there one by one; please report it"


def _told(error: Exception) -> str:
    """The type of an error and the place where it was raised; not its text, which may tell of the log."""
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
