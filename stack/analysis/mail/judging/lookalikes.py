"""Domains of senders that imitate a brand."""

from collections.abc import Iterator
from typing import Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Evidence, Pivot
from stack.analysis.mail.headers import domain_of
from stack.analysis.mail.judging.case import Case, say
from stack.analysis.names.lookalikes import Trick, find_lookalikes
from stack.analysis.names.parts import split_name

_MOST_HOSTS: Final = 20
WEIGHTS: Final = {
    Trick.EMBEDDED: STRONG,
    Trick.FOREIGN_LETTERS: STRONG,
    Trick.SIMILAR_LETTERS: STRONG,
    Trick.LURE: STRONG,
    Trick.TYPO: MODEST,
    Trick.SUBDOMAIN_LURE: MODEST,
}


def judge_lookalikes(case: Case) -> Iterator[Evidence]:
    for host, place in _list_hosts(case):
        if case.is_popular(host):
            continue
        try:
            found = find_lookalikes(split_name(host), watched=case.brands)
        except ValueError:
            continue
        for each in found[:1]:
            yield say(
                "lookalike-sender",
                f"{place} {host} is not of {each.brand.title}, but made to look like it: {each.detail}.",
                weight=WEIGHTS.get(each.trick, SLIGHT),
                group="pretends",
                pivots=(Pivot("domain", host, "sent-by"),),
            )


def _list_hosts(case: Case) -> Iterator[tuple[str, str]]:
    """Each host once, by where it stands first: (host, what it is in words)."""
    mail = case.mail
    senders = [("The sender's domain", each.address) for each in mail.senders]
    senders += [("The domain that answers go to,", each.address) for each in mail.reply_to]
    senders += [("The domain that returns go to,", mail.return_path)]
    seen = {""}
    for place, address in senders:
        host = domain_of(address)
        if host not in seen and len(seen) <= _MOST_HOSTS:
            seen.add(host)
            yield host, place
