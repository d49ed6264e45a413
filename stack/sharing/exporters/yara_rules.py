"""YARA rules of indicators, in one file that compiles: the others are left out with the compiler's words.

Rules of one name get different ones, the same text leaves once, and nothing is included from files.
"""

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

from stack.core.errors import StackError
from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.running import run_sandboxed
from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.pieces import join_lines, show_on_one_line, write_comments
from stack.sharing.exporting.stored_rules import StoredRule, iterate_rules

# A process is started for so many: one costs a tenth of a second.
_BATCH = 200
_LIMITS = SandboxLimits(cpu_s=60, wall_s=120)


class Exporter:
    name = "yara"
    title = "YARA rules"
    media_type = "text/plain;charset=utf-8"
    extension = "yar"
    types: tuple[str, ...] = ("indicator",)
    is_block_list = True
    is_by_value = True
    has_removals = False
    is_dated = False
    comment = "//"
    options_type = ExportOptions

    @staticmethod
    def write(
        items: Iterator[Item], *, options: ExportOptions, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        rules = iterate_rules(items, language="yara", losses=losses)
        lines = _write_rules(rules, losses)
        return join_lines(write_comments(lines, comment="//", occasion=occasion, losses=losses))


def _write_rules(rules: Iterator[StoredRule], losses: Losses) -> Iterator[str]:
    taken: set[str] = set()
    while batch := list(islice(rules, _BATCH)):
        for rule, read in zip(batch, _read_batch(batch, taken, losses), strict=True):
            if read["fault"]:
                losses.note("indicator", "pattern", f"a rule that does not compile: {read['fault']}")
                continue
            taken.update(read["names"])
            losses.entries += 1
            yield f"// {show_on_one_line(rule.stix_id)} {show_on_one_line(rule.name)}"
            yield str(read["text"]).rstrip()
            yield ""


def _read_batch(batch: list[StoredRule], taken: set[str], losses: Losses) -> list[dict[str, Any]]:
    """What the compiler says of each. Where one of many brings the compiler down, each is read by itself."""
    lines = [orjson.dumps({"key": _make_key(rule), "text": rule.text}) for rule in batch]
    try:
        found: list[dict[str, Any]] = run_sandboxed(
            "stack.sharing.exporting.yara_reading:read_rules",
            payload=b"\n".join(lines),
            arguments={"taken": sorted(taken)},
            limits=_LIMITS,
        )
    except StackError as error:
        if len(batch) == 1:
            return [{"fault": error.detail, "names": [], "text": ""}]
        middle = len(batch) // 2
        first = _read_batch(batch[:middle], taken, losses)
        known = taken.union(*(read["names"] for read in first if not read["fault"]))
        return first + _read_batch(batch[middle:], known, losses)
    return found


def _make_key(rule: StoredRule) -> str:
    """What tells two rules of one name apart: the same in every run."""
    return hashlib.sha256(rule.stix_id.encode("utf-8", "replace")).hexdigest()[:8]
