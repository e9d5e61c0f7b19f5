"""What goes with all rows of Parquet: the model that their parents were inferred with, the clocks, what was left out."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from logtrace.errors import StoreError
from logtrace.parquet.schema import VERSION

Model = tuple[int, int, str, str]
"""(version, rules, pairs, clocks), as a store keeps it."""


class Meta(NamedTuple):
    """model: None where nothing is inferred with one; account: what became of the lines, where an engine counted them."""

    model: Model | None = None
    account: dict[str, Any] | None = None

    def text(self) -> str:
        """JSON."""
        return orjson.dumps({"version": VERSION, **self._asdict()}).decode()

    @classmethod
    def of_text(cls, text: bytes | str, place: str) -> Meta:
        """What a text says. Raises StoreError where it is none of ours, or newer than this program."""
        try:
            found = orjson.loads(text)
            version, model, account = found["version"], found["model"], found.get("account")
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise StoreError(f"{place} is no Parquet of logtrace", "logtrace export --format parquet writes such") from error
        if version > VERSION:
            raise StoreError(f"{place} was written by a newer logtrace", "update this one")
        return cls(None if model is None else (model[0], model[1], model[2], model[3]), account)
