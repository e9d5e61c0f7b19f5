"""What a key's name suggests, in the languages that people name keys in."""

from __future__ import annotations

from logtrace.patterns import lazy_pattern

STRONG, WEAK, NONE = 2, 1, 0

_NAMES: dict[str, tuple[str, str]] = {
    "trace": (
        """trace traza spur correlation correl corr korrelation correlacion transaction transaktion txn flow ablauf vorgang
        journey chain saga cid tid xid uow rastreo suivi conversation fil filo kette cadena catena trasa rastro spoor трасса
        链 链路 追踪 跟踪""",
        """request req anfrage peticion requete session call ctx context root workflow job rid tx operation order process case
        запрос 请求""",
    ),
    "span": (
        """span segment schritt step seg hop etape étape paso tramo abschnitt leg stage maillon glied eslabon anello шаг
        跨度""",
        "id self node task unit sid frame current cur call section activity part me 节点",
    ),
    "parent": (
        "parent parentid ppid caller eltern vater padre parente mere pere predecessor enclosing amont родитель 父 上级 上游",
        "prev previous from up upstream von cause outer via origin pid vorgaenger desde above super",
    ),
    "time": (
        """time timestamp ts date datetime zeit zeitstempel uhrzeit datum fecha hora heure tiempo when logged horodatage instant
        quand wann cuando quando tijd czas время 时间 时刻""",
        "at t clock stamp created written emitted epoch day",
    ),
    "start": (
        "start begin began started beginn anfang debut inicio opened entered beginning début inizio начало 开始",
        "from von desde depuis t0 open entry",
    ),
    "end": (
        "end finish finished stop ende closed ended completed ending until bis hasta конец 结束",
        "fin to jusqu t1 done exit close",
    ),
    "duration": (
        """duration dur elapsed took latency dauer laufzeit duree duracion durata lasted runtime millis micros nanos msec usec
        ticks responsetime wallclock durée duur temps tempo длительность 耗时 时长 用时""",
        "lat cost ms us ns rt spent time wall exec processing total tiempo zeit secs sec len length",
    ),
    "service": (
        "service svc dienst servicio servizio microservice application app subsystem сервис 服务",
        """component comp system sys module source src program prog process emitter producer origin host node pod container who
        unit tier sub server proc modul instance actor name logger qui wer quien""",
    ),
    "operation": (
        """operation oper action aktion accion operacion handler endpoint activity procedure method funktion function func
        opération azione operazione acao операция 操作 动作""",
        "op name route verb task step command cmd what job stage label call work title act schritt tat event rpc quoi was que",
    ),
    "message": (
        "message msg text nachricht meldung mensaje texto description body texte messaggio mensagem сообщение 消息",
        "info note descr log line txt content detail details event remark summary",
    ),
    "level": (
        "level lvl severity sev stufe nivel niveau loglevel schwere prioritaet livello gravite gravité gravedad уровень 级别",
        "prio priority grade rank lv pri",
    ),
    "error": (
        "error err exception exc failure fault fehler erreur errore fallo falla problem erro fout ошибка 错误 异常",
        "fail failed reason cause crash crashed",
    ),
    "success": ("success ok succeeded erfolg exito succes successful klappt reussi réussi succès успех 成功", "passed good fine"),
    "status": ("status statuscode httpstatus code outcome статус 状态", "state result resultat ergebnis resultado rc http 结果"),
    "phase": ("phase event ev ph edge evt ereignis phasen", "kind type typ what action stage mark state msg message op"),
    "kind": ("kind spankind", "role type side"),
}
_WORDS = {concept: (frozenset(strong.split()), frozenset(weak.split())) for concept, (strong, weak) in _NAMES.items()}
_PARTS = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_LEAST_INSIDE = 4

_COUNTS = """bytes size count len length port code status line pid amount price betrag preis importe attempt retries version
    offset limit ttl timeout items rows age index seq number nr"""
_NO_DURATION = frozenset(_COUNTS.split())
_LENGTHS = frozenset(("len", "length"))
UNITS = {
    **dict.fromkeys(("ns", "nano", "nanos", "nanosec", "nanoseconds", "nsec"), "ns"),
    **dict.fromkeys(("us", "micro", "micros", "microseconds", "usec", "µs"), "us"),
    **dict.fromkeys(("ms", "milli", "millis", "milliseconds", "msec", "millisekunden", "milisegundos", "mills"), "ms"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("tick", "ticks"), "100ns"),  # .NET's
    **dict.fromkeys(("cs", "centis", "centiseconds", "hundredths"), "10ms"),
    **dict.fromkeys(("s", "sec", "secs", "seconds", "second", "sekunden", "segundos", "secondes"), "s"),
}


_OWNED = """user usr username customer kunde client cliente tenant mandant account konto cuenta device geraet host pod ip product
    item sku token password email mail card key"""
_OWNERS = frozenset(_OWNED.split())


def words_of(key: str) -> list[str]:
    """The words of a key in lower case: `ctx.parentSpan_id` → ctx, parent, span, id."""
    return [word.lower() for word in _PARTS.findall(key)]


def hint(key: str, concept: str) -> int:
    """How much a key's name suggests a concept. Longer words count within others as well: `korrelationsid`."""
    words = words_of(key)
    strong, weak = _WORDS[concept]
    if any(word in strong for word in words) or any(
        known in word for word in words for known in strong if len(known) > _LEAST_INSIDE
    ):
        return STRONG
    return WEAK if any(word in weak for word in words) else NONE


def unit_in(key: str) -> str:
    """The unit that the last words of a key name, "" for none: `dauer_ms`, `tookMicros`, `elapsedNs`."""
    words = words_of(key.rpartition(".")[2])
    if not words:
        return ""
    last = words[-1]
    if last in UNITS and (len(words) > 1 or len(last) > 1):
        return UNITS[last]
    return next((UNITS[end] for end in ("nanos", "micros", "millis", "seconds", "usec", "msec") if last.endswith(end)), "")


def counts_something(key: str) -> bool:
    """Whether a number under this key is surely no duration; a length in a unit of time is one."""
    words = words_of(key.removeprefix("line."))  # in a text of that name
    return not (_NO_DURATION - _LENGTHS if unit_in(key) else _NO_DURATION).isdisjoint(words)


def is_of_somebody(key: str) -> bool:
    """Whether a key names who or what a line is about, which is no trace though many lines share it: a user, a device."""
    return not _OWNERS.isdisjoint(words_of(key)) and hint(key, "trace") < STRONG
