"""How bodies are read and written: orjson both ways, times as RFC 3339 in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Any, overload

import orjson
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from stack.api.rest.problems import Malformed, UnsupportedMediaType
from stack.core.errors import BadInput, FieldError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class JsonRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


class JsonParser(Parser):
    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        if request.content_type != "application/json":
            raise UnsupportedMediaType(
                f"The body is “{request.content_type or 'of no type'}”",
                remedy="Send JSON with “Content-Type: application/json”.",
            )
        try:
            body: dict[str, Any] = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise Malformed(f"The body is no JSON: {error}", remedy="Check it with a JSON tool.") from None
        return body

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        for name, values in data.lists():
            if len(values) > 1 and name not in list_fields:
                message = f"expected once, came {len(values)} times"
                raise BadInput(f"{name}: {message}", errors=(FieldError(name, message),))
        return super().parse_querydict(data, list_fields, request)


@overload
def instant(microseconds: int) -> datetime: ...
@overload
def instant(microseconds: int | None) -> datetime | None: ...
def instant(microseconds: int | None) -> datetime | None:
    """Microseconds since the epoch as the time that the renderer writes."""
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


def microseconds(time: datetime) -> int:
    """An aware time as microseconds since the epoch."""
    return (time - _EPOCH) // timedelta(microseconds=1)
