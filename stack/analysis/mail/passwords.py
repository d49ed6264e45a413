"""Passwords that a mail tells its reader."""

import re

_PASSWORD = re.compile(
    r"\b(?:password|passwort|kennwort|mot de passe|contraseña|passcode|archive code)\b"
    r"(?:\s+(?:is|ist|est|es))?\s*[:=\-–]?\s*"
    r"[\"'“«]?([^\s\"'”»<>,;]{3,40})",
    re.IGNORECASE,
)


def find_passwords(text: str) -> tuple[str, ...]:
    """What the text calls a password, at most ten: it may open what is attached."""
    found = (match[1].rstrip(".") for match in _PASSWORD.finditer(text[:50_000]))
    return tuple(dict.fromkeys(each for each in found if len(each) > 2))[:10]
