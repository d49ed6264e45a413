"""`STACK_TAXII_*`: the TAXII server."""

import re
from collections.abc import Mapping
from pathlib import Path

from stack.config.environment import SettingError, read_integer, read_networks, read_text
from stack.sharing.taxii.settings import TaxiiSettings

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
_LINE = re.compile(r"(?P<fingerprint>[0-9A-Fa-f:]{64,95})\s+stk_(?P<prefix>[0-9a-f]{12})")


def configure_taxii() -> TaxiiSettings:
    header = read_text("STACK_TAXII_CERTIFICATE_HEADER")
    return TaxiiSettings(
        title=read_text("STACK_TAXII_TITLE", "Stack"),
        contact=read_text("STACK_TAXII_CONTACT"),
        page=read_integer("STACK_TAXII_PAGE", 1000, low=1, high=100_000),
        post_bytes=read_integer("STACK_TAXII_POST_LIMIT_MB", 32, low=1, high=1024) * 1_048_576,
        status_days=read_integer("STACK_TAXII_STATUS_DAYS", 7, low=1, high=3650),
        certificate_header=_check_header(header) if header else "",
        certificates=_read_certificates(read_text("STACK_TAXII_CERTIFICATES")) if header else {},
    )


def _check_header(name: str) -> str:
    if not _HEADER.fullmatch(name) or name.lower() == "authorization":
        raise SettingError(
            "STACK_TAXII_CERTIFICATE_HEADER",
            "expected the name of a header of its own, such as X-Client-Cert",
        )
    if not read_networks("STACK_TRUSTED_PROXIES"):
        raise SettingError(
            "STACK_TAXII_CERTIFICATE_HEADER",
            "needs STACK_TRUSTED_PROXIES: from anybody else it means nothing",
        )
    return name


def _read_certificates(path: str) -> Mapping[str, str]:
    """The file with a fingerprint and the prefix of an API key a line."""
    if not path:
        raise SettingError(
            "STACK_TAXII_CERTIFICATES", "expected the file that says which key a certificate is"
        )
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise SettingError("STACK_TAXII_CERTIFICATES", f"cannot read {path}: {error}") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        match = _LINE.fullmatch(text)
        fingerprint = match["fingerprint"].replace(":", "").lower() if match else ""
        if match is None or len(fingerprint) != 64 or fingerprint in found:
            raise SettingError(
                "STACK_TAXII_CERTIFICATES",
                f"line {number} of {path}: expected a SHA-256 fingerprint, once, and the prefix of a key",
            )
        found[fingerprint] = match["prefix"]
    return found
