"""Below which names anybody may register a name: the rules of the public suffix list, as a set."""

from pathlib import Path

from publicsuffixlist import PSLFILE


class PublicSuffixes:
    """`name in suffixes`: the list's own rules, private ones such as hosting sites among them."""

    def __init__(self, lines: list[str]) -> None:
        rules = [line.split()[0] for line in lines if line.strip() and not line.startswith("//")]
        self._plain = frozenset(_encode(rule) for rule in rules if rule[0] not in "*!")
        self._parents = frozenset(_encode(rule[2:]) for rule in rules if rule.startswith("*."))
        self._exceptions = frozenset(_encode(rule[1:]) for rule in rules if rule.startswith("!"))

    def __contains__(self, name: str) -> bool:
        if name in self._plain:
            return True
        return name.partition(".")[2] in self._parents and name not in self._exceptions


def read_public_suffixes() -> PublicSuffixes:
    return PublicSuffixes(Path(PSLFILE).read_text(encoding="utf-8").splitlines())


def _encode(rule: str) -> str:
    return rule if rule.isascii() else rule.encode("idna").decode("ascii")
