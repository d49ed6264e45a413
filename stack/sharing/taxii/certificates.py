"""Client certificates that a trusted proxy has checked, told as a fingerprint or as the certificate."""

import base64
import binascii
import re
from hashlib import sha256
from typing import Final
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest

from stack.core.addresses import is_trusted
from stack.sharing.taxii.settings import TaxiiSettings

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
# One certificate alone: of a chain it would not be sure which of them was checked.
_PEM: Final = re.compile(r"\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*")
_LONGEST: Final = 20_000


def read_certificate(request: HttpRequest) -> str:
    """The SHA-256 fingerprint of the client's certificate, in lower-case hexadecimal; empty where no trusted
    proxy tells of one."""
    taxii: TaxiiSettings = settings.TAXII
    if not taxii.certificate_header:
        return ""
    value = request.headers.get(taxii.certificate_header, "")
    if not value or not is_trusted(request.META.get("REMOTE_ADDR", ""), trusted=settings.TRUSTED_PROXIES):
        return ""
    return fingerprint_of(value)


def fingerprint_of(value: str) -> str:
    """Of a fingerprint in any spelling, or of a certificate in PEM, plain or URL-encoded."""
    text = value[:_LONGEST].strip()
    plain = text.replace(":", "").lower()
    if _FINGERPRINT.fullmatch(plain):
        return plain
    match = _PEM.fullmatch(unquote(text))
    if match is None:
        return ""
    try:
        return sha256(base64.b64decode("".join(match[1].split()), validate=True)).hexdigest()
    except (ValueError, binascii.Error):
        return ""
