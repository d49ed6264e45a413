"""Which last labels a host name may have: the public suffix list, and names in use that are not in it."""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

# Reserved names (RFC 2606, 6761, 6762, 8375) and the roots of overlay networks.
_UNLISTED = frozenset(
    (
        "example",
        "test",
        "invalid",
        "localhost",
        "local",
        "internal",
        "lan",
        "corp",
        "home",
        "i2p",
        "bit",
        "onion",
    )
)


@cache
def _load_list() -> PublicSuffixList:
    # Read when the first name is asked about: it costs 60 ms and some megabytes.
    return PublicSuffixList(accept_unknown=False)


@lru_cache(maxsize=4096)
def has_public_suffix(ending: str) -> bool:
    """True where a host name may end so; `ending` is its last two labels (or one), lower case."""
    last = ending.rpartition(".")[2]
    return last in _UNLISTED or _load_list().publicsuffix(ending, accept_unknown=False) is not None


def ends_publicly(host: str) -> bool:
    """True where a host name, in lower case, ends in a public suffix or in one of the unlisted names."""
    return has_public_suffix(".".join(host.rsplit(".", 2)[-2:]))
