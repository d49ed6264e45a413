"""SPF (RFC 7208) with answers of DNS that are at hand: pyspf evaluates, nobody is asked."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from stack.analysis.mail.shapes import Checks

Answers = Mapping[str, Sequence[str]]
"""Texts of records by "TYPE name", the name in lower case without its last dot."""

_RECORDS: Final = frozenset(("A", "AAAA", "MX", "PTR", "TXT"))
_MOST_MISSING = 20


def check_sender(
    *, address: str, sender: str, greeting: str, answers: Answers, silent: frozenset[str], checks: Checks
) -> None:
    """Whether the domain of `sender` (or of the greeting, where it is empty) lets `address` send for it.

    Questions whose answer is not at hand are added to `checks.missing`; to `silent` ones nobody answered.
    """
    spf = load_policy()
    missing: list[str] = []
    # The module has one way of asking DNS; in the sandbox it serves one mail.
    spf.DNSLookup = _make_lookup(spf, answers, silent, missing)
    mechanism = ""
    try:
        query = spf.query(i=address, s=sender, h=greeting or "unknown", strict=True, timeout=1, querytime=0)
        result, _, reason = query.check()
        mechanism = str(query.mechanism or "")
    except Exception as error:  # pyspf raises whatever the record makes of it
        result, reason = "permerror", str(error)
    if missing and result == "temperror":
        checks.missing += missing[:_MOST_MISSING]
    checks.spf = result
    text = mechanism or (reason if result in ("temperror", "permerror") else "")
    checks.spf_reason = "".join(each for each in text if each.isprintable())[:200]


def load_policy() -> Any:
    """The module `spf`, which takes its time."""
    with warnings.catch_warnings():
        # Its source has escapes that Python no longer likes.
        warnings.simplefilter("ignore")
        import spf
    return spf


def _make_lookup(
    spf: Any, answers: Answers, silent: frozenset[str], missing: list[str]
) -> Callable[..., list[tuple[tuple[str, str], Any]]]:
    def look_up(name: str, record: str, *_: object, **__: object) -> list[tuple[tuple[str, str], Any]]:
        question = f"{record} {name.lower().rstrip('.')}"
        if record not in _RECORDS:
            return []
        if question not in answers:
            if question not in silent:
                missing.append(question)
            raise spf.TempError("DNS did not answer")
        return [((name, record), value) for text in answers[question] for value in _read_value(record, text)]

    return look_up


def _read_value(record: str, text: str) -> list[Any]:
    if record == "TXT":
        return [(text.encode("utf-8", "replace"),)]
    if record == "MX":
        preference, _, exchange = text.partition(" ")
        return [(int(preference), exchange.rstrip("."))] if preference.isdecimal() else []
    return [text.rstrip(".")]
