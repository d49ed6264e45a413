"""What a plug-in wants to send, as a request over HTTP with the credentials in their places."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_hex
from typing import Final
from urllib.parse import quote, urlencode

import msgspec
import orjson

from stack.analysis.asking.records import SentRequest
from stack.analysis.base import ProviderPlugin, ProviderRequest
from stack.core.plugin_options import Credential, Place

_LONGEST_SHOWN: Final = 4_000
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Composed:
    """A request to send, credentials and all."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Upload:
    """The file that goes along: its name, and its bytes."""

    name: str
    content: bytes = field(repr=False)


def compose_request(
    plugin: ProviderPlugin,
    address: str,
    request: ProviderRequest,
    credentials: Mapping[str, str],
    *,
    upload: Upload | None = None,
) -> Composed:
    """ValueError for a path that would lead elsewhere than behind the address."""
    if not request.path.startswith("/") or any(mark in request.path for mark in "?#\\ \r\n"):
        raise ValueError("the path of a request begins with a slash and has no query")
    if {".", ".."} & set(request.path.split("/")):
        raise ValueError("the path of a request does not climb")
    headers = {"accept": "application/json"} | {name.lower(): text for name, text in request.headers.items()}
    params, url, fields = dict(request.params), f"{address}{request.path}", dict[str, str]()
    for credential in plugin.credentials:
        text = credentials.get(credential.name, "")
        if not text:
            continue
        match credential.place:
            case Place.HEADER:
                headers[credential.field.lower()] = f"{credential.prefix}{text}"
            case Place.PARAMETER:
                params[credential.field] = text
            case Place.PATH:
                url = url.replace("{" + credential.field + "}", quote(text, safe=""))
            case Place.FIELD:
                fields[credential.field] = f"{credential.prefix}{text}"
    if basic := _find_basic(plugin.credentials, credentials):
        headers["authorization"] = f"Basic {b64encode(':'.join(basic).encode()).decode()}"
    content, media_type = _compose_body(request, fields, upload)
    if media_type:
        headers["content-type"] = media_type
    return Composed(request.method, url, headers, params, content)


def show_request(plugin: ProviderPlugin, address: str, request: ProviderRequest) -> SentRequest:
    """What people are shown of it: each credential as its title."""
    shown = {each.name: f"<{each.title}>" for each in plugin.credentials}
    composed = compose_request(plugin, address, request, shown)
    headers = dict(composed.headers)
    if basic := _find_basic(plugin.credentials, shown):
        headers["authorization"] = f"Basic {':'.join(basic)}"
    url = composed.url.replace("%3C", "<").replace("%3E", ">")
    if composed.params:
        url = f"{url}?{urlencode(composed.params, safe='<>:/', quote_via=quote)}"
    body = (composed.content or b"").decode("utf-8", "replace")
    if request.file_field:
        body = f"the file, as “{request.file_field}”, and {urlencode(request.form or {}) or 'nothing else'}"
    return SentRequest(
        request.method, url, body[:_LONGEST_SHOWN], tuple(sorted((name, headers[name]) for name in headers))
    )


def digest_request(
    address: str, request: ProviderRequest, *, ordinal: int, has_login: bool, file_digest: str = ""
) -> str:
    """SHA-256 of all that makes the request another one, without its credentials.

    `ordinal` counts the same request within one asking: who asks "ready yet?" twice gets two replies. After
    a login headers may hold what it gave, so that they say nothing of the request.
    """
    said = [
        address,
        request.method,
        request.path,
        sorted(request.params.items()),
        [] if has_login else sorted(request.headers.items()),
        msgspec.json.encode(request.json, order="deterministic").decode(),
        sorted((request.form or {}).items()),
        sha256(request.content or b"").hexdigest(),
        [request.file_field, file_digest] if request.file_field else [],
        ordinal,
    ]
    return sha256(orjson.dumps(said)).hexdigest()


def _find_basic(needed: tuple[Credential, ...], credentials: Mapping[str, str]) -> tuple[str, str] | None:
    found = {
        place: "".join(credentials.get(each.name, "") for each in needed if each.place is place)
        for place in (Place.USER, Place.PASSWORD)
    }
    user, word = found[Place.USER], found[Place.PASSWORD]
    return (user, word) if user or word else None


def _compose_body(
    request: ProviderRequest, fields: Mapping[str, str], upload: Upload | None
) -> tuple[bytes | None, str]:
    """The body and its media type; `fields` are credentials that stand in it."""
    if request.file_field:
        return _compose_form(request, fields, upload) if upload else (None, "")
    if request.form is not None:
        form = urlencode({**request.form, **fields})
        return form.encode(), "application/x-www-form-urlencoded"
    if request.json is not None:
        value = {**request.json, **fields} if isinstance(request.json, Mapping) else request.json
        return msgspec.json.encode(value), "application/json"
    return request.content, request.media_type


def _compose_form(request: ProviderRequest, fields: Mapping[str, str], upload: Upload) -> tuple[bytes, str]:
    """A form of several parts (RFC 7578)."""
    mark = f"stack-{token_hex(16)}"
    name = upload.name if _PLAIN_NAME.fullmatch(upload.name) else "sample"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n'.encode()
        for key, text in {**(request.form or {}), **fields}.items()
    ]
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="{request.file_field}"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = b"".join((*parts, head.encode(), upload.content, f"\r\n--{mark}--\r\n".encode()))
    return body, f"multipart/form-data; boundary={mark}"
