"""Asks a bucket whether it can be reached, with nothing but the standard library.

The threads of obstore do not survive a fork, and the parent of a pool of workers, which forks at any time, is
asked for its health too: so the question must not go through obstore. The signature is AWS's version 4
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
"""

import hmac
import http.client
import re
import ssl
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

from stack.store.artifacts.records import ArtifactSettings

_WAIT_S = 0.9
_MOST_BYTES = 4096
_CODE = re.compile(rb"<Code>(\w{1,60})</Code>")
_SIGNED = "host;x-amz-content-sha256;x-amz-date"
_NO_BODY = sha256(b"").hexdigest()


def probe_bucket(settings: ArtifactSettings) -> str:
    """What is wrong, or nothing. Lists a prefix below which nothing is; without keys of its own, any answer
    but that there is no such bucket will do. Never raises; two waits of 0.9 s at most."""
    region = settings.region or "us-east-1"
    parts = urlsplit(settings.endpoint or f"https://s3.{region}.amazonaws.com")
    path = f"{parts.path.rstrip('/')}/{settings.bucket}"
    prefix = quote(f"{settings.prefix}/check/".lstrip("/"), safe="")
    query = f"list-type=2&max-keys=1&prefix={prefix}"
    headers = {"Host": parts.netloc, "User-Agent": "stack"}
    if settings.access_key:
        headers |= _sign(settings, region, parts.netloc, path, query)
    try:
        connection = _connect(settings, parts.scheme, parts.hostname or "", parts.port)
        try:
            connection.request("GET", f"{path}?{query}", headers=headers)
            answer = connection.getresponse()
            body = answer.read(_MOST_BYTES)
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"{parts.hostname} does not answer: {type(error).__name__}"
    return _judge(answer.status, body, is_signed=bool(settings.access_key))


def _judge(status: int, body: bytes, *, is_signed: bool) -> str:
    if status == 200 or (status == 403 and not is_signed):
        return ""
    code = _CODE.search(body)
    return f"the storage answered {code[1].decode('ascii') if code else status}"


def _connect(
    settings: ArtifactSettings, scheme: str, host: str, port: int | None
) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=_WAIT_S)
    context = ssl.create_default_context()
    if settings.authority:
        context.load_verify_locations(cadata=settings.authority)
    return http.client.HTTPSConnection(host, port, timeout=_WAIT_S, context=context)


def _sign(settings: ArtifactSettings, region: str, host: str, path: str, query: str) -> dict[str, str]:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    asked = "\n".join(
        (
            "GET",
            quote(path, safe="/~"),
            query,
            f"host:{host}\nx-amz-content-sha256:{_NO_BODY}\nx-amz-date:{moment}\n",
            _SIGNED,
            _NO_BODY,
        )
    )
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{settings.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), sha256)
    credential = f"Credential={settings.access_key}/{scope}"
    signature = hmac.digest(key, text.encode(), sha256).hex()
    return {
        "x-amz-date": moment,
        "x-amz-content-sha256": _NO_BODY,
        "Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={_SIGNED}, Signature={signature}",
    }
