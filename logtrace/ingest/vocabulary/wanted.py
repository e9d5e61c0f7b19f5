"""Which concepts a single key asks for, whatever other keys a line has."""

from __future__ import annotations

from logtrace.ingest.vocabulary.aliases import ALIASES, DURATIONS
from logtrace.model import plain_key


def _places() -> tuple[dict[str, list[tuple[str, int]]], dict[str, list[tuple[str, int]]]]:
    """For each spelling the concepts that ask for it and its place in their lists, exact and loose."""
    exact: dict[str, list[tuple[str, int]]] = {}
    loose: dict[str, list[tuple[str, int]]] = {}
    tables = {**ALIASES, "duration": tuple(key for key, _ in DURATIONS)}
    for concept, keys in tables.items():
        for place, key in enumerate(keys):
            exact.setdefault(key, []).append((concept, place))
            if len(plain_key(key)) > 2:
                loose.setdefault(plain_key(key), []).append((concept, place + len(keys)))
    return exact, loose


_EXACT, _LOOSE = _places()


def wanted(spellings: set[str]) -> dict[str, int]:
    """Concept → best place of a key by its spellings; more than one concept means that only a whole shape can tell."""
    found: dict[str, int] = {}
    for spelling in spellings:
        for concept, place in [*_EXACT.get(spelling, ()), *_LOOSE.get(plain_key(spelling), ())]:
            found[concept] = min(place, found.get(concept, place))
    return found


def unit_of(key: str) -> str:
    """The unit that a duration's key tells, "" for none."""
    return next((unit for known, unit in DURATIONS if key == known), "") or next(
        (unit for known, unit in DURATIONS if plain_key(key) == plain_key(known)), ""
    )
