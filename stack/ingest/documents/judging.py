"""How sure it is that a value in a document is an indicator, why, and what to propose.

Rules of thumb that a person can follow and overrule. They never leave a find out: what is probably nothing
is proposed as nothing, and says why.
"""

import ipaddress

import msgspec

from stack.stix.observables.kinds import Kind, Observable

SURE = 80
_INDICATOR, _OBSERVABLE, _NOTHING = "indicator", "observable", "nothing"
_LIKELY, _UNLIKELY = 50, 30

_BASE = {
    Kind.SHA256: 90,
    Kind.SHA1: 90,
    Kind.SHA512: 90,
    Kind.MD5: 85,
    Kind.SSDEEP: 85,
    Kind.TLSH: 85,
    Kind.CVE: 90,
    Kind.ATTACK: 85,
    Kind.CRYPTO: 85,
    Kind.URL: 65,
    Kind.IPV4: 65,
    Kind.IPV6: 55,
    Kind.DOMAIN: 55,
    Kind.MUTEX: 75,
    Kind.REGISTRY_KEY: 60,
    Kind.EMAIL: 50,
    Kind.CIDR: 50,
    Kind.PATH: 45,
    Kind.MAC: 50,
    Kind.FILE_NAME: 40,
    Kind.ASN: 40,
}
_HASHES = frozenset({Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.SSDEEP, Kind.TLSH})
# Looked for by itself. The other kinds are facts about something, or much too common to alert on.
_ALERTED = _HASHES | {Kind.URL, Kind.IPV4, Kind.IPV6, Kind.CIDR, Kind.DOMAIN, Kind.EMAIL, Kind.MUTEX}
_WITHOUT_OBJECT = frozenset({Kind.CRYPTO, Kind.USER_AGENT, Kind.CERTIFICATE, Kind.NAME, Kind.TEXT})
# Names that programs give to objects, so that what follows the dot is a member, not a top-level domain.
_CODE = frozenset(
    """
    app args array cls config console context ctx data date db debug doc document e el element err error event
    exports file form io item js json key list location log math message model module msg name navigator node
    num obj object options os params path process props query re req request res response result root row self
    session socket std str string sys system target task test this thread time user util utils value view win
    window
    """.split()  # noqa: SIM905 (a list of quoted words is hard to read)
)


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """How a value was found. `defangs_others`: the document writes other addresses so that nobody clicks."""

    is_defanged: bool
    mentions: int
    only_headers: bool
    is_joined: bool
    defangs_others: bool
    pattern_type: str = ""


def judge(observable: Observable, found: Judgement) -> tuple[int, str, str]:
    """Sureness from 0 to 100, the reason in words, and `indicator`, `observable` or `nothing`."""
    if found.pattern_type:
        return (
            80,
            f"a {found.pattern_type.upper() if found.pattern_type == 'yara' else 'Sigma'} rule",
            _INDICATOR,
        )
    sureness, why = _weigh(observable, found)
    if found.mentions > 1 and sureness >= _UNLIKELY:
        sureness, why = min(sureness + 5, 99), f"{why}; named {found.mentions} times"
    return sureness, why, _propose(observable.kind, sureness)


def _weigh(observable: Observable, found: Judgement) -> tuple[int, str]:
    kind = observable.kind
    if kind in {Kind.IPV4, Kind.IPV6, Kind.CIDR} and (why := _is_local(observable.value)):
        return 5, why
    if found.is_defanged:
        return 95, "written defanged"
    if kind is Kind.DOMAIN and _is_code(observable.value):
        return 5, "looks like a member in a program, not a host"
    for is_so, sureness, why in (
        (found.only_headers, 25, "in the headers of the mail only"),
        (found.defangs_others, 20, "not defanged, while others in the document are"),
        (found.is_joined, 70, "put together from several lines"),
    ):
        if is_so:
            return sureness, why
    return _BASE.get(kind, 40), "plain"


def _propose(kind: Kind, sureness: int) -> str:
    if sureness < _UNLIKELY or kind in _WITHOUT_OBJECT:
        return _NOTHING
    return _INDICATOR if kind in _ALERTED and sureness >= _LIKELY else _OBSERVABLE


def _is_local(value: str) -> str:
    network = ipaddress.ip_network(value, strict=False)
    if network.is_loopback or network.is_unspecified or network.is_link_local or network.is_multicast:
        return "an address of the machine or its link alone"
    if network.version == 4 and value.startswith(("192.0.2.", "198.51.100.", "203.0.113.")):
        # Set aside for documents such as this: nobody has it, but an author may hide the true one behind it.
        return ""
    return "an address that is not routed on the Internet" if network.is_private else ""


def _is_code(host: str) -> bool:
    labels = host.split(".")
    return labels[0] in _CODE and len(labels) <= 3
