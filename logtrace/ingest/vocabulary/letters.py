"""Letters without their accents: words of any language as they are compared."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_OTHERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "Ae"})
"""What is no letter with an accent to Unicode."""

_ACCENTS = ("\u0300", "\u036f")


@lru_cache(maxsize=8_192)
def plain_letters(text: str) -> str:
    """A text without accents."""
    if text.isascii():
        return text
    parted = unicodedata.normalize("NFKD", text.translate(_OTHERS))
    first, last = _ACCENTS
    return unicodedata.normalize("NFC", "".join([sign for sign in parted if not first <= sign <= last]))
