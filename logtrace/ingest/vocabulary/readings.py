"""Values as people log them, read as a format of their own says: times in any form, durations in any unit, levels in any
language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from logtrace import units
from logtrace.ingest.vocabulary.letters import plain_letters
from logtrace.ingest.vocabulary.levels import severity
from logtrace.ingest.vocabulary.yearless import last_day, latest_day
from logtrace.patterns import lazy_pattern

_DIGITS = lazy_pattern(r"(?<=[.,:]\d{6})\d{1,3}(?!\d)", re.ASCII)  # %f takes six
_THOUSANDS = lazy_pattern(r"([-+]?[1-9]\d{0,2}(?:,\d{3})+)(\.\d+)?\s*([^\W\d_]{1,12})")
_LEAP_YEAR = 2000
"""Has any day that a year may have."""

_WHOLE = lazy_pattern(r"\d{1,20}", re.ASCII)
SINCE = {"ticks": 62_135_596_800, "filetime": 11_644_473_600}
"""Units of 100 ns, of .NET and of Windows → how many seconds before 1970 they are counted from (the years 1 and 1601)."""

RESTS = {"s+ns": 1, "s+us": 1_000, "s+ms": 1_000_000}
"""Units of times of two numbers: seconds, and the rest of the second → nanoseconds of the second."""

_TWO = lazy_pattern(r"(\d{1,11}) (\d{1,9})", re.ASCII)

FOREIGN_LEVELS = {
    "error": """fehler errore erreur fallo schwer grave fout blad fel fejl feil erro chyba hata hiba virhe eroare ошибка помилка
        错误 錯誤 エラー 오류 에러""",
    "fatal": "kritisch fatale fataal critico critique kritiek notfall krytyczny kritisk критическая 致命 严重 致命的 치명적",
    "warn": """warnung avvertimento avertissement advertencia aviso waarschuwing varning advarsel attenzione achtung alerta
        ostrzezenie varovani uyari figyelmeztetes varoitus предупреждение внимание попередження 警告 경고""",
    "info": """hinweis information informacion informacao informazione informacja meldung infos nota bilgi tieto инфо информация
        сведения інформація 信息 情報 정보""",
    "debug": "entwicklung depuracion depuracao debogage fehlersuche отладка 调试 調試 デバッグ 디버그",
}
"""Severity → words for it that are not English, without accents."""

_LEVEL_OF = {plain_letters(word): level for level, words in FOREIGN_LEVELS.items() for word in words.split()}


def level_of(text: str) -> str | None:
    """The English word of a level in any language; None where it is none that is known."""
    word = text.strip().lower()
    return word if severity(word) else _LEVEL_OF.get(plain_letters(word))


def duration_ns(value: Any, unit: str) -> int | None:
    """A duration in nanoseconds: by the unit its text has, else by `unit`. A decimal comma is one. None where it is none."""
    if value.__class__ is str:
        own = duration_in_text(value)
        if own is not None:
            return own
        value = units.number_or_none(value.strip().replace(",", "."))
    if value.__class__ is bool or not isinstance(value, (int, float)) or abs(value) > 1e18:
        return None
    return round(value * (units.unit_ns(unit) or 0))


def duration_in_text(text: str) -> int | None:
    """The duration of a text with its own unit, also with a decimal comma; None of any other.

    Commas part thousands where there are several, where a point follows, and in front of µs and ns: what is smaller than a
    nanosecond nobody logs, and thousandths of a microsecond hardly anybody.
    """
    found = units.duration_text_ns(text)
    if found is not None or "," not in text:
        return found
    if (grouped := _THOUSANDS.fullmatch(text.strip())) is not None:
        unit_ns = units.duration_text_ns(f"1{grouped[3]}")
        if grouped[2] or text.count(",") > 1 or (unit_ns or units.NS["s"]) <= units.NS["us"]:
            return units.duration_text_ns(text.replace(",", ""))
    return units.duration_text_ns(text.replace(",", ".")) if text.count(",") == 1 else None


def instant_of(value: Any, form: str, unit: str, zone: tzinfo) -> Any:
    """A time in nanoseconds where form or unit say how; else as it is, for the general rules."""
    if form and value.__class__ is str and (read := strptime_ns(value, form, zone)) is not None:
        return read
    if unit in RESTS:
        both = _TWO.fullmatch(str(value))
        return value if both is None else int(both[1]) * units.NS_PER_S + int(both[2]) * RESTS[unit]
    number = (int(value) if _WHOLE.fullmatch(value) else units.number_or_none(value)) if value.__class__ is str else value
    if not unit or number.__class__ not in (int, float) or not abs(number) < 1e19:  # NaN is not less either
        return value
    if unit in SINCE:
        return int(number) * 100 - SINCE[unit] * units.NS_PER_S
    return int(number) * units.NS[unit] if number.__class__ is int else round(number * units.NS[unit] / 1000) * 1000


def is_yearless(form: str) -> bool:
    """Whether a form of `datetime.strptime` names a day and no year."""
    return "%d" in form and not any(code in form for code in ("%Y", "%y", "%G", "%c", "%x"))


def strptime_ns(text: str, form: str, zone: tzinfo = UTC) -> int | None:
    """The instant of a text in a form of `datetime.strptime`, read in `zone` where it names none; of a form without a year, in
    the last one that had such a day. None where it is not so."""
    plain = _DIGITS.sub("", text.strip())
    yearless = is_yearless(form)
    try:
        at = datetime.strptime(f"{_LEAP_YEAR} {plain}" if yearless else plain, f"%Y {form}" if yearless else form)  # noqa: DTZ007 - the zone is given below
    except ValueError:
        return None
    if yearless and (day := last_day(at.month, at.day, latest_day())) is not None:
        at = datetime.combine(date.fromisoformat(day), at.timetz())
    since = (at if at.tzinfo else at.replace(tzinfo=zone)) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * units.NS_PER_S + since.microseconds * 1000
