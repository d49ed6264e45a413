"""Which `STACK_*` variables there are, and which are set and are none: a slip that would show nowhere."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
# Whoever reads the environment stands in one of these.
_READERS = ("config", "cli", "jobs")
_NAME = re.compile(r"\bSTACK(?:_[A-Z0-9]+)+\b(?!_)")
_FAMILIES = re.compile(
    r"STACK_(?:OIDC|SAML)_[A-Z][A-Z0-9]{0,30}_[A-Z_]+|STACK_(?:TEST|BENCH|FAULTS?|SERVICES)(?:_[A-Z0-9_]+)?"
)
_NEAR = 0.8


@dataclass(frozen=True, slots=True)
class Unknown:
    """A variable that nothing reads; `meant` is the nearest that there is, if any is near."""

    name: str
    meant: str

    def __str__(self) -> str:
        question = f"; did you mean {self.meant}?" if self.meant else ""
        return f"{self.name} is not a setting{question}"


@cache
def list_known() -> frozenset[str]:
    """Every name that the readers' source spells out; where there is no source to read, none."""
    names: set[str] = set()
    for folder in _READERS:
        for path in (_PACKAGE / folder).rglob("*.py"):
            # This one's examples are of how a reader is used.
            if path.name != "environment.py":
                names |= set(_NAME.findall(path.read_text(encoding="utf-8")))
    return frozenset(name for name in names if not _FAMILIES.fullmatch(name))


def find_unknown(environment: Mapping[str, str] = os.environ) -> Iterator[Unknown]:
    known = list_known()
    if not known:
        return
    for name in sorted(environment):
        if not name.startswith("STACK_") or _FAMILIES.fullmatch(name):
            continue
        if name not in known and name.removesuffix("_FILE") not in known:
            near = get_close_matches(name, known, n=1, cutoff=_NEAR)
            yield Unknown(name, near[0] if near else "")
