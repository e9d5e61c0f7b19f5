"""Words that say how work ended: that it went wrong, that it went well."""

from __future__ import annotations

from logtrace.ingest.discover.hints import STRONG, hint, words_of
from logtrace.ingest.vocabulary.letters import plain_letters
from logtrace.ingest.vocabulary.levels import ERROR, severity
from logtrace.ingest.vocabulary.readings import level_of

_FAILING = """fail failed fails failure failing error errored aborted abort cancelled canceled crashed rejected declined denied
    refused timeout ko nok exception faulted broke broken crash killed died unsuccessful unavailable unreachable
    fehlgeschlagen misslungen abgebrochen gescheitert echec echoue falha falhou fallo fallido fallida fallito fallita
    basarisiz niepowodzenie selhani selhalo mislukt misslyckades mislykket epaonnistui неудача неуспешно сбой провал неуспех 失败
    失敗 실패"""
_FAILED = frozenset(map(plain_letters, _FAILING.split()))
_COMPLETED = """good fine done passed pass complete completed okay
    erledigt abgeschlossen termine acheve terminado completado concluido completato voltooid klart fullfort zakonczono dokonceno
    выполнено завершено готово успешно 完成 完了 완료"""
_WELL = frozenset(map(plain_letters, _COMPLETED.split()))

_TROUBLES = """exceeded reset closed lost missing invalid cannot unable unknown forbidden unauthorized overflow deadlock corrupt
    violation conflict insufficient expired unexpected no not"""
_TROUBLE = frozenset(_TROUBLES.split())
"""Words of sentences that tell of trouble, beside those for failing."""


def fails(text: str) -> bool:
    """Whether the last of the words in a text says that something went wrong: `failed`, `PaymentFailed`, `HATA`."""
    last = last_word(text)
    return last in _FAILED or (len(last) > 1 and severity(level_of(last) or "") >= ERROR)


def succeeds(text: str) -> bool:
    """Whether the last of the words in a text says that all went well: `OK`, `succeeded`, `erfolgreich`."""
    last = last_word(text)
    return last in _WELL or (hint(last, "success") == STRONG and not fails(last))


def tells_of_trouble(text: str) -> bool:
    """Whether any word of a sentence tells of trouble."""
    return any(word in _TROUBLE or fails(word) for word in words_of(text))


def last_word(text: str) -> str:
    """The last word of a text, in lower case and without accents; "" where there is none."""
    return next(reversed(words_of(text)), "")
