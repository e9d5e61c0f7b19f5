"""What is under the lines of shippers and stores of logs, and what they know of it."""

from __future__ import annotations

import gzip
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from logtrace.ingest.envelopes import unwrap, unwrap_all
from logtrace.ingest.envelopes.cloudwatch_data import MAX_BYTES


def dumped(value: object) -> str:
    return orjson.dumps(value).decode()


RECORD = '{"msg":"Task created"}'
ESCAPED = orjson.dumps(RECORD).decode()
TIME_NS = 1_741_944_413_301_550_000
TIME = "2025-03-14T09:26:53.301550Z"


def last_ns(day: int) -> int:
    """When it last was 09:26:53 on a day of March, or will be tomorrow."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    this_year = datetime(tomorrow.year, 3, day, 9, 26, 53, tzinfo=UTC)
    found = this_year if this_year.date() <= tomorrow.date() else this_year.replace(year=tomorrow.year - 1)
    return int(found.timestamp()) * 10**9


LINES = {
    "stern with a namespace": (f"shop payments-5b9c-x2k4z payments {RECORD}", "payments", None, {"k8s.namespace.name": "shop"}),
    "stern, a pod of a set": (f"payments-0 postgres {RECORD}", "postgres", None, {"k8s.pod.name": "payments-0"}),
    "stern -o extjson": (
        f'{{"pod": "checkout-6d4c-abc", "container": "checkout", "message": {RECORD}}}',
        "checkout",
        None,
        {"k8s.pod.name": "checkout-6d4c-abc"},
    ),
    "a journal entry of a unit": (
        f'{{"__REALTIME_TIMESTAMP":"1741944413301550","_SYSTEMD_UNIT":"payments.service","MESSAGE":{ESCAPED}}}',
        "payments",
        TIME_NS,
        {"systemd.unit": "payments.service"},
    ),
    "a journal entry of bytes": (
        f'{{"__REALTIME_TIMESTAMP":"1741944413301550","MESSAGE":{list(RECORD.encode())}}}',
        "",
        TIME_NS,
        {},
    ),
    "a journal entry in a sequence": (
        f'\x1e{{"__REALTIME_TIMESTAMP":"1741944413301550","MESSAGE":{ESCAPED}}}',
        "",
        TIME_NS,
        {},
    ),
    "RFC 5424": (f"<14>1 {TIME} web-1 payments 123 ID47 - {RECORD}", "payments", TIME_NS, {"process.pid": "123"}),
    "RFC 5424 with data": (
        f'<14>1 {TIME} web-1 payments - - [a@1 k="v\\"\\]"][b x="y"] \ufeff@cee:{RECORD}',
        "payments",
        TIME_NS,
        {"syslog.a.k": 'v"]', "syslog.b.x": "y", "syslog.facility": "user"},
    ),
    "RFC 5424 over TCP": (f"83 <14>1 {TIME} - - - - - {RECORD}", "", TIME_NS, {}),
    "a drain of Heroku": (f"<158>1 {TIME} host app web.1 - {RECORD}", "web", TIME_NS, {}),
    "a drain of Heroku, its router": (f"<158>1 {TIME} host heroku router - {RECORD}", "", TIME_NS, {"process.pid": "router"}),
    "RFC 3164": (
        f"<14>Mar 14 09:26:53 web-1 payments[123]: @cee: {RECORD}",
        "payments",
        last_ns(14),
        {"syslog.time": "Mar 14 09:26:53"},
    ),
    "RFC 3164 with a whole time": (f"<14>{TIME} web-1 payments[123]: {RECORD}", "payments", TIME_NS, {"host.name": "web-1"}),
    "the file of rsyslog": (f"2025-03-14T09:26:53.301550+00:00 web-1 payments[123]: {RECORD}", "payments", TIME_NS, {}),
    "/var/log/syslog": (
        f"Mar  4 09:26:53 web-1 payments[123]: {RECORD}",
        "payments",
        last_ns(4),
        {"syslog.time": "Mar  4 09:26:53"},
    ),
    "Fluentd, file": (
        f"2025-03-14T09:26:53+00:00\tkube.payments\t{RECORD}",
        "",
        TIME_NS - 301_550_000,
        {"fluent.tag": "kube.payments"},
    ),
    "Fluentd, stdout": (
        f"2025-03-14 09:26:53.301550000 +0000 kube.payments: {RECORD}",
        "",
        TIME_NS,
        {"fluent.tag": "kube.payments"},
    ),
    "Fluent Bit, file": (
        f'kube.payments: [1741944413.301550, {{"log":{ESCAPED},"stream":"stdout"}}]',
        "",
        TIME_NS,
        {"log.iostream": "stdout"},
    ),
    "Fluent Bit, stdout": (
        (
            f'[0] kube.payments: [[1741944413.301550, {{}}], {{"stream"=>"stdout", "log"=>"{RECORD}", '
            '"kubernetes"=>{"pod_name"=>"p-1", "labels"=>{"app"=>"payments"}}}]'
        ),
        "payments",
        TIME_NS,
        {"k8s.pod.name": "p-1"},
    ),
    "Fluent Bit, merged": (
        f'{{"date":1741944413.30155,"stream":"stdout","_p":"F","log_processed":{RECORD},"log":{ESCAPED}}}',
        "",
        TIME_NS,
        {},
    ),
    "Fluent Bit, merged beside": (
        (
            '{"date":1741944413.30155,"stream":"stdout","_p":"F","msg":"Task created",'
            '"kubernetes":{"pod_name":"p-1","container_name":"pay"}}'
        ),
        "pay",
        TIME_NS,
        {"k8s.container.name": "pay"},
    ),
    "Fluentd of docker": (
        f'{{"container_id":"2acc","container_name":"/payments","source":"stdout","log":{ESCAPED}}}',
        "payments",
        None,
        {"container.name": "payments", "container.id": "2acc"},
    ),
    "Vector of Kubernetes": (
        (
            f'{{"file":"/var/log/pods/x.log","kubernetes":{{"container_name":"payments","pod_labels":{{"app":"pay"}},"pod_name":"p-1",'
            f'"pod_namespace":"shop"}},"message":{ESCAPED},"source_type":"kubernetes_logs","stream":"stdout","timestamp":"{TIME}"}}'
        ),
        "pay",
        TIME_NS,
        {"k8s.namespace.name": "shop", "k8s.pod.label.app": "pay", "log.file.path": "/var/log/pods/x.log"},
    ),
    "Vector of docker": (
        f'{{"container_name":"payments","image":"pay:1","label":{{"x":"y"}},"message":{ESCAPED},"source_type":"docker_logs"}}',
        "payments",
        None,
        {"container.image.name": "pay:1", "container.label.x": "y"},
    ),
    "Filebeat, decoded": (
        (
            f'{{"@timestamp":"{TIME}","agent":{{"type":"filebeat"}},"log":{{"file":{{"path":"/x.log"}}}},"json":{RECORD},'
            '"kubernetes":{"pod":{"name":"p-1"},"namespace":"shop","labels":{"app_kubernetes_io/name":"pay"},"container":{"name":"c"}}}'
        ),
        "pay",
        TIME_NS,
        {"k8s.pod.name": "p-1", "log.file.path": "/x.log"},
    ),
    "Loki, text": (f'{TIME} {{app="payments", pod="p-1"}} {RECORD}', "payments", TIME_NS, {"loki.label.pod": "p-1"}),
    "aws logs tail, a task": (
        f"2025-03-14T09:26:53.301550+00:00 pay/app/{'0a' * 16} {RECORD}",
        "",
        TIME_NS,
        {"aws.log.stream.name": f"pay/app/{'0a' * 16}"},
    ),
    "PM2": (f"0|payments  | {RECORD}", "payments", None, {}),
    "foreman": (f"09:26:53 web.1  | {RECORD}", "web", None, {}),
    "Heroku itself": (
        f"2025-03-14T09:26:53.301550+00:00 heroku[api]: {RECORD}",
        "",
        TIME_NS,
        {"heroku.source": "heroku", "heroku.dyno": "api"},
    ),
    "Heroku": (f"2025-03-14T09:26:53.301550+00:00 app[web.1]: {RECORD}", "web", TIME_NS, {"heroku.dyno": "web.1"}),
    "a service of docker": (f"payments.1.x7c2k9@node-1    | {RECORD}", "payments", None, {"host.name": "node-1"}),
    "Elasticsearch, fields": (
        '{"_index":"i","_id":"1","fields":{"msg":["Task created"]}}',
        "",
        None,
        {"elasticsearch.index": "i"},
    ),
    "a CloudWatch subscription": (
        (
            f'{{"messageType":"DATA_MESSAGE","logGroup":"/aws/lambda/charge","logStream":"s","logEvents":['
            f'{{"id":"1","timestamp":1741944413301,"message":{ESCAPED}}}]}}'
        ),
        "charge",
        TIME_NS - 550_000,
        {"aws.log.group.name": "/aws/lambda/charge", "aws.log.stream.name": "s"},
    ),
    "CloudWatch Insights without the message": (
        (
            '{"results":[[{"field":"@timestamp","value":"2025-03-14 09:26:53.301"},{"field":"msg","value":"Task created"},'
            '{"field":"@ptr","value":"Cm"}]],"status":"Complete"}'
        ),
        "",
        TIME_NS - 550_000,
        {},
    ),
    "Splunk": (
        f'{{"preview":false,"offset":0,"result":{{"_raw":{ESCAPED},"_time":"{TIME}","host":"web-1"}}}}',
        "",
        TIME_NS,
        {"host.name": "web-1"},
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_the_line_and_what_is_known_of_it(name):
    text, service, time_ns, resource = LINES[name]
    found, record, outer = unwrap(text)
    assert (found, record) == (RECORD, orjson.loads(RECORD))
    assert (outer.service, outer.time_ns) == (service, time_ns)
    assert resource.items() <= dict(outer.resource).items()


@pytest.mark.parametrize(
    "text",
    [
        "payments-5b9c-x2k4z started in 3 ms",
        "well-known words {of} text",
        "2025-01-10T09:00:00Z INFO main: text",
        "2025-03-14 09:26:53 +0000 tag: no object",
        "<999>1 - - - - - - text",
        "key: [1, {}]",
        "data: plain",
        "2025-03-14T09:26:53Z GET /api/v1/tasks 200",
        "2025-03-14T09:26:53Z app/main.go:7 started",
        "12:00:00 up 3 days | load 1",
        "user@example.com | said",
    ],
)
def test_text_that_looks_a_bit_alike_stays_as_it_is(text):
    assert unwrap(text) == (text, None, unwrap("plain").outer)


@pytest.mark.parametrize(
    "text",
    [
        '{"log":"hello","msg":"x"}',
        '{"event":"login","host":"web-1","msg":"x"}',
        '{"events":[{"name":"retry","timestamp":"2025-03-14T09:26:53Z"}],"name":"span"}',
        '{"data":{"result":[1]},"status":"ok"}',
        '{"results":[1,2],"status":"ok"}',
        '{"agent":{"type":"browser"},"@timestamp":"2025-03-14T09:26:53Z","message":"x"}',
        '{"kubernetes":{"pod":"x"},"msg":"y"}',
        '{"@timestamp":"2025-03-14T09:26:53Z","agent":{"type":"filebeat"},"message":"x","trace":{"id":"4bf9"}}',
    ],
)
def test_records_that_look_a_bit_alike_stay_as_they_are(text):
    assert unwrap(text) == (text, orjson.loads(text), unwrap("plain").outer)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"result":{{"_raw":{ESCAPED}}}}}',
        f'[0] kube.x: [[1741944413.301, {{}}], {{"log"=>{ESCAPED}}}]',
    ],
    ids=["Splunk", "Fluent Bit"],
)
def test_a_wrapper_with_nothing_but_the_line(text):
    assert unwrap(text).record == orjson.loads(RECORD)


def test_a_time_without_a_year_is_the_last_resort():
    line = "<14>Mar 14 09:26:53 web-1 app[1]: "
    assert unwrap(f"2001-02-03T04:05:06Z {line}text").outer.time_ns == 981_173_106 * 10**9
    assert unwrap(f"{line}<14>1 {TIME} h a 1 - - text").outer.time_ns == TIME_NS
    leap = unwrap("<14>Feb 29 09:26:53 web-1 app[1]: text").outer.time_ns
    assert leap is not None and datetime.fromtimestamp(leap / 1e9, UTC).strftime("%b %d") == "Feb 29"
    assert unwrap("<14>Foo 31 09:26:53 web-1 app[1]: text").outer.time_ns is None
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    soon = unwrap(f"<14>{tomorrow:%b} {tomorrow.day:2} 00:00:01 web-1 app[1]: text").outer.time_ns
    assert soon is not None and datetime.fromtimestamp(soon / 1e9, UTC).date() == tomorrow.date()


def test_levels_of_wrappers():
    assert unwrap(LINES["RFC 5424"][0]).outer.severity == 9
    assert unwrap("<11>1 - - - - - - text").outer.severity == 17
    assert unwrap('{"__REALTIME_TIMESTAMP":"1741944413301550","PRIORITY":"4","MESSAGE":"x"}').outer.severity == 13


def test_a_journal_entry_without_its_message_is_a_record_all_the_same():
    text, record, outer = unwrap('{"__REALTIME_TIMESTAMP":"1741944413301550","SYSLOG_IDENTIFIER":"payments","MESSAGE":null}')
    assert (text, record, outer.service) == ('{"MESSAGE":null}', {"MESSAGE": None}, "payments")


def test_ids_beside_a_line_are_its_own():
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    syslog = unwrap(f'<14>1 {TIME} h a 1 - [opentelemetry trace_id="{trace}" span_id="a3ce929d0e0e4736"] done')
    assert syslog.record == {"trace_id": trace, "span_id": "a3ce929d0e0e4736", "message": "done"}
    values = [["1741944413301550000", "done", {"trace_id": trace}], ["1741944413301550000", RECORD, {"trace_id": "x"}]]
    loki = unwrap_all(
        orjson.dumps({"status": "success", "data": {"result": [{"stream": {"app": "a"}, "values": values}]}}).decode()
    )
    assert [found.record for found in loki] == [
        {"trace_id": trace, "message": "done"}, {"trace_id": "x", "msg": "Task created"}
    ]  # fmt: skip
    assert unwrap_all('{"status":"success","data":{"resultType":"streams","result":[]}}') == []


def test_a_google_log_entry_is_read_as_the_line_that_was_printed():
    entry = {
        "jsonPayload": {"message": "x"}, "trace": "projects/p/traces/t", "spanId": "00f067aa0ba902b7", "severity": "ERROR",
        "logName": "projects/p/logs/run.googleapis.com%2Frequests", "resource": {"labels": {"service_name": "checkout"}},
        "timestamp": TIME,
    }  # fmt: skip
    found = unwrap(orjson.dumps(entry).decode())
    assert found.record == {
        "logging.googleapis.com/trace": "projects/p/traces/t", "logging.googleapis.com/spanId": "00f067aa0ba902b7",
        "severity": "ERROR", "start_time": TIME, "message": "x",
    }  # fmt: skip
    assert (found.outer.service, found.outer.severity, found.outer.time_ns) == ("checkout", 17, TIME_NS)


def test_an_array_of_envelopes_is_a_document():
    entries = [{"logName": "projects/p/logs/stdout", "textPayload": text, "timestamp": TIME} for text in ("one", "two")]
    assert [found.text for found in unwrap_all(orjson.dumps(entries).decode())] == ["one", "two"]
    plain = '[{"msg":"x"}]'
    assert [found.text for found in unwrap_all(plain)] == [plain]


def test_what_a_collector_read_from_files_is_that_line():
    resource = {"attributes": [{"key": "k8s.container.name", "value": {"stringValue": "payments"}}]}
    logs = [{"timeUnixNano": str(TIME_NS), "body": {"stringValue": text}} for text in ('{"msg":"a"}', f"{TIME} stderr F b")]

    def batch(*records: object) -> str:
        return orjson.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}).decode()

    found = unwrap_all(batch(*logs))
    assert [line.text for line in found] == ['{"msg":"a"}', "b"]
    assert {(line.outer.service, line.outer.time_ns) for line in found} == {("payments", TIME_NS)}
    for other in ({**logs[0], "traceId": "4bf92f3577b34da6a3ce929d0e0e4736"}, {"body": {"stringValue": "just said"}}):
        mixed = batch(*logs, other)
        assert [line.text for line in unwrap_all(mixed)] == [mixed], "some tell more than a line"


def test_documents_in_wrappers_give_all_their_lines():
    events = [{"timestamp": 1741944413301, "message": f"payments-1  | line {n}\n"} for n in range(3)]
    document = orjson.dumps({"events": events}).decode()
    found = unwrap_all(f"[pod/p-1/c] {document}")
    assert [line.text for line in found] == ["line 0", "line 1", "line 2"]
    assert {line.outer.layers for line in found} == {3}


def test_structured_data_with_ids_is_of_the_line():
    _, record, outer = unwrap(f'<14>1 {TIME} web-1 payments - - [ctx@1 flow="09080274a26b8962" n="5"][b@1 x="y"] paid')
    assert record == {"flow": "09080274a26b8962", "n": "5", "message": "paid"}
    assert dict(outer.resource)["syslog.b.x"] == "y"


CALL = {
    "Event": {
        "RayID": "7a1b", "Request": {"URL": "https://shop/cart", "Method": "POST"}, "Response": {"Status": 500},
    },
    "EventTimestampMs": 1741944413301, "WallTimeMs": 20, "Outcome": "exception", "ScriptName": "shop",
    "Exceptions": [{"Name": "TypeError", "Message": "no cart", "TimestampMs": 1741944413310}],
    "Logs": [
        {"Level": "warn", "Message": [RECORD], "TimestampMs": 1741944413302},
        {"Level": "log", "Message": ["cart", {"msg": "Task created"}, 7], "TimestampMs": 1741944413303},
    ],
}  # fmt: skip


@pytest.mark.parametrize("small", [False, True])
def test_a_worker_of_cloudflare_tells_of_its_request_and_what_was_said_meanwhile(small: bool):
    call = CALL
    if small:  # as wrangler writes it
        event = {"request": {"url": "https://shop/cart", "method": "POST"}, "response": {"status": 500}, "rayId": "7a1b"}
        logs = [{"level": log["Level"], "message": log["Message"], "timestamp": log["TimestampMs"]} for log in CALL["Logs"]]
        failed = [{"name": "TypeError", "message": "no cart"}]
        call = {"scriptName": "shop", "outcome": "exception", "event": event, "eventTimestamp": 1741944413301, "logs": logs,
                "exceptions": failed, "wallTimeMs": 20}  # fmt: skip
    first, second, request = unwrap_all(orjson.dumps(call).decode())
    assert (first.text, first.outer.service, first.outer.time_ns) == (RECORD, "shop", 1_741_944_413_302_000_000)
    assert first.outer.severity == 13
    assert second.text == f"cart {RECORD} 7"
    assert request.record == {
        "start_time": 1741944413301, "duration_ms": 20, "method": "POST", "url": "https://shop/cart", "status": 500,
        "error.type": "TypeError", "error.message": "no cart",
    }  # fmt: skip
    assert dict(request.outer.resource) == {"cloudflare.ray_id": "7a1b", "cloudflare.outcome": "exception"}


@pytest.mark.parametrize("odd", [{"Logs": 7}, {"Logs": None}, {"Event": 7, "Logs": [7, None, {}]}])
def test_an_odd_worker_is_none_or_says_nothing(odd: dict[str, object]):
    assert len(unwrap_all(orjson.dumps({"ScriptName": "shop", **odd}).decode())) == 1


def test_a_cookie_before_text_is_no_part_of_it():
    found = unwrap(f"<14>1 {TIME} web-1 payments 123 - - @cee: Task created")
    assert (found.text, found.record, found.outer.service) == ("Task created", None, "payments")


def packed(text: str) -> str:
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode()


@pytest.mark.parametrize("dress", [
    lambda data: {"awslogs": {"data": data}},
    lambda data: {"Records": [{"kinesis": {"data": data}, "eventSource": "aws:kinesis"}]},
    lambda data: {"deliveryStreamArn": "arn", "records": [{"recordId": "1", "data": data}]},
], ids=["lambda", "kinesis", "firehose"])  # fmt: skip
def test_what_cloudwatch_hands_to_a_subscription(dress):
    event = {"id": "1", "timestamp": 1741944413301, "message": RECORD}
    data = packed(dumped({"messageType": "DATA_MESSAGE", "logGroup": "/aws/lambda/pay", "logEvents": [event]}))
    (found,) = unwrap_all(dumped(dress(data)))
    assert (found.text, found.outer.service, found.outer.time_ns) == (RECORD, "pay", 1741944413301 * 10**6)


@pytest.mark.parametrize(
    "data",
    [packed("a" * (MAX_BYTES + 1)), packed(RECORD)[:-8], "no base64", 5, None],
    ids=["too much", "cut", "no base64", "a number", "null"],
)
def test_data_that_is_none_or_too_much_stays_as_it_is(data):
    text = dumped({"awslogs": {"data": data}})
    assert unwrap(text).text == text


def test_all_data_of_an_object_together_is_limited():
    text = dumped({"Records": [{"kinesis": {"data": packed(each)}} for each in ("a" * MAX_BYTES, "b")]})
    assert unwrap(text).text == text


def test_a_log_of_fluent_bit_that_is_an_object_is_the_line_and_one_of_ecs_is_not():
    shipped = {"date": 1741944413.5, "stream": "stdout", "log": {"msg": "Task created"}}
    assert unwrap(dumped(shipped)).text == RECORD
    of_ecs = dumped({**shipped, "log": {"level": "info", "logger": "a.B"}})
    assert unwrap(of_ecs).text == of_ecs
