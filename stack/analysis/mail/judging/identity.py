"""Who a mail says it is from, and what contradicts that."""

import re
from collections.abc import Iterator
from typing import Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Evidence, Pivot
from stack.analysis.mail.alignment import is_same_organisation, organisational_domain
from stack.analysis.mail.headers import domain_of
from stack.analysis.mail.judging.brands import find_brand, find_mixed_word, is_domain_of, is_free_mail
from stack.analysis.mail.judging.case import Case, quote, say

_ADDRESS = re.compile(r"[^\s<>\"'(),:;@]{1,64}@((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})", re.IGNORECASE)
_VIA = re.compile(r"\b(?:via|über|par|por)\b", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(?:re|aw|sv|antw|res|ynt|odp)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
# Bidirectional controls and characters of no width (UAX 9, UTS 39).
_CONTROLS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NO_WIDTH: Final = re.compile("[\u00ad\u200b\u200c\u2060\ufeff]")
_IDENTIFIER = re.compile(r"<?[^<>\s@]{1,500}@([^<>\s@]{1,253})>?")


def judge_identity(case: Case) -> Iterator[Evidence]:
    yield from _judge_author(case)
    yield from _judge_names(case)
    yield from _judge_replies(case)
    yield from _judge_subject(case)
    yield from _judge_recipients(case)
    yield from _judge_identifier(case)


def _judge_author(case: Case) -> Iterator[Evidence]:
    mail = case.mail
    if "from" in mail.repeated:
        names = ", ".join(quote(each.address or each.name) for each in mail.senders[:3])
        yield say(
            "several-senders",
            f"The mail has several From fields ({names}), of which filters check one and people see another.",
            weight=STRONG,
        )
    elif len(mail.senders) > 1 and not mail.sender.address:
        yield say(
            "several-authors",
            f"The From field names {len(mail.senders)} mailboxes, and no Sender field says who sent it.",
            weight=SLIGHT,
        )
    if not mail.senders:
        yield say("no-author", "The mail has no From field, which every mail must have.", weight=SLIGHT)
    elif not case.author:
        yield say(
            "no-address",
            f"The From field {quote(mail.senders[0].name)} holds no address that can be one.",
            weight=MODEST,
        )
    others = [name for name in mail.repeated if name != "from"]
    if others:
        yield say(
            "repeated-fields",
            f"Fields that a mail has once at most stand there more than once: {', '.join(others)}.",
            weight=SLIGHT,
        )


def _judge_names(case: Case) -> Iterator[Evidence]:
    for mailbox in case.mail.senders[:3]:
        domain = domain_of(mailbox.address)
        shown = _ADDRESS.search(mailbox.name)
        if shown and domain and not is_same_organisation(shown[1], domain):
            is_relayed = bool(_VIA.search(mailbox.name))
            yield say(
                "name-is-address",
                f"The sender's name shows the address {quote(shown[0])}, but the mail is from "
                f"{mailbox.address}.",
                weight=SLIGHT if is_relayed else 2.0,
                group="pretends",
            )
            continue
        brand = find_brand(mailbox.name, case.brands)
        if brand and domain and not is_domain_of(brand, domain):
            is_free = is_free_mail(domain)
            more = ", where anybody gets a mailbox" if is_free else ""
            yield say(
                "name-is-brand",
                f"The sender's name {quote(mailbox.name)} names {brand.title}, but its address is of "
                f"{organisational_domain(domain)}{more}.",
                weight=STRONG if is_free or brand.is_watched else MODEST,
                group="pretends",
            )
        if mixed := find_mixed_word(mailbox.name):
            yield say(
                "name-of-mixed-letters",
                f"The word {quote(mixed)} in the sender's name mixes letters of scripts that look alike.",
                weight=STRONG,
                group="pretends",
            )


def _judge_replies(case: Case) -> Iterator[Evidence]:
    author, mail = case.author, case.mail
    if not author:
        return
    elsewhere = [
        each.address
        for each in mail.reply_to
        if each.address and not is_same_organisation(domain_of(each.address), author)
    ]
    # The address of a list is that of its field; anybody can write one of another.
    if elsewhere and organisational_domain(domain_of(elsewhere[0])) not in mail.list_id.lower():
        is_free = is_free_mail(domain_of(elsewhere[0])) and not is_free_mail(author)
        yield say(
            "reply-elsewhere",
            f"The mail says it is from {author}, but answers go to {elsewhere[0]}"
            + (", a mailbox that anybody can get." if is_free else "."),
            weight=MODEST if is_free else SLIGHT,
            pivots=(Pivot("email", elsewhere[0], "replies-to"),),
        )
    envelope = domain_of(mail.return_path)
    if envelope and not is_same_organisation(envelope, author):
        # Whoever sends for others takes the returns: most newsletters are like this.
        yield say(
            "returns-elsewhere",
            f"The mail says it is from {author}; what cannot be delivered returns to {envelope}.",
            pivots=(Pivot("domain", envelope, "returns-to"),),
        )
    agent = domain_of(mail.sender.address)
    if agent and not is_same_organisation(agent, author):
        yield say(
            "sent-by-other",
            f"The mail for {author} was sent by {mail.sender.address}, as its Sender field says.",
        )


def _judge_subject(case: Case) -> Iterator[Evidence]:
    mail = case.mail
    shown = " ".join([mail.subject, *(each.name for each in mail.senders[:3])])
    if found := _CONTROLS.findall(shown):
        yield say(
            "turned-text",
            f"Subject or sender's name hold {len(found)} characters that turn the direction of text around, "
            "so that something else is read than is written.",
            weight=STRONG if any("\u202a" <= each <= "\u202e" for each in found) else SLIGHT,
        )
    if found := _NO_WIDTH.findall(shown):
        yield say(
            "invisible-letters",
            f"Subject or sender's name hold {len(found)} characters that nobody sees, which break up words "
            "for filters.",
            weight=MODEST,
        )
    if mixed := find_mixed_word(mail.subject):
        yield say(
            "subject-of-mixed-letters",
            f"The word {quote(mixed)} in the subject has letters of several scripts that look alike.",
            weight=MODEST,
        )
    if _REPLY.match(mail.subject) and not mail.is_reply:
        yield say(
            "feigned-reply",
            f"The subject {quote(mail.subject)} says that this is a reply, but the mail refers to no other.",
            weight=SLIGHT,
        )


def _judge_recipients(case: Case) -> Iterator[Evidence]:
    mail = case.mail
    named = {each.address for each in mail.recipients if each.address}
    if not named:
        yield say(
            "no-recipients", "The mail names no recipient, so that none sees who else got it.", weight=0.3
        )
    elif named == {each.address for each in mail.senders if each.address}:
        yield say(
            "sent-to-itself",
            "The mail is addressed to its own sender; whoever else got it is hidden.",
            weight=SLIGHT,
        )


def _judge_identifier(case: Case) -> Iterator[Evidence]:
    mail = case.mail
    if not mail.message_id:
        yield say(
            "no-identifier", "The mail has no Message-ID, which mail programs and servers add.", weight=0.3
        )
        return
    match = _IDENTIFIER.fullmatch(mail.message_id)
    if match is None:
        yield say(
            "odd-identifier", f"The Message-ID {quote(mail.message_id)} is not formed as one.", weight=0.3
        )
        return
    host = match[1].lower()
    on_the_way = [name for hop in mail.hops for name in (hop.by, hop.greeting, hop.reverse) if name]
    known = [case.author, domain_of(mail.return_path), *(signature.domain for signature in mail.signatures)]
    if case.author and not any(is_same_organisation(host, each) for each in (*known, *on_the_way)):
        yield say(
            "identifier-elsewhere",
            f"The Message-ID is of {quote(host)}, which neither sent, signed nor carried the mail.",
            weight=0.3,
        )
