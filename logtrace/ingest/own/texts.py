"""Lines of text of dialects of the user's own → records: columns between separators, or the groups of a pattern."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from logtrace.ingest.vocabulary.pairs import scalar, split_pairs
from logtrace.patterns import lazy_pattern

if TYPE_CHECKING:
    import re2

_DIRECTIVE = lazy_pattern(r"#(?:Version|Fields|Software|Start-Date|End-Date|Date|Remark): ", re.ASCII)
_GAP = lazy_pattern(r" {2,}")
_PAIR = lazy_pattern(r"([A-Za-z_@][\w.@/-]{0,99})\s*(?:=|:\s)\s*(.*)", re.ASCII | re.DOTALL)


def matched(text: str, pattern: str) -> dict[str, Any] | None:
    """The record of a line that an RE2 pattern matches from its beginning: its named groups, without spaces and quotes around
    them; those that are not in this line are left out. What stands behind the match is a message, where no group is. None
    where the pattern does not match.
    """
    found = _compiled(pattern).match(text.encode("utf-8", "replace").decode())  # RE2 takes no halves of surrogates
    if found is None:
        return None
    groups = {name: scalar(plain) for name, value in found.groupdict().items() if value and (plain := _unquoted(value.strip()))}
    rest = text[found.end() :].strip()
    return groups if not rest or "message" in groups else {**groups, "message": rest}


def within(key: str, groups: Mapping[str, Any], pattern: str) -> dict[str, Any]:
    """What `matched` finds in the text under a key of an object, by the ways that lead there; that text has its message."""
    return {f"{key}.{name}": value for name, value in groups.items() if name != "message" or "<message>" in pattern}


@cache
def _compiled(pattern: str) -> re2.Pattern:
    import re2  # most users have no pattern

    return re2.compile(pattern)


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] in "\"'`" and text[-1] == text[0] else text


def in_columns(text: str, separator: str, names: Sequence[str]) -> dict[str, Any] | None:
    """The record of a line in columns; None where it has fewer, or is the line of their names. The last column takes the rest
    of the line. Of tabs between columns those at its end are no part of a line: these columns are empty.

    A column without a name may hold `key=value` pairs, and a message before them; as the last one, any number of further
    columns.
    """
    parts = parted(text, separator, len(names)) if separator and not is_directive(text) else []
    if separator == "\t" and 1 < len(parts) < len(names):
        parts += [""] * (len(names) - len(parts))
    if not parts or len(parts) != len(names) or [part.strip() for part in parts] == list(names):
        return None
    record: dict[str, Any] = {}
    for name, part in zip(names[:-1], parts, strict=False):
        record.update(_cell(name, part))
    last = [parts[-1]] if names[-1] or separator == " " else parts[-1].split(separator)
    for part in last:
        record.update(_cell(names[-1], part))
    return record if separator in text else None


def is_directive(text: str) -> bool:
    """Whether a line is one of the head of a file in the W3C's extended log format: `#Fields: date time cs-uri`."""
    return text[:1] == "#" and _DIRECTIVE.match(text) is not None


def _cell(name: str, part: str) -> dict[str, Any]:
    """What a column says."""
    plain = _bare(part)
    return {name: scalar(plain)} if name else pairs_in(plain) or ({"message": plain} if plain else {})


def parted(text: str, separator: str, most: int = 0) -> list[str]:
    """The columns of a line, the last of `most` with the rest of the line. Where columns are in quotes, as in CSV, a separator
    within them parts nothing."""
    plain = _split(text, separator, most - 1)
    if '"' not in text or len(separator) > 1 or separator == " " or not any(part.lstrip()[:1] == '"' for part in plain):
        return plain
    try:
        (found,) = csv.reader([text], delimiter=separator, skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        return plain
    return [*found[: most - 1], separator.join(found[most - 1 :])] if 0 < most < len(found) else found


def _split(text: str, separator: str, most: int) -> list[str]:
    """The parts of a text; a space stands for any space, two stand for two and more."""
    if separator == "  ":
        return _GAP.split(text.strip(), max(most, 0))
    return text.split(None if separator == " " else separator, most)


def pairs_in(part: str) -> dict[str, Any]:
    """The pairs of a column: `key: value`, or several `key=value`; none where it is just text."""
    message, found = split_pairs(part)
    if found:
        return {"message": message, **found} if message else found
    pair = _PAIR.fullmatch(part)
    return {pair[1]: scalar(pair[2].strip())} if pair else {}


def _bare(part: str) -> str:
    """A column without space and brackets around it, also a bracket that closes beyond it."""
    part = part.strip()
    for opening, closing in ("[]", "()"):
        opened, closed = part.count(opening), part.count(closing)
        if part[:1] == opening and (opened > closed or (opened == 1 and part[-1:] == closing)):
            part = part[1:].strip()
        if part[-1:] == closing and part.count(closing) > part.count(opening):
            part = part[:-1].strip()
    return part
