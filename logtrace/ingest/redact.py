"""Redaction: a block of bytes → the same block without its secrets, before anything of it is decoded, kept or shown.

    one pass of RE2 over all rules → a place → how far the secret goes, and whether it is one → [REDACTED:rule]

A block without secrets costs the pass and nothing else. Lines keep their number, JSON stays JSON, ids stay what they are. What
was redacted before is not touched again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from logtrace.ingest import envelopes
from logtrace.ingest.secrets.finder import Finder, Secret
from logtrace.ingest.secrets.wanted import OFF, STORE_KEY, Wanted

_OWN_KEY = secrets.token_bytes(32)


class Redactor:
    """Takes secrets out of blocks. Raises ConfigError where a pattern that is wanted is none."""

    def __init__(self, wanted: Wanted) -> None:
        self._finder = Finder(wanted)
        self._hash_key = _OWN_KEY if wanted.hash_key == STORE_KEY else bytes.fromhex(wanted.hash_key)

    def __call__(self, data: bytes, counts: Counter[str]) -> bytes:
        """A block of whole lines without its secrets; what was taken out is added to counts, by rule. A secret of a text that a
        runtime split over several lines is marked where it begins."""
        found = []
        for ranges, secret, value in self._secrets(data):
            counts[secret.rule] += 1
            marks = [self._mark(value, secret), *(b"" for _ in ranges[1:])]
            found += [(start, end, mark) for (start, end), mark in zip(ranges, marks, strict=True)]
        parts, at = [], 0
        for start, end, mark in sorted(found):
            parts += [data[at:start], mark]
            at = end
        return b"".join([*parts, data[at:]]) if parts else data

    def places(self, data: bytes) -> Iterator[tuple[int, str]]:
        """(where it begins, rule) of the secrets of a block, in order."""
        return iter(sorted((ranges[0][0], secret.rule) for ranges, secret, _ in self._secrets(data)))

    def _secrets(self, data: bytes) -> Iterator[tuple[list[tuple[int, int]], Secret, bytes]]:
        """(where it stands in a block, the secret, its value) of all secrets. A text that goes over several lines is read as one,
        and what is left without those texts as another."""
        texts = list(envelopes.split_texts(data))
        for pieces in [*texts, list(_between(data, sorted(chain.from_iterable(texts))))]:
            text = b"".join([data[start:end] for start, end in pieces])
            for secret in self._finder.secrets(text):
                yield list(_within(pieces, secret)), secret, text[secret.start : secret.end]

    def _mark(self, value: bytes, secret: Secret) -> bytes:
        if not self._hash_key:
            mark = b"[REDACTED:%s]" % secret.rule.encode()
        else:
            digest = hashlib.blake2b(value, key=self._hash_key, digest_size=8).hexdigest()
            mark = b"[HASH#%s:%s]" % (digest.encode(), secret.rule.encode())
        return secret.quote + mark + secret.quote


def _between(data: bytes, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is left of a block without pieces of it, which are in order."""
    at = 0
    for start, end in pieces:
        yield at, start
        at = end
    yield at, len(data)


def _within(pieces: list[tuple[int, int]], secret: Secret) -> Iterator[tuple[int, int]]:
    """Where a secret of a joined text stands in its pieces."""
    at = 0
    for start, end in pieces:
        low, high = max(secret.start - at, 0), min(secret.end - at, end - start)
        if low < high:
            yield start + low, start + high
        at += end - start


@lru_cache(16)
def redactor(text: str) -> Redactor | None:
    """What redacts as a text says: "" by the rules that are known, OFF not at all (None), else as a Wanted wrote it."""
    return None if text == OFF else Redactor(Wanted.of_text(text) if text else Wanted())


def redacted(data: bytes, text: str, counts: Counter[str]) -> bytes:
    """A block of whole lines without its secrets, as a text says (see redactor); what was taken out is added to counts."""
    found = redactor(text)
    return data if found is None else found(data, counts)
