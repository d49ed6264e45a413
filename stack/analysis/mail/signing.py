"""DKIM signatures (RFC 6376) and ARC sets (RFC 8617): what they claim, and whether they hold.

The keys come with the arguments: whoever calls has asked DNS. dkimpy does the cryptography; what of it reads
a long header or body in more than linear time is done here beforehand, with the same outcome.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final

from stack.analysis.mail.shapes import ChainLink, Checks, KeyCheck, Signature
from stack.analysis.mail.wire import MOST_FIELDS, Entity, RawField

MOST_SIGNATURES: Final = 10
MOST_CHAIN: Final = 10
_LONGEST_SIGNATURE = 16_384
_MOST_SIGNED = 400
_BLANKS = re.compile(rb"[\t ]+")
_LINE_END = re.compile(rb"\r?\n")
_INSTANCE = re.compile(r"(?:^|;)\s*i\s*=\s*(\d{1,3})\s*(?:;|$)")
_DIGITS = re.compile(r"\d{1,12}")
_HASHES = {"rsa-sha256": "sha256", "ed25519-sha256": "sha256", "rsa-sha1": "sha1"}


def read_signatures(root: Entity) -> list[Signature]:
    """The DKIM signatures from the top, at most ten, each with whether the body is the one it is for."""
    fields = [field for field in root.fields if field.name == "dkim-signature"][:MOST_SIGNATURES]
    if not fields:
        return []
    bodies = _Bodies(root)
    return [_read_signature(number, field, bodies) for number, field in enumerate(fields)]


def read_chain(root: Entity) -> list[ChainLink]:
    """The sets of ARC, the first one first; at most ten."""
    seals: dict[int, dict[str, str]] = {}
    messages: dict[int, dict[str, str]] = {}
    for field in root.fields:
        if field.name not in ("arc-seal", "arc-message-signature"):
            continue
        tags = _read_tags(field)
        instance = tags.get("i", "")
        if instance.isdecimal() and 0 < int(instance) <= 50:
            (seals if field.name == "arc-seal" else messages).setdefault(int(instance), tags)
    return [
        ChainLink(
            instance=number,
            domain=_read_domain(messages.get(number, {})),
            selector=messages.get(number, {}).get("s", "")[:100],
            status=seals[number].get("cv", "").lower()[:10],
            seal_selector=seals[number].get("s", "")[:100],
            seal_domain=_read_domain(seals[number]),
        )
        for number in sorted(seals)[:MOST_CHAIN]
    ]


def check_signatures(root: Entity, keys: Mapping[str, str], checks: Checks) -> None:
    """Verifies the signatures and the chain with the TXT records at hand, by name without the last dot."""
    if len(root.fields) >= MOST_FIELDS:
        checks.signatures = [KeyCheck(number=0, fault="the header has too many fields to verify it")]
        return
    verifier = _Verifier(root, keys)
    fields = [field for field in root.fields if field.name == "dkim-signature"][:MOST_SIGNATURES]
    checks.signatures = [verifier.verify(number, field) for number, field in enumerate(fields)]
    if any(field.name == "arc-seal" for field in root.fields):
        checks.chain, checks.chain_reason = verifier.verify_chain()


class _Bodies:
    """The body in its two canonical forms, each made once; RFC 6376, section 3.4."""

    def __init__(self, root: Entity) -> None:
        self._body = _LINE_END.sub(b"\r\n", root.data[root.start : root.end])
        self._made: dict[str, bytes] = {}

    def get(self, form: str) -> bytes:
        if form not in self._made:
            body = self._body
            if form == "relaxed":
                body = _BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n")
            body = _drop_empty_lines(body)
            # They are one end of line together; a relaxed empty body stays empty.
            self._made[form] = body + b"\r\n" if body or form == "simple" else b""
        return self._made[form]


def _drop_empty_lines(body: bytes) -> bytes:
    """The body without the line ends at its end, however many there are."""
    bare = body.rstrip(b"\r\n")
    if not body[len(bare) :].replace(b"\r\n", b""):
        return bare
    end = len(body)
    while body.endswith(b"\r\n", len(bare), end):
        end -= 2
    return body[:end]


def _read_signature(number: int, field: RawField, bodies: _Bodies) -> Signature:
    if len(field.raw) > _LONGEST_SIGNATURE:
        return Signature(number=number, fault="the signature is longer than 16,384 bytes")
    tags = _read_tags(field)
    domain, algorithm = _read_domain(tags), tags.get("a", "").lower()
    missing = [name for name in ("v", "a", "b", "bh", "d", "h", "s") if not tags.get(name)]
    fault = f"it lacks {', '.join(f'{name}=' for name in missing)}" if missing else ""
    form = tags.get("c", "simple").lower().partition("/")[2] or "simple"
    length = int(tags["l"]) if _DIGITS.fullmatch(tags.get("l", "")) else None
    body = bodies.get("relaxed" if form == "relaxed" else "simple")
    matches = None
    if algorithm in _HASHES and not missing:
        # The signer chose the algorithm: one that is weak is told as such by whoever weighs this.
        digest = hashlib.new(_HASHES[algorithm], body[:length], usedforsecurity=False).digest()
        matches = digest == _decode(tags["bh"])
    return Signature(
        number=number,
        domain=domain,
        selector=tags.get("s", "")[:100],
        algorithm=algorithm[:20],
        identity=tags.get("i", "")[:254],
        signed=tuple(name.strip().lower()[:60] for name in tags.get("h", "").split(":")[:60] if name.strip()),
        length=length,
        body_size=len(body),
        signed_at=_read_seconds(tags.get("t", "")),
        expires_at=_read_seconds(tags.get("x", "")),
        body_matches=matches,
        fault=fault,
    )


def _read_tags(field: RawField) -> dict[str, str]:
    """The tags of a field; white space within values is kept out, as none of those read here has any."""
    tags: dict[str, str] = {}
    for piece in field.raw[:_LONGEST_SIGNATURE].decode("utf-8", "replace").split(";"):
        name, equals, value = piece.partition("=")
        if equals:
            tags.setdefault(name.strip(), "".join(value.split()))
    return tags


def _read_domain(tags: Mapping[str, str]) -> str:
    return tags.get("d", "").lower().rstrip(".")[:253]


def _read_seconds(text: str) -> int | None:
    return int(text) * 1_000_000 if _DIGITS.fullmatch(text) else None


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


class _Verifier:
    """Verifies with dkimpy, which gets the fields and the body as it would have split them itself."""

    def __init__(self, root: Entity, keys: Mapping[str, str]) -> None:
        import dkim

        # dkimpy asks PyNaCl for Ed25519 (RFC 8463); `cryptography` does the same and is here.
        vars(dkim).setdefault("nacl", _ED25519)
        self._dkim = dkim
        self._keys = keys
        self._fields = [
            [field.raw_name, _LINE_END.sub(b"\r\n", field.raw.rstrip(b"\r\n") + b"\r\n")]
            for field in root.fields
        ]
        body = _LINE_END.sub(b"\r\n", root.data[root.start : root.end])
        self._body = _drop_empty_lines(body) + b"\r\n"
        self._packed = _drop_empty_lines(_BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n")) + b"\r\n"

    def _find_key(self, name: bytes, timeout: float = 0) -> str:
        return self._keys.get(name.decode("ascii", "replace").rstrip(".").lower(), "")

    def verify(self, number: int, field: RawField) -> KeyCheck:
        if len(field.raw) > _LONGEST_SIGNATURE:
            return KeyCheck(number=number, fault="the signature is longer than 16,384 bytes")
        signer = self._dkim.DKIM(minkey=0)
        signer.headers = [list(each) for each in self._fields]
        try:
            tags = self._dkim.parse_tag_value(_LINE_END.sub(b"", field.raw))
            # When it ran out is weighed against when the mail came, not against today.
            tags.pop(b"x", None)
            self._dkim.validate_signature_fields(tags)
            names = [name.lower() for name in re.split(rb"\s*:\s*", tags[b"h"])]
            if len(names) > _MOST_SIGNED:
                return KeyCheck(number=number, fault=f"it names more than {_MOST_SIGNED} fields")
            is_relaxed = tags.get(b"c", b"").endswith(b"/relaxed")
            signer.body = self._packed if is_relaxed else self._body
            record = self._find_key(tags[b"s"] + b"._domainkey." + tags[b"d"])
            if not record:
                return KeyCheck(number=number, fault="its key is not in DNS")
            raw = self._fields_of(b"dkim-signature")[number]
            is_valid = bool(signer.verify_sig(tags, names, raw, self._find_key))
        except Exception as error:  # dkimpy raises whatever the mail makes of it
            return KeyCheck(number=number, is_valid=False, fault=_say(error))
        fault = "" if is_valid else "the header is not the one that was signed, or the key is another"
        return KeyCheck(
            number=number,
            is_valid=is_valid,
            key_bits=int(getattr(signer, "keysize", 0) or 0),
            is_testing=bool(re.search(r"(?:^|;)\s*t\s*=[^;]*\by\b", record)),
            fault=fault,
        )

    def verify_chain(self) -> tuple[str, str]:
        """ "pass", "fail" or "none", and why."""
        seals = self._fields_of(b"arc-seal")
        if len(seals) > MOST_CHAIN or any(len(raw) > _LONGEST_SIGNATURE for _, raw in seals):
            return "", "the chain is longer than is verified here"
        chain = self._dkim.ARC(minkey=0)
        chain.headers = [list(each) for each in self._fields]
        # ARC knows the relaxed form only.
        chain.body = self._packed
        try:
            outcome, _, reason = chain.verify(dnsfunc=self._find_key)
        except Exception as error:  # dkimpy raises whatever the mail makes of it
            return "fail", _say(error)
        return (outcome or b"fail").decode("ascii"), str(reason)[:200]

    def _fields_of(self, name: bytes) -> list[tuple[bytes, bytes]]:
        return [(raw_name, raw) for raw_name, raw in self._fields if raw_name.lower() == name]


def _say(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return "".join(character for character in text if character.isprintable())[:200]


class _VerifyKey:
    """A public key of Ed25519, as dkimpy asks for it."""

    def __init__(self, key: bytes, encoder: Any = None) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
        except (binascii.Error, ValueError) as error:
            raise _KeyFault(str(error)) from error

    def verify(self, digest: bytes, signature: bytes) -> None:
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, digest)
        except InvalidSignature as error:
            raise _WrongSignature from error


class _KeyFault(Exception):
    pass


class _WrongSignature(Exception):
    pass


_ED25519 = SimpleNamespace(
    signing=SimpleNamespace(VerifyKey=_VerifyKey),
    encoding=SimpleNamespace(Base64Encoder=None),
    exceptions=SimpleNamespace(ValueError=_KeyFault, BadSignatureError=_WrongSignature),
)
