"""The same story where words tell what went wrong, which of two lines begins, in which unit; and ids that are parts of others."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from tests.ingest.discover.dialects import MS, Dialect, Work, dump, form, hexed, iso, moments


def by_end(spans: list[Work]) -> list[Work]:
    return sorted(spans, key=lambda span: span.end_ns)


def ids(kind: str, span: Work, digits: tuple[int, int] = (12, 8)) -> tuple[str, str, str | None]:
    """(trace, span, parent) of a dialect's own."""
    of_trace, of_span = digits
    parent = None if span.parent is None else hexed(f"{kind} span", span.parent, of_span)
    return hexed(f"{kind} trace", span.trace, of_trace), hexed(f"{kind} span", span.number, of_span), parent


def ended(
    spans: list[Work], kind: str, words: tuple[str, str, str]
) -> Iterator[tuple[Work, str, str, tuple[str, str, str | None]]]:
    """(span, time, word for what it does there, ids) of its first line and its last. words: for beginning, end and failure."""
    for line in moments(spans):
        if (span := line.span) is not None and line.what != "middle":
            word = words[0] if line.what == "begin" else words[2] if span.failed else words[1]
            yield span, iso(line.at_ns), word, ids(kind, span)


def spanish(spans: list[Work]) -> Iterator[str]:
    """One of two words for the end means that it failed."""
    for span, at, word, (flow, step, above) in ended(spans, "es", ("inicio", "fin", "fallo")):
        told = {"fecha": at, "sistema": span.service, "idTransaccion": flow, "idTramo": step, "idTramoPadre": above}
        yield dump({**told, "evento": word, "nombre": span.operation})


def portuguese(spans: list[Work]) -> Iterator[str]:
    """A result by words, a decimal comma before a unit."""
    for span in by_end(spans):
        flow, step, above = ids("pt", span)
        took = f"{span.duration_ns / MS:.3f}".replace(".", ",")
        head = f"[{form(span.end_ns, '%Y-%m-%d %H:%M:%S.%f')}] servico={span.service} requisicao={flow} passo={step}"
        result = "erro" if span.failed else "ok"
        yield f'{head} pai={above or "-"} acao="{span.operation}" tempo={took}ms resultado={result}'


def turkish(spans: list[Work]) -> Iterator[str]:
    """A state by words that are no English ones."""
    for span in by_end(spans):
        flow, step, above = ids("tr", span)
        told = {"zaman": iso(span.end_ns), "servis": span.service, "istekNo": flow, "adim": step, "ustAdim": above}
        state = "HATA" if span.failed else "TAMAM"
        yield dump({**told, "islem": span.operation, "sureMs": span.duration_ns / MS, "durum": state})


def exits(spans: list[Work]) -> Iterator[str]:
    """What a program ended with: 0, or anything else."""
    for span in by_end(spans):
        run, task, above = ids("exits", span)
        told = {"eventTime": iso(span.end_ns), "producer": span.service, "wf": {"run": run, "task": task, "upstream": above}}
        code = 137 if span.failed else 0
        yield dump({**told, "task_name": span.operation, "runtime_ms": f"{span.duration_ns / MS:.3f}", "exit_code": code})


def russian_units(spans: list[Work]) -> Iterator[str]:
    """Milliseconds with a decimal comma, in another alphabet."""
    for span in by_end(spans):
        flow, step, above = ids("ru", span)
        took = f"{span.duration_ns / MS:.3f}".replace(".", ",")
        head = f"{form(span.end_ns, '%d.%m.%Y %H:%M:%S,%f')} [{span.service}] запрос={flow} шаг={step} родитель={above or 'нет'}"
        yield f"{head} операция=«{span.operation}» длительность={took} мс"


def addresses(spans: list[Work]) -> Iterator[str]:
    """Trace and span are parts of an address."""
    for span in by_end(spans):
        flow, step, above = ids("addresses", span)
        told = {"at": iso(span.end_ns), "app": span.service, "link": f"https://trace.acme.io/t/{flow}/s/{step}", "up": above}
        yield dump({**told, "did": span.operation, "took": f"{span.duration_ns / MS:.3f} ms"})


def sixty_four(spans: list[Work]) -> Iterator[str]:
    """Ids in base64, of which some begin with a sign."""
    for span in by_end(spans):
        found = ids("sixty four", span, (32, 16))
        flow, step, above = (base64.b64encode(bytes.fromhex(text)).decode() if text else None for text in found)
        told = {"time": iso(span.end_ns), "svc": span.service, "flow": flow, "step": step, "parent": above}
        yield dump({**told, "act": span.operation, "duration": f"{span.duration_ns / MS:.3f}ms"})


def halves_of_a_day(spans: list[Work]) -> Iterator[str]:
    """Times with AM and PM and their milliseconds."""
    for span in by_end(spans):
        flow, step, above = ids("halves of a day", span)
        at = f"{form(span.end_ns, '%m/%d/%Y %I:%M:%S')}.{span.end_ns // MS % 1000:03d} {form(span.end_ns, '%p')}"
        told = {"Logged": at, "Source": span.service, "Activity": flow, "Step": step, "ParentStep": above}
        yield dump({**told, "Action": span.operation, "Elapsed": f"00:00:00.{span.duration_ns // MS:03d}0000"})


def suffixes(spans: list[Work]) -> Iterator[str]:
    """What is done, and whether it begins, in one name."""
    for span, at, word, (flow, step, above) in ended(spans, "suffixes", ("begin", "end", "fail")):
        told = {"ts": at, "component": span.service, "flow": flow, "step": step, "event": f"{span.operation}.{word}"}
        yield dump({**told, "parentStep": above} if above else told)


def long_arrows(spans: list[Work]) -> Iterator[str]:
    """Behind the service, three signs tell whether it begins."""
    for span, at, sign, (flow, step, above) in ended(spans, "long arrows", (">>>", "<<<", "<<<")):
        yield f"{at} {span.service} {sign} {span.operation} [tx={flow} id={step} up={above or '-'}]"


def short_arrows(spans: list[Work]) -> Iterator[str]:
    """Two signs do."""
    for span, at, sign, (flow, step, above) in ended(spans, "short arrows", ("->", "<-", "<-")):
        yield f"{at} {span.service} {sign} {span.operation} (trx:{flow} leg:{step} prev:{above or '-'})"


WORDED = {
    "spanish": Dialect(spanish),
    "portuguese": Dialect(portuguese),
    "turkish": Dialect(turkish),
    "exits": Dialect(exits),
    "russian_units": Dialect(russian_units, errors=False),
    "addresses": Dialect(addresses, errors=False),
    "sixty_four": Dialect(sixty_four, errors=False),
    "halves_of_a_day": Dialect(halves_of_a_day, MS, errors=False),
    "suffixes": Dialect(suffixes),
    "long_arrows": Dialect(long_arrows, errors=False),
    "short_arrows": Dialect(short_arrows, errors=False),
}
