"""What the name of an address tells, as DNS has it in reverse (PTR), and whether the name leads back.

Whoever holds an address may give it any name; only a name that leads back to the address is the holder's of
that name too (RFC 1912 section 2.1). Large crawlers ask to be checked by just that.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from itertools import pairwise
from typing import Final

from stack.analysis.base import Resolver
from stack.core.addresses import Address
from stack.stix.observables.normalise import encode_host

_MOST_NAMES: Final = 3
_CRAWLERS: Final = (
    "googlebot.com",
    "google.com",
    "search.msn.com",
    "crawl.yahoo.net",
    "crawl.baidu.com",
    "crawl.baidu.jp",
    "yandex.ru",
    "yandex.net",
    "yandex.com",
    "applebot.apple.com",
)


class Form(StrEnum):
    """What a name says that the address is for."""

    TOR = "tor"
    SCANNER = "scanner"
    MAIL = "mail"
    VPN = "vpn"
    DYNAMIC = "dynamic"
    HOSTED = "hosted"
    GENERATED = "generated"
    OWN = "own"


FORM_TITLES: Final = {
    Form.TOR: "a Tor relay",
    Form.SCANNER: "a scanner",
    Form.MAIL: "a mail server",
    Form.VPN: "a VPN",
    Form.DYNAMIC: "a customer's line with a changing address",
    Form.HOSTED: "a rented machine",
    Form.GENERATED: "one of many, named by its number",
    Form.OWN: "a host with a name of its own",
}

# Words of labels, in the order in which they decide: "dyn-pool-7.mail.example" is a line, not a mail server.
_WORDS: Final = tuple(
    (form, frozenset(words.split()))
    for form, words in (
        (Form.TOR, "tor torexit torrelay exitnode torproject"),
        (Form.SCANNER, "scan scanner scanning probe census research-scan shodan censys shadowserver crawler"),
        (
            Form.DYNAMIC,
            "dyn dynamic dynamicip dhcp pool dsl adsl vdsl xdsl cable ppp pppoe dial dialup broadband "
            "res residential fttx ftth gpon mobile wireless lte umts gprs cgnat nat",
        ),
        (Form.VPN, "vpn openvpn wireguard"),
        (Form.MAIL, "mail smtp mx mta relay mailout outbound mxout imap"),
        (Form.HOSTED, "vps vds server dedicated hosted hosting cloud compute static instance vm ec2"),
    )
)
_SPLIT: Final = re.compile(r"[^a-z]+")


@dataclass(frozen=True, slots=True)
class ReverseName:
    """`leads_back`: the name's own addresses have this one. `claims`: the crawler whose name it is."""

    name: str
    form: Form
    leads_back: bool
    claims: str = ""


def find_names(address: Address, resolver: Resolver) -> list[ReverseName]:
    """The first few names of an address; none where there are none or nobody answers."""
    names = resolver.lookup(address.reverse_pointer, "PTR")
    found = []
    for host in sorted(filter(None, map(_read_host, names)))[:_MOST_NAMES]:
        answers = resolver.lookup(host, "A" if address.version == 4 else "AAAA")
        found.append(
            ReverseName(
                name=host,
                form=read_form(host, address),
                leads_back=any(_is_address(text, address) for text in answers),
                claims=next((each for each in _CRAWLERS if host.endswith(f".{each}")), ""),
            )
        )
    return found


def _read_host(name: str) -> str:
    """Empty where what stands there is no name: DNS lets any bytes be one."""
    try:
        return encode_host(name)
    except ValueError:
        return ""


def _is_address(text: str, address: Address) -> bool:
    try:
        return ip_address(text) == address
    except ValueError:
        return False


def read_form(host: str, address: Address) -> Form:
    """What a name says that its address is for; its last two labels are whose it is, not what."""
    labels = host.lower().split(".")
    words = {word for label in labels[:-2] or labels for word in _SPLIT.split(label)}
    words |= {f"{left}{right}" for label in labels[:-2] for left, right in pairwise(_SPLIT.split(label))}
    for form, known in _WORDS:
        if words & known:
            return form
    return Form.GENERATED if _has_number(host, address) else Form.OWN


def _has_number(host: str, address: Address) -> bool:
    """Whether the name is made of the address: its octets either way round, in decimal or in hexadecimal."""
    packed = address.packed
    if address.version == 6:
        plain = host.replace("-", "").replace(".", "")
        return packed.hex()[16:] in plain or str(address).replace(":", "-") in host
    octets = [str(octet) for octet in packed]
    numbers = [str(int(digits)) for digits in re.findall(r"\d+", host)]
    runs = [numbers[start : start + size] for size in (3, 4) for start in range(len(numbers) - size + 1)]
    # Three of four suffice: providers leave out what is their own network.
    wanted = [octets, octets[::-1], octets[1:], octets[:0:-1]]
    joined = "".join(octet.zfill(3) for octet in octets)
    return any(run in wanted for run in runs) or packed.hex() in host or joined in host
