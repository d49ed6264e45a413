"""Names that mails pretend to be, and who gives away mailboxes."""

import re
from itertools import pairwise
from typing import Final

from stack.analysis.mail.alignment import organisational_domain
from stack.analysis.names.brands import Brand, gather_brands
from stack.analysis.names.shapes import find_scripts, write_latin

FREE_MAIL: Final = frozenset(
    """
    126.com 163.com aim.com aol.com att.net bk.ru btinternet.com caramail.com comcast.net cox.net daum.net
    email.com fastmail.com foxmail.com free.fr freemail.hu freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de
    gmx.net googlemail.com hanmail.net hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr
    hotmail.it hushmail.com icloud.com inbox.lv inbox.ru interia.pl laposte.net libero.it list.ru live.co.uk
    live.com live.de live.fr live.nl mac.com mail.com mail.de mail.ru mailbox.org mailfence.com me.com msn.com
    naver.com o2.pl onet.pl orange.fr outlook.com outlook.de outlook.es outlook.fr posteo.de proton.me
    protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com sbcglobal.net seznam.cz
    sfr.fr sina.com skynet.be t-online.de terra.com.br tiscali.it tutanota.com tuta.io uol.com.br verizon.net
    virgilio.it wanadoo.fr web.de wp.pl ya.ru yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com
    yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru yeah.net ymail.com zohomail.com
    zoho.com
    """.split()  # noqa: SIM905 (a list of quoted words is hard to read)
)

_WORD = re.compile(r"[^\W_]+")
_LONGEST_NAME = 500


def find_brand(name: str, watched: tuple[str, ...]) -> Brand | None:
    """The brand that a display name names, as people read it. Brands that are words too are passed over."""
    words = _WORD.findall(write_latin(name[:_LONGEST_NAME]).lower())
    shown = {*words, *(one + other for one, other in pairwise(words))}
    return next((each for each in gather_brands(watched) if each.label in shown and not each.is_word), None)


def is_domain_of(brand: Brand, domain: str) -> bool:
    """Whether the brand sends from this domain: one of its own, or its name below another suffix."""
    owner = organisational_domain(domain)
    return owner in brand.domains or owner.partition(".")[0] == brand.label


def is_free_mail(domain: str) -> bool:
    return organisational_domain(domain) in FREE_MAIL


def find_mixed_word(text: str) -> str:
    """The first word whose letters are of several scripts that look alike; empty where there is none."""
    words = _WORD.findall(text[:_LONGEST_NAME])
    return next((each for each in words if find_scripts(each.lower()).is_mixed), "")
