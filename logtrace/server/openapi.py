"""The OpenAPI document of our own API, made of the table of endpoints."""

from __future__ import annotations

import re
from typing import Any

from logtrace import __version__
from logtrace.patterns import lazy_pattern
from logtrace.server.endpoint import LONGEST, PREFIX, Endpoint, Param
from logtrace.server.own import ENDPOINTS

Json = dict[str, Any]
_IN_PATH = lazy_pattern(r"\{(\w+)\}")


def document() -> Json:
    """OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "logtrace",
            "version": __version__,
            "description": "What the page asks. Jaeger's own API is beside it; see: logtrace help serve.",
        },
        "paths": {PREFIX + endpoint.path: {"get": _operation(endpoint)} for endpoint in ENDPOINTS},
        "components": {"schemas": {"Error": _ERROR}, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{}, {"token": []}],
    }


_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "hint"],
            "properties": {"message": {"type": "string"}, "hint": {"type": "string"}},
        }
    },
}


def _operation(endpoint: Endpoint) -> Json:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _IN_PATH.findall(endpoint.path)
    ]
    return {
        "operationId": re.sub(r"\W+", "_", endpoint.path).strip("_"),
        "summary": endpoint.about,
        "parameters": [*in_path, *map(_parameter, endpoint.params)],
        "responses": {
            "200": {"description": "The answer.", "content": _content(_answer(endpoint))},
            **{code: {"description": text, "content": _content({"$ref": "#/components/schemas/Error"})}
               for code, text in _TROUBLE.items()},
        },
    }  # fmt: skip


_TROUBLE = {
    "400": "A parameter is wrong.",
    "404": "There is no such thing.",
    "413": "The answer would be too large; the hint says how to ask for less.",
    "503": "Busy, or it took too long: ask again.",
}


def _content(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _answer(endpoint: Endpoint) -> Json:
    keys = ["version", *endpoint.keys]
    return {"type": "object", "required": keys, "properties": {"version": {"const": 1}, **{key: {} for key in endpoint.keys}}}


def _parameter(param: Param) -> Json:
    return {
        "name": param.name,
        "in": "query",
        "required": param.required,
        "description": param.about,
        "schema": _schema(param),
    }


def _schema(param: Param) -> Json:
    if param.kind == "texts":
        return {"type": "array", "items": {"type": "string", "maxLength": LONGEST}}
    if param.kind == "integer":
        return {"type": "integer", "minimum": param.least, "maximum": param.most}
    if param.kind == "choice":
        return {"type": "string", "enum": list(param.choices)}
    least = {"minLength": 1} if param.required else {}
    examples = {"examples": _EXAMPLES[param.kind]} if param.kind in _EXAMPLES else {}
    return {"type": "string", **least, "maxLength": LONGEST, **examples}


_EXAMPLES = {"time": ["1h", "yesterday", "2024-01-10T14:30:00Z"], "duration": ["250ms", "1.5s", "2h"]}
