"""The second net: whatever a log line says, no key, token or sign-in link stands in it."""

import logging
import re

_SECRETS = (
    (re.compile(r"stk_([0-9a-f]{12})_[0-9A-Za-z]+"), r"stk_\1_…"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"(?i)(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}"), r"\1[secret]"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+@"), r"\1[secret]@"),
    (re.compile(r"(/outputs/[^/\s]+/)[^/\s]+(?=/)"), r"\1[key]"),
    (re.compile(r"(/(?:sign-in|join|invitations?|invite|reset|confirm)/)[\w~.:-]{16,}"), r"\1[token]"),
    (
        re.compile(r"(?i)(\b(?:token|code|key|secret|password|sessionid|csrftoken)=)[^\s&;\"']+"),
        r"\1[secret]",
    ),
)


def redact_secrets(text: str) -> str:
    """The text without keys, JSON Web Tokens, credentials and one-time links; a key's prefix stays."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Works on the finished line, so that arguments and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        return redact_secrets(super().format(record))
