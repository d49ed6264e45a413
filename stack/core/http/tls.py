"""What a private connection needs: whom to believe, and who we are."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic

from stack.core.errors import BadInput

_BEGIN = "-----BEGIN "
_SHARED_FOR_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsOptions:
    """PEM texts, or paths of PEM files. With `ca_file` only that authority is believed, without it those of
    the system. `client_key` is needed only where `client_certificate` does not hold it as well.

    `verify=False` believes anybody: for a server of one's own on a network of one's own.
    """

    ca_file: str = ""
    client_certificate: str = field(default="", repr=False)
    client_key: str = field(default="", repr=False)
    verify: bool = True


_NOTHING_OWN = TlsOptions()


def make_tls_context(options: TlsOptions, *, with_client: bool = True) -> ssl.SSLContext:
    """TLS 1.2 or later. Raises `BadInput` for PEM texts or files that cannot be used.

    Who needs nothing of their own shares a context: reading the authorities of the system takes 0.1 s.
    """
    if options == _NOTHING_OWN:
        # Authorities that an operator adds count within minutes.
        places = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        return _share_context(places, int(monotonic() // _SHARED_FOR_S))
    return _make_context(options, with_client=with_client)


@lru_cache(maxsize=2)
def _share_context(places: tuple[str | None, ...], period: int) -> ssl.SSLContext:
    return _make_context(_NOTHING_OWN, with_client=False)


def _make_context(options: TlsOptions, *, with_client: bool) -> ssl.SSLContext:
    if options.ca_file:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _believe(context, options.ca_file)
    else:
        context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options.client_certificate and with_client:
        _present(context, options)
    return context


def _believe(context: ssl.SSLContext, authority: str) -> None:
    try:
        if authority.lstrip().startswith(_BEGIN):
            context.load_verify_locations(cadata=authority)
        else:
            context.load_verify_locations(cafile=authority)
    except (OSError, ValueError):
        raise BadInput(
            "The certificate of the authority cannot be used",
            remedy="Give it as PEM text, or as the path of a PEM file.",
        ) from None


def _present(context: ssl.SSLContext, options: TlsOptions) -> None:
    try:
        with _as_file(options.client_certificate) as certificate, _as_file(options.client_key) as key:
            context.load_cert_chain(certificate, key or None, password=_no_password)
    except (OSError, ValueError):
        raise BadInput(
            "The client certificate cannot be used",
            remedy="Give certificate and key as PEM, the key without a password.",
        ) from None


def _no_password() -> str:
    """Without it, OpenSSL would ask whoever sits at the terminal."""
    raise ValueError("the key has a password")


@contextmanager
def _as_file(pem: str) -> Iterator[str]:
    """OpenSSL reads a client's certificate from files only; ours is ours alone, and there for a moment."""
    if not pem.lstrip().startswith(_BEGIN):
        yield str(Path(pem).expanduser()) if pem else ""
        return
    with NamedTemporaryFile("w", suffix=".pem", encoding="ascii") as file:
        file.write(pem)
        file.flush()
        yield file.name
