"""Sigma rules of indicators, as the documents of one YAML file; each is written as its source wrote it."""

from collections.abc import Iterator
from itertools import islice

import orjson

from stack.core.errors import StackError
from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.running import run_sandboxed
from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.pieces import join_lines, show_on_one_line, write_comments
from stack.sharing.exporting.stored_rules import StoredRule, iterate_rules

_BATCH = 500
_LIMITS = SandboxLimits(cpu_s=60, wall_s=120)


class Exporter:
    name = "sigma"
    title = "Sigma rules"
    media_type = "application/yaml;charset=utf-8"
    extension = "yml"
    types: tuple[str, ...] = ("indicator",)
    is_block_list = True
    is_by_value = True
    has_removals = False
    is_dated = False
    comment = "#"
    options_type = ExportOptions

    @staticmethod
    def write(
        items: Iterator[Item], *, options: ExportOptions, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        rules = iterate_rules(items, language="sigma", losses=losses)
        lines = _write_rules(rules, losses)
        return join_lines(write_comments(lines, comment="#", occasion=occasion, losses=losses))


def _write_rules(rules: Iterator[StoredRule], losses: Losses) -> Iterator[str]:
    is_first = True
    while batch := list(islice(rules, _BATCH)):
        for rule, fault in zip(batch, _find_faults(batch), strict=True):
            if fault:
                losses.note("indicator", "pattern", f"a rule that cannot be read: {fault}")
                continue
            losses.entries += 1
            if not is_first:
                yield "---"
            is_first = False
            yield f"# {show_on_one_line(rule.stix_id)} {show_on_one_line(rule.name)}"
            yield _cut_ends(rule.text)


def _find_faults(batch: list[StoredRule]) -> list[str]:
    """What is wrong with each rule. Where one of many brings the reader down, each is read by itself."""
    lines = [orjson.dumps({"text": rule.text}) for rule in batch]
    try:
        read = run_sandboxed(
            "stack.sharing.exporting.sigma_reading:read_rules", payload=b"\n".join(lines), limits=_LIMITS
        )
    except StackError as error:
        if len(batch) == 1:
            return [error.detail]
        middle = len(batch) // 2
        return _find_faults(batch[:middle]) + _find_faults(batch[middle:])
    return [str(each["fault"]) for each in read]


def _cut_ends(text: str) -> str:
    """The documents without the marks of start and end round them, which stand between rules here."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").strip("\n").split("\n")
    while lines and lines[0].rstrip() in {"---", ""}:
        del lines[0]
    while lines and lines[-1].rstrip() in {"---", "...", ""}:
        del lines[-1]
    return "\n".join(lines)
