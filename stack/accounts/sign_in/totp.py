"""Time-based one-time passwords (RFC 6238 over RFC 4226): six digits, 30 seconds, SHA-1 as apps expect it."""

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

PERIOD = 30
DIGITS = 6
# One step back and one ahead: clocks of telephones drift (RFC 6238, section 5.2).
_TOLERANCE = 1


def make_secret() -> str:
    """160 random bits in Base32 (RFC 4226, section 4, R6)."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def compute_code(secret: str, counter: int) -> str:
    """The code of a time step (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def find_counter(secret: str, code: str, *, at: float, after: int) -> int | None:
    """The time step around `at` (seconds since the epoch) that the code belongs to, later than `after`.

    A step that was used, and every one before it, is refused: a code works once (RFC 6238, section 5.2).
    """
    now = int(at) // PERIOD
    found = None
    for counter in range(now - _TOLERANCE, now + _TOLERANCE + 1):
        is_right = hmac.compare_digest(
            compute_code(secret, counter).encode(), code.encode("utf-8", "replace")
        )
        if is_right and counter > after:
            found = counter
    return found


def describe_secret(secret: str, *, name: str, issuer: str = "Stack") -> str:
    """The address that authenticator apps read from the square: `otpauth://totp/…`."""
    label = quote(f"{issuer}:{name}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"
