"""A host name taken apart: suffix, registered name, what stands below it."""

from functools import lru_cache

import msgspec

from stack.analysis.names.suffixes import find_suffix
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import normalise


class NameParts(msgspec.Struct, frozen=True):
    """Of `login.paypal.co.uk`: suffix `co.uk`, registered `paypal.co.uk`, label `paypal`, below `login`.

    All are A-labels in lower case; `unicode` is the whole name as people see it. The suffix may be a hosting
    service's (`github.io`), whose `operator` is then told: `label` is what its customer chose. `registered`
    and `label` are empty where the name is itself a suffix. `under_registry` is the name as a registry knows
    it: `github.io` of `a.github.io`.
    """

    host: str
    unicode: str
    suffix: str
    registered: str
    label: str
    below: str
    under_registry: str
    is_suffix_known: bool
    is_suffix_private: bool
    operator: str

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.host.split("."))

    @property
    def label_unicode(self) -> str:
        return decode_label(self.label)


@lru_cache(maxsize=2048)
def split_name(host: str) -> NameParts:
    """`host` may be Unicode or A-labels, with or without a trailing dot; ValueError where it is no name."""
    name = normalise(Kind.DOMAIN, host)
    suffix = find_suffix(name)
    registered = _take(name, suffix.text)
    official = find_suffix(name, private=False) if suffix.is_private else suffix
    return NameParts(
        host=name,
        unicode=decode_name(name),
        suffix=suffix.text,
        registered=registered,
        label=registered.partition(".")[0],
        below=name[: -len(registered) - 1] if registered and name != registered else "",
        under_registry=_take(name, official.text),
        is_suffix_known=suffix.is_known,
        is_suffix_private=suffix.is_private,
        operator=suffix.operator,
    )


def find_organisation(host: str) -> str:
    """The organisational domain of a host (RFC 7489, 3.2); a suffix is its own. ValueError as above."""
    parts = split_name(host)
    return parts.registered or parts.host


def decode_name(host: str) -> str:
    """A-labels as people see them; one that cannot be decoded, or has letters that are not seen, stays."""
    return ".".join(decode_label(label) for label in host.split("."))


def decode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return decoded if decoded.isprintable() and " " not in decoded else label


def _take(name: str, suffix: str) -> str:
    """The suffix and one label more; empty where there is none more."""
    if name == suffix:
        return ""
    return f"{name[: -len(suffix) - 1].rpartition('.')[2]}.{suffix}"
