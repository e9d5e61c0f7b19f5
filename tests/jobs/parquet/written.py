"""Stores as Parquet, for tests."""

from __future__ import annotations

from pathlib import Path

from logtrace.jobs.verbs.parquet_export import parquet_folder, parquet_pieces
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.whole import all_traces


def as_folder(store: Path, folder: Path) -> Path:
    """All traces of a store as a folder."""
    with FragmentReader(store) as reader:
        parquet_folder(reader, all_traces(reader), folder)
    return folder


def as_file(store: Path, path: Path) -> Path:
    """All traces of a store as one file."""
    with FragmentReader(store) as reader, path.open("wb") as file:
        file.writelines(parquet_pieces(reader, all_traces(reader)))
    return path
