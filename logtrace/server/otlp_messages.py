"""OTLP's protobuf messages as JSON. A text that is no UTF-8 gets the sign for that instead of what can't be read of it: the
library refuses such a message as a whole, collectors and Jaeger take it."""

from __future__ import annotations

from collections.abc import MutableSequence
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor, FileDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

_REQUESTS: dict[str, type[Message]] = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest}


def as_json(body: bytes, signal: str) -> dict[str, Any]:
    """A request as JSON; ids are base64. Raises DecodeError where the body is none."""
    message = _REQUESTS[signal]()
    try:
        message.ParseFromString(body)
    except DecodeError:
        message = _REQUESTS[signal]()
        message.ParseFromString(_mended(body, signal))
    found: dict[str, Any] = MessageToDict(message, use_integers_for_enums=True)
    return found


def partial_success(signal: str, rejected: int, why: str) -> bytes:
    """The answer to a request of which not all was taken."""
    answer = ExportTraceServiceResponse() if signal == "traces" else ExportLogsServiceResponse()
    setattr(answer.partial_success, "rejected_spans" if signal == "traces" else "rejected_log_records", rejected)
    answer.partial_success.error_message = why
    return bytes(answer.SerializeToString())


def _mended(body: bytes, signal: str) -> bytes:
    """The same with texts that are UTF-8: read with bytes for texts, which may be anything."""
    message = _loose(signal)()
    message.ParseFromString(body)
    _mend(message, _REQUESTS[signal].DESCRIPTOR)
    return bytes(message.SerializeToString())


def _mend(message: Message, told: Any) -> None:
    """told: what the message is by its own description, in which texts are texts."""
    for field, value in message.ListFields():
        own = told.fields_by_name[field.name]
        is_repeated = isinstance(value, MutableSequence)  # what fields call it differs between versions of the library
        many = list(value) if is_repeated else [value]
        if own.type == FieldDescriptor.TYPE_MESSAGE:
            for each in many:
                _mend(each, own.message_type)
        elif own.type == FieldDescriptor.TYPE_STRING:
            read = [each.decode("utf-8", "replace").encode() for each in many]
            if is_repeated:
                value[:] = read
            else:
                setattr(message, field.name, read[0])


@cache
def _loose(signal: str) -> type[Message]:
    """The class of a request with bytes for texts."""
    pool = descriptor_pool.DescriptorPool()
    own = _REQUESTS[signal].DESCRIPTOR
    _add_loose(pool, own.file, set())
    found: type[Message] = message_factory.GetMessageClass(pool.FindMessageTypeByName(own.full_name))
    return found


def _add_loose(pool: descriptor_pool.DescriptorPool, file: FileDescriptor, done: set[str]) -> None:
    if file.name in done:
        return
    done.add(file.name)
    for each in file.dependencies:
        _add_loose(pool, each, done)
    told = descriptor_pb2.FileDescriptorProto()
    file.CopyToProto(told)
    _loosen(told.message_type)
    pool.Add(told)


def _loosen(messages: Any) -> None:
    for message in messages:
        for field in message.field:
            if field.type == FieldDescriptor.TYPE_STRING:
                field.type = FieldDescriptor.TYPE_BYTES
        _loosen(message.nested_type)
