"""What is asked of DNS about a mail, outside the sandbox: keys, SPF and DMARC records, mail servers.

The names come from whoever wrote the mail, so that their number is bounded, and no answer is read here for
more than the names in it.
"""

import re
from collections.abc import Iterable, Iterator
from threading import Event
from typing import Final

from stack.analysis.base import Resolver
from stack.analysis.mail.alignment import organisational_domain
from stack.analysis.mail.headers import domain_of
from stack.analysis.mail.hops import find_boundary
from stack.analysis.mail.shapes import MailReading
from stack.analysis.resolving.replies import Outcome, ask_dns

MOST_QUESTIONS: Final = 60
_TERM = re.compile(
    r"[+~?-]?(include|a|mx|redirect)(?:[:=]([a-z0-9._-]{1,253}))?(?:/\d{1,3}){0,2}", re.IGNORECASE
)
_MOST_TERMS = 20
_MOST_EXCHANGES = 10


class Replies:
    """What DNS said: texts by "TYPE name", names that do not exist, and questions nobody answered."""

    def __init__(self) -> None:
        self.texts: dict[str, tuple[str, ...]] = {}
        self.absent: set[str] = set()
        self.silent: set[str] = set()

    def get(self, record: str, name: str) -> tuple[str, ...]:
        return self.texts.get(f"{record} {name.lower().rstrip('.')}", ())

    def is_empty(self, record: str, name: str) -> bool:
        """Whether DNS said that there is none, which silence does not."""
        return self.is_known(record, name) and not self.get(record, name)

    def is_known(self, record: str, name: str) -> bool:
        return f"{record} {name.lower().rstrip('.')}" in self.texts


class Asker:
    """Asks for one mail, each question once, at most sixty."""

    def __init__(self, resolver: Resolver, stop: Event) -> None:
        self._resolver = resolver
        self._stop = stop
        self.replies = Replies()

    def ask(self, questions: Iterable[str]) -> bool:
        """Whether any of them was new and could still be asked."""
        asked = False
        for question in questions:
            replies = self.replies
            if question in replies.texts or question in replies.silent:
                continue
            if self._stop.is_set() or len(replies.texts) + len(replies.silent) >= MOST_QUESTIONS:
                break
            asked = True
            record, _, name = question.partition(" ")
            reply = ask_dns(self._resolver, name, record)
            if reply.outcome == Outcome.SILENT:
                replies.silent.add(question)
                continue
            replies.texts[question] = reply.texts
            if reply.outcome == Outcome.ABSENT:
                replies.absent.add(question)
        return asked

    def ask_about(self, mail: MailReading) -> None:
        """The keys of its signatures, and the records of its senders with what they refer to."""
        self.ask(_list_questions(mail))
        client, sender = choose_client(mail), domain_of(mail.return_path)
        if client and sender:
            self._follow_policy(sender, "AAAA" if ":" in client else "A")

    def _follow_policy(self, domain: str, addresses: str) -> None:
        """What an SPF record refers to without macros, breadth first; what else there is comes up later."""
        waiting, seen = [domain], {domain}
        while waiting and len(seen) <= _MOST_TERMS:
            name = waiting.pop(0)
            self.ask([f"TXT {name}"])
            for record, target in _list_terms(self.replies.get("TXT", name), name):
                if record == "TXT":
                    if target not in seen:
                        seen.add(target)
                        waiting.append(target)
                    continue
                self.ask([f"{addresses if record == 'A' else record} {target}"])
                if record == "MX":
                    hosts = [text.rpartition(" ")[2] for text in self.replies.get("MX", target)]
                    self.ask(f"{addresses} {host.rstrip('.')}" for host in hosts[:_MOST_EXCHANGES] if host)


def choose_client(mail: MailReading) -> str:
    """The address that handed the mail over from outside: as the recipient's server states it, else as its
    `Received` field has it; empty where neither does."""
    if mail.client:
        return mail.client
    boundary = find_boundary(mail.hops)
    return boundary.address if boundary else ""


def ask_for_key(selector: str, domain: str) -> str:
    """The question for a key of DKIM (RFC 6376, section 3.6.2)."""
    return f"TXT {selector.lower()}._domainkey.{domain.lower()}"


def _list_questions(mail: MailReading) -> Iterator[str]:
    for signature in mail.signatures:
        if signature.domain and signature.selector:
            yield ask_for_key(signature.selector, signature.domain)
    for link in mail.chain:
        if link.domain and link.selector:
            yield ask_for_key(link.selector, link.domain)
        if link.seal_domain and link.seal_selector:
            yield ask_for_key(link.seal_selector, link.seal_domain)
    for mailbox in mail.senders[:2]:
        domain = domain_of(mailbox.address)
        if domain:
            yield f"TXT _dmarc.{domain}"
            yield f"TXT _dmarc.{organisational_domain(domain)}"
            yield f"MX {domain}"
            yield f"A {domain}"


def _list_terms(records: tuple[str, ...], domain: str) -> Iterator[tuple[str, str]]:
    record = next((text for text in records if text.lower().startswith("v=spf1 ")), "")
    for term in record.split(" ")[1:40]:
        if match := _TERM.fullmatch(term):
            kind, target = match[1].lower(), (match[2] or domain).lower().rstrip(".")
            if kind in ("include", "redirect"):
                if match[2]:
                    yield "TXT", target
            else:
                yield kind.upper(), target
