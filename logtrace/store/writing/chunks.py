"""Kept chunks written anew: their bytes change, their lines keep their numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import zstandard

from logtrace.errors import StoreError
from logtrace.store.file.trouble import damage_told, explained
from logtrace.store.writing.writer import Writer


def chunk_texts(writer: Writer) -> Iterator[tuple[int, bytes]]:
    """(id, bytes) of all kept chunks, one in memory at a time. Raises StoreError where one is damaged."""
    decompressor = zstandard.ZstdDecompressor()
    for (chunk_id,) in _rows(writer, "SELECT id FROM chunk_data ORDER BY id"):
        ((packed,),) = _rows(writer, "SELECT data FROM chunk_data WHERE id = ?", chunk_id)
        try:
            yield chunk_id, decompressor.decompress(packed)
        except zstandard.ZstdError as error:
            raise StoreError(*damage_told(f"chunk {chunk_id}: {error}", writer.path)) from error


def _rows(writer: Writer, sql: str, *values: int) -> list[tuple[Any, ...]]:
    try:
        return writer.connection.execute(sql, values).fetchall()
    except sqlite3.Error as error:
        raise StoreError(*explained(error, writer.path)) from error


def replace_chunk(writer: Writer, chunk_id: int, data: bytes) -> None:
    """Keeps other bytes for a chunk, in the open transaction."""
    packed = zstandard.ZstdCompressor(level=1, write_checksum=True).compress(data)
    try:
        writer.connection.execute("UPDATE chunk_data SET data = ? WHERE id = ?", (packed, chunk_id))
        writer.connection.execute("UPDATE chunk SET size = ? WHERE id = ?", (len(data), chunk_id))
    except sqlite3.Error as error:
        raise StoreError(*explained(error, writer.path)) from error


def give_back_space(writer: Writer) -> None:
    """Makes the file as small as what it holds, and its write-ahead log empty: nothing that was deleted is in either.

    Raises StoreError where there is no room for the copy that SQLite makes meanwhile.
    """
    try:
        writer.connection.execute("VACUUM")
        writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StoreError(*explained(error, writer.path)) from error
