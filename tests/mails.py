"""Mails made for tests: signed, sealed by those that forward them, forged, and nested."""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import dkim
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

BOUNDARY = "=_part"


@dataclass(frozen=True)
class MailKey:
    """A key at `selector`._domainkey.`domain`; `record` is what DNS has there."""

    domain: str
    selector: str
    private: rsa.RSAPrivateKey

    @property
    def record(self) -> str:
        public = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"

    @property
    def name(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def pem(self) -> bytes:
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )


@cache
def make_key(domain: str, selector: str = "s1", bits: int = 2048) -> MailKey:
    """One key a domain, as long as the tests run: making them takes time."""
    return MailKey(domain, selector, rsa.generate_private_key(public_exponent=65537, key_size=bits))


def write_mail(
    body: str = "Hello,\r\n\r\nsee you tomorrow.\r\n",
    *,
    sender: str = "Anna Berg <anna@firm.example>",
    subject: str = "Meeting",
    client: str = "198.51.100.7",
    extra: Iterable[tuple[str, str]] = (),
    kind: str = "text/plain; charset=utf-8",
    received: bool = True,
) -> bytes:
    """A mail as the recipient's server has it, with the hop from outside and the one behind it."""
    envelope = (re.search(r"[^\s<>\"]+@[^\s<>\"]+(?=>|$)", sender) or [""])[0]
    fields = [("Return-Path", f"<{envelope}>")] if received and envelope else []
    if received:
        fields += [
            (
                "Received",
                "from mx.corp.example (mx.corp.example [10.0.0.2]) by mail.corp.example with ESMTP id 2;"
                " Mon, 05 Jan 2026 10:00:07 +0000",
            ),
            (
                "Received",
                f"from out.sender.example (out.sender.example [{client}])\r\n\tby mx.corp.example (Postfix)"
                " with ESMTPS id 1\r\n\tfor <desk@corp.example>; Mon, 05 Jan 2026 10:00:05 +0000",
            ),
        ]
    named = {name.lower() for name, _ in extra}
    usual = [
        ("From", sender),
        ("To", "Desk <desk@corp.example>"),
        ("Subject", subject),
        ("Date", "Mon, 05 Jan 2026 10:00:00 +0000"),
        ("Message-ID", f"<1@{envelope.rpartition('@')[2] or 'firm.example'}>"),
        ("MIME-Version", "1.0"),
        ("Content-Type", kind),
    ]
    fields += [*extra, *((name, value) for name, value in usual if name.lower() not in named)]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{head}\r\n{body}".encode()


def write_parts(*parts: str, **options: str) -> bytes:
    """A multipart mail; each part with its own fields."""
    body = "".join(f"--{BOUNDARY}\r\n{part}\r\n" for part in parts) + f"--{BOUNDARY}--\r\n"
    return write_mail(body, kind=f'multipart/mixed; boundary="{BOUNDARY}"', **options)  # type: ignore[arg-type]


def write_attachment(name: str, data: bytes, kind: str = "application/octet-stream") -> str:
    encoded = base64.encodebytes(data).decode()
    return (
        f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}"
    )


def sign_mail(data: bytes, key: MailKey, *, length: bool = False) -> bytes:
    """With a DKIM signature on top, by dkimpy."""
    line = dkim.sign(
        data, key.selector.encode(), key.domain.encode(), key.pem, include_headers=_SIGNED, length=length
    )
    return bytes(line) + data


def seal_mail(data: bytes, key: MailKey, *, results: str, status: str = "none", instance: int = 1) -> bytes:
    """With one more set of ARC on top (RFC 8617), signed here without the library that verifies it."""
    head, _, body = data.partition(b"\r\n\r\n")
    fields = [_split(line) for line in re.split(rb"\r\n(?![ \t])", head)]
    digest = base64.b64encode(hashlib.sha256(_relax_body(body)).digest()).decode()
    stated = ("ARC-Authentication-Results", f" i={instance}; {results}")
    common = f"a=rsa-sha256; d={key.domain}; s={key.selector}; t=1767607205"
    message = f" i={instance}; {common}; c=relaxed/relaxed; h=from:to:subject; bh={digest}; b="
    named = {name.lower(): (name, value) for name, value in reversed(fields)}
    signed = [named[name] for name in ("from", "to", "subject")]
    message += _sign(key, [*signed, ("ARC-Message-Signature", message)])
    seal = f" i={instance}; cv={status}; {common}; b="
    before = [
        (name, value)
        for number in range(1, instance)
        for wanted in ("arc-authentication-results", "arc-message-signature", "arc-seal")
        for name, value in fields
        if name.lower() == wanted and f"i={number};" in value
    ]
    own = [stated, ("ARC-Message-Signature", message)]
    seal += _sign(key, [*before, *own, ("ARC-Seal", seal)])
    top = "".join(f"{name}:{value}\r\n" for name, value in reversed([*own, ("ARC-Seal", seal)]))
    return top.encode() + data


_SIGNED = [b"from", b"to", b"subject", b"date", b"message-id"]


def _split(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode().partition(":")
    return name, value


def _relax(name: str, value: str) -> bytes:
    text = re.sub(r"[ \t]+", " ", value.replace("\r\n", "")).strip()
    return f"{name.lower()}:{text}".encode()


def _relax_body(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip() for line in body.split(b"\r\n")]
    text = b"\r\n".join(lines).rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def _sign(key: MailKey, fields: list[tuple[str, str]]) -> str:
    data = b"\r\n".join(_relax(name, value) for name, value in fields)
    return base64.b64encode(key.private.sign(data, padding.PKCS1v15(), hashes.SHA256())).decode()
