"""Compiles the YARA rules that an asker may see, in the sandbox, once for each set of them."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final

import msgspec

from stack.analysis.files.rules import CompiledRules, RuleSource
from stack.core.sandbox.errors import SandboxRefused
from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.running import run_sandboxed

_MIB: Final = 1024 * 1024
_LIMITS: Final = SandboxLimits(memory_bytes=2048 * _MIB, cpu_s=60, wall_s=90, answer_bytes=96 * _MIB)
# Each organisation and clearance has a set of its own; a set of 5,000 rules takes about 30 MB.
_MOST_SETS: Final = 4
_MOST_BYTES: Final = 128 * _MIB
_MOST_TEXT: Final = 32 * _MIB


class _KeptSets:
    """The sets used last, within a number and a size."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sets: OrderedDict[bytes, CompiledRules] = OrderedDict()

    def get(self, digest: bytes) -> CompiledRules | None:
        with self._lock:
            if found := self._sets.get(digest):
                self._sets.move_to_end(digest)
            return found

    def keep(self, digest: bytes, compiled: CompiledRules) -> None:
        with self._lock:
            self._sets[digest] = compiled
            while len(self._sets) > 1 and (
                len(self._sets) > _MOST_SETS
                or sum(len(each.rules) for each in self._sets.values()) > _MOST_BYTES
            ):
                self._sets.popitem(last=False)


_kept = _KeptSets()


def prepare_rules(sources: Sequence[tuple[str, str]]) -> CompiledRules:
    """Of (STIX id, text); a set that does not compile within its limits has only `broken`."""
    rules, left = [], _MOST_TEXT
    for stix_id, text in sorted(sources):
        left -= len(text)
        if left >= 0:
            rules.append(RuleSource(stix_id, text))
    if not rules:
        return CompiledRules()
    written = msgspec.json.encode(rules)
    digest = hashlib.sha256(written).digest()
    if kept := _kept.get(digest):
        return kept
    compiled = _compile(written)
    _kept.keep(digest, compiled)
    return compiled


def _compile(written: bytes) -> CompiledRules:
    try:
        answer = run_sandboxed("stack.analysis.files.rules:compile_rules", payload=written, limits=_LIMITS)
    except SandboxRefused as refused:
        return CompiledRules(broken=(f"The YARA rules could not be compiled: {refused.detail}",))
    return msgspec.convert(answer, CompiledRules)
