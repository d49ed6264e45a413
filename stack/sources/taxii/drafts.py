"""A peer as it is described, checked before it is kept."""

from typing import Final
from urllib.parse import urlsplit

import msgspec

from stack.core.errors import BadInput, FieldError
from stack.core.http.tls import TlsOptions, make_tls_context
from stack.sources.taxii.client import check_url
from stack.sources.taxii.records import Mode

_MOST_PEM: Final = 100_000
_BEGIN: Final = "-----BEGIN "


class PeerDraft(msgspec.Struct, frozen=True, kw_only=True):
    """How a peer is asked. PEM texts only: a path would let who may manage peers read files of the server."""

    name: str
    url: str
    version: str = "2.1"
    mode: Mode = Mode.ORDINARY
    user: str = ""
    password: str = ""
    token: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    verify: bool = True
    is_enabled: bool = True


def check_draft(draft: PeerDraft) -> None:
    """Raises `BadInput`, which names every faulty field at once."""
    check_url(draft.url)
    faults = []
    if not draft.name.strip() or len(draft.name) > 100 or not draft.name.isprintable():
        faults.append(FieldError("name", "expected a name of up to 100 characters"))
    if draft.version not in {"2.0", "2.1"}:
        faults.append(FieldError("version", "expected 2.1 or 2.0"))
    if draft.token and (draft.password or draft.user):
        faults.append(FieldError("token", "expected a token, or a user with a password, not both"))
    for name in ("ca", "certificate", "key"):
        text = getattr(draft, name)
        if text and (not text.lstrip().startswith(_BEGIN) or len(text) > _MOST_PEM):
            faults.append(FieldError(name, "expected PEM text, which begins with -----BEGIN"))
    for name in ("user", "password", "token"):
        if not all(32 <= ord(character) < 127 for character in getattr(draft, name)):
            faults.append(FieldError(name, "expected printable characters of ASCII"))
    if (
        draft.url.strip().lower().startswith("http:")
        and (draft.password or draft.token)
        and not _is_loopback(draft.url)
    ):
        faults.append(
            FieldError("url", "expected https, because a password or token would be sent in the clear")
        )
    if faults:
        said = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
        raise BadInput(said, remedy="docs/taxii.md says how a peer is described.", errors=tuple(faults))
    make_tls_context(TlsOptions(ca_file=draft.ca, client_certificate=draft.certificate, client_key=draft.key))


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
