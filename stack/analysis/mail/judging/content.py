"""What a mail wants of its reader: links, forms, script, hidden text, words."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Evidence, Pivot
from stack.analysis.mail.alignment import is_same_organisation
from stack.analysis.mail.headers import domain_of
from stack.analysis.mail.judging.case import Case, quote, say
from stack.analysis.mail.passwords import find_passwords
from stack.analysis.mail.shapes import Link
from stack.analysis.urls.decoding import decode_values
from stack.analysis.urls.reading import read_url
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import normalise
from stack.stix.observables.suffixes import ends_publicly

_SHOWN = re.compile(r"(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?:[:/?#]\S*)?", re.IGNORECASE)
_TARGET = re.compile(r"(?:https?:)?//(?:([^/?#@]*)@)?(\[[^\]]*\]|[^/?#:@]*)", re.IGNORECASE)
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|txt|html?|jpe?g|png)$", re.IGNORECASE)
_MOST_TOLD: Final = 5
_MOST_HIDDEN: Final = 500
_FEW_LETTERS: Final = 40
# Words alone prove nothing: newsletters use them too. Two of them and more are told, and count a little.
_WORDS: Final = re.compile(
    r"\b(?:urgent(?:ly)?|immediately|suspended|verify your|confirm your|within 24 hours|overdue"
    r"|final notice|unusual (?:sign.?in|activity)|account (?:has been )?(?:locked|limited|closed)"
    r"|gift cards?|wire transfer|password (?:expires|expired|will expire)|bitcoin"
    r"|dringend|sofort|gesperrt|bestätigen sie|mahnung|immédiatement|compte (?:suspendu|bloqué)|urgente"
    r"|verifique su)\b",
    re.IGNORECASE,
)


def judge_content(case: Case) -> Iterator[Evidence]:
    yield from _judge_links(case)
    yield from _judge_script(case)
    yield from _judge_hidden(case)
    yield from _judge_words(case)
    yield from _judge_protected(case)


def read_host(target: str) -> str:
    """The host of a link in canonical form; empty for what is no link to a host."""
    match = _TARGET.match(target)
    if match is None:
        return ""
    host = match[2].strip("[]")
    for kind in (Kind.DOMAIN, Kind.IPV4, Kind.IPV6):
        try:
            return normalise(kind, host)
        except ValueError:
            continue
    return host.lower()


def _judge_links(case: Case) -> Iterator[Evidence]:
    own = [case.author, domain_of(case.mail.return_path), *(each.domain for each in case.mail.signatures)]
    told: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    for link in case.mail.markup.links:
        for found in _judge_link(link, own, case):
            key = (found.code, read_host(link.target))
            if key not in seen and told.get(found.code, 0) < _MOST_TOLD:
                seen.add(key)
                told[found.code] = told.get(found.code, 0) + 1
                yield found


def _judge_link(link: Link, own: list[str], case: Case) -> Iterator[Evidence]:
    target, host = link.target, read_host(link.target)
    pivots = (Pivot("url", target, "links-to"),) if host else ()
    if target.lower().lstrip().startswith(("javascript:", "data:", "vbscript:")):
        yield say(
            "link-runs-script", f"The link {quote(link.text)} runs a program: {quote(target)}.", weight=STRONG
        )
        return
    shown = _find_shown(link.text)
    if shown and host and not is_same_organisation(shown, host) and not _leads_on(target, shown):
        is_own = any(is_same_organisation(host, each) for each in own if each)
        is_bad = _is_address(host) or (not is_own and (case.is_popular(shown) or case.is_own_brand(shown)))
        # Newsletters count clicks: the link of a sender goes through a service, and shows where it ends.
        is_counted = not _is_address(host) and is_same_organisation(shown, case.author)
        yield say(
            "link-says-other",
            f"A link shows {quote(shown)}, but leads to {quote(host)}.",
            weight=0.0 if is_own else SLIGHT if is_counted else STRONG if is_bad else MODEST,
            group="links",
            pivots=pivots,
        )


def _judge_script(case: Case) -> Iterator[Evidence]:
    markup = case.mail.markup
    if markup.smuggling:
        yield say(
            "smuggling",
            f"The HTML has script that {', '.join(markup.smuggling)}: so a file is made in the reader's "
            "browser.",
            weight=(SLIGHT, MODEST, STRONG, 3.5)[min(len(markup.smuggling), 4) - 1],
            group="script",
        )
    elif markup.scripts:
        yield say(
            "script",
            f"The HTML has {markup.scripts} scripts, which no mail program runs, but a browser does.",
            weight=SLIGHT,
            group="script",
        )
    if markup.forms:
        asks = " and asks for a password" if markup.password_fields else ""
        yield say(
            "form",
            f"The mail holds a form{asks}, sent to {quote(markup.forms[0])}.",
            weight=STRONG if markup.password_fields else MODEST,
            pivots=tuple(Pivot("url", each, "links-to") for each in markup.forms if read_host(each)),
        )
    if markup.refresh:
        yield say(
            "refresh",
            f"The HTML sends whoever opens it on to {quote(markup.refresh)}.",
            weight=MODEST,
            pivots=(Pivot("url", markup.refresh, "links-to"),) if read_host(markup.refresh) else (),
        )
    if markup.frames:
        yield say("frame", f"The HTML embeds {quote(markup.frames[0])}.", weight=SLIGHT)
    if markup.base:
        yield say("base", f"The HTML has its short links lead to {quote(markup.base)} (base).", weight=SLIGHT)


def _judge_hidden(case: Case) -> Iterator[Evidence]:
    markup = case.mail.markup
    if markup.pixels:
        hosts = sorted({read_host(each) for each in markup.pixels} - {""})
        yield say(
            "pixel",
            f"{len(markup.pixels)} images that nobody sees tell {', '.join(map(quote, hosts[:3]))} who opens "
            "the mail.",
        )
    if markup.hidden_letters:
        is_much = markup.hidden_letters > max(_MOST_HIDDEN, markup.shown_letters)
        yield say(
            "hidden-text",
            f"{markup.hidden_letters:,} letters of the HTML are hidden from people, {markup.shown_letters:,} "
            f"are shown; hidden is {quote(markup.hidden)}.",
            weight=0.8 if is_much else 0.0,
        )
    if markup.images and markup.links and markup.shown_letters < _FEW_LETTERS:
        yield say(
            "image-only",
            f"The mail is an image with a link: filters find {markup.shown_letters} letters of text in it.",
            weight=SLIGHT,
        )


def _judge_words(case: Case) -> Iterator[Evidence]:
    found = {match[0].lower() for match in _WORDS.finditer(f"{case.mail.subject}\n{case.mail.text}")}
    if len(found) > 1:
        words = ", ".join(map(quote, sorted(found)[:6]))
        yield say("words", f"The mail presses its reader: {words}.", weight=0.3)


def _judge_protected(case: Case) -> Iterator[Evidence]:
    mail = case.mail
    if mail.encryption:
        yield say("protected", f"The mail uses {', '.join(mail.encryption)}.")
    archives = [each for each in mail.attachments if each.name.lower().endswith(_ARCHIVES)]
    if archives and find_passwords(mail.text):
        yield say(
            "password-beside",
            f"The text gives a password, and {quote(archives[0].name)} is attached: it keeps scanners out.",
            weight=MODEST,
        )


_ARCHIVES: Final = (".zip", ".7z", ".rar", ".iso", ".img", ".docx", ".xlsx", ".pdf", ".ace", ".gz")


def _find_shown(text: str) -> str:
    """The host that the text of a link shows, if it looks like one and not like the name of a file."""
    match = _SHOWN.fullmatch(text.strip().rstrip(".,;"))
    if match is None or ("/" not in text and _FILE.search(text)):
        return ""
    host = match[1].lower()
    return host if ends_publicly(host) else ""


def _leads_on(target: str, shown: str) -> bool:
    """Whether the link carries an address of whom it shows: gateways of recipients wrap all links so."""
    try:
        url = read_url(target)
    except ValueError:
        return False
    return any(is_same_organisation(shown, read_host(value.text)) for value in decode_values(url))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
