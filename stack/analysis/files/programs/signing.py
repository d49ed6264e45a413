"""Authenticode: who signed a program, whether it still is what was signed, and who vouches for the signer.

A signature says who, not how good: keys are stolen, and companies are founded to get one. So a good one is
modest evidence for benign. One whose chain ends in no authority that is known here says nothing: anybody can
write one in any name. Known are the roots of `certifi`; those of Windows alone are not among them.
"""

import calendar
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Pivot
from stack.analysis.files.base import Report
from stack.stix.observables.kinds import Kind

_SECTION: Final = "Signature"
_MOST: Final = 4
_LONGEST_CHAIN: Final = 8


def read_signatures(binary: Any, report: Report) -> bool:
    """Notes what they say; True where one is good and its signer is vouched for."""
    import lief

    signatures = list(binary.signatures)[:_MOST]
    if not signatures:
        return False
    flags = lief.PE.Signature.VERIFICATION_FLAGS
    checks = lief.PE.Signature.VERIFICATION_CHECKS
    is_trusted = False
    for signature in signatures:
        outcome = binary.verify_signature(signature, checks.SKIP_CERT_TIME)
        signer = _find_signer(signature)
        _describe(signature, signer, report)
        name = _name(signer.subject) if signer is not None else "nobody named"
        if outcome & flags.BAD_DIGEST:
            report.note(
                "pe.changed-after-signing",
                f"It was changed after it was signed by {name}: the signature does not fit the file.",
                weight=STRONG,
            )
        elif outcome != flags.OK:
            report.note("pe.bad-signature", f"The signature by {name} does not verify.", weight=SLIGHT)
        elif signer is not None:
            is_trusted |= _note_signer(signature, signer, name, report)
    return is_trusted


def _note_signer(signature: Any, signer: Any, name: str, report: Report) -> bool:
    pivots = [Pivot(Kind.CERTIFICATE, _serial(signer), "signed-with")]
    if signer.subject == signer.issuer:
        report.note(
            "pe.signed-by-itself",
            f"It is signed with a certificate that vouches for itself, in the name of {name}.",
            weight=SLIGHT,
            pivots=pivots,
        )
        return False
    anchor = _find_anchor(
        bytes(signer.raw), [bytes(each.raw) for each in list(signature.certificates)[:_LONGEST_CHAIN]]
    )
    if not anchor:
        report.note(
            "pe.signer-unknown",
            f"It is signed in the name of {name}, by an authority that is not known here, which "
            "proves nothing.",
            pivots=pivots,
        )
        return False
    report.note(
        "pe.signed",
        f"It is signed by {name} and unchanged since; {anchor} vouches for the signer.",
        weight=-MODEST,
        pivots=pivots,
    )
    return True


def _find_signer(signature: Any) -> Any:
    for signer in signature.signers:
        if signer.cert is not None:
            return signer.cert
    return None


def _describe(signature: Any, signer: Any, report: Report) -> None:
    if signer is not None:
        report.fact("Signer", _name(signer.subject), section=_SECTION)
        report.fact("Issuer", _name(signer.issuer), section=_SECTION)
        report.fact("Serial number", _serial(signer), kind=Kind.CERTIFICATE, section=_SECTION)
        for title, when in (("Valid from", signer.valid_from), ("Valid to", signer.valid_to)):
            report.fact(title, "-".join(f"{number:02}" for number in when[:3]), section=_SECTION)
    for each in signature.signers:
        for attribute in each.authenticated_attributes:
            if (moment := getattr(attribute, "time", None)) and len(moment) == 6:
                at = calendar.timegm((*moment, 0, 0, 0)) * 1_000_000
                report.moment(at, "signed, by the signer's own clock")


def _serial(certificate: Any) -> str:
    serial = certificate.serial_number
    return serial.hex() if isinstance(serial, bytes) else str(serial).replace(":", "")


def _name(subject: Any) -> str:
    """The common name, or the whole."""
    text = subject if isinstance(subject, str) else str(subject)
    for field in text.split(", "):
        if field.startswith("CN="):
            return field[3:]
    return text


def _find_anchor(signer: bytes, chain: list[bytes]) -> str:
    """The known authority at the end of the chain from the signer; its name, or nothing.

    Each certificate on the way must have been issued by the next, which must be allowed to issue.
    """
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        current = x509.load_der_x509_certificate(signer)
        purposes = current.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
            return ""
        issuers = [x509.load_der_x509_certificate(raw) for raw in chain]
        for _ in range(_LONGEST_CHAIN):
            for root in _load_roots().get(current.issuer.public_bytes(), ()):
                if _has_issued(root, current):
                    return _name(", ".join(part.rfc4514_string() for part in root.subject.rdns))
            current = next(issuer for issuer in issuers if _has_issued(issuer, current))
    except Exception:
        # A certificate that is not well formed, or none that fits: nothing is proved.
        return ""
    return ""


def _has_issued(issuer: Any, issued: Any) -> bool:
    from cryptography import x509

    try:
        issued.verify_directly_issued_by(issuer)
        return bool(issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except Exception:
        return False


@cache
def _load_roots() -> dict[bytes, list[Any]]:
    if find_spec("certifi") is None:
        return {}
    import certifi
    from cryptography import x509

    roots: dict[bytes, list[Any]] = {}
    with warnings.catch_warnings():
        # Old roots have numbers that newer rules do not allow.
        warnings.simplefilter("ignore")
        loaded = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    for root in loaded:
        roots.setdefault(root.subject.public_bytes(), []).append(root)
    return roots
