"""YARA rules on the parts of a file, by yara-x; both functions run in the sandbox.

Weights: a rule with a `score` (0 to 100, as many collections have it) says itself how sure it is; one without
was written for what it names, and is strong. A rule that speaks of tools, packers or capabilities has a low
score or says so in its tags.
"""

import base64
import io
from collections.abc import Mapping
from functools import cache
from typing import Any, BinaryIO, Final

import msgspec

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Pivot
from stack.analysis.files.base import Part, Report
from stack.stix.observables.kinds import Kind

_MOST_MATCHES: Final = 100
_PART_S: Final = 15
_LONGEST: Final = 200
_WEAK_TAGS: Final = frozenset(
    {"info", "informational", "packer", "compiler", "capability", "tool", "goodware", "pup"}
)
# From this score on this weight.
_WEIGHTS: Final = ((75, STRONG), (60, 1.8), (40, MODEST), (1, SLIGHT), (0, 0.0))
_ABOUT: Final = ("description", "desc", "malware", "family", "malware_family", "threat_name")


class RuleSource(msgspec.Struct, frozen=True):
    """A rule, or several, of one object of the store."""

    stix_id: str
    text: str


class CompiledRules(msgspec.Struct, frozen=True):
    """`rules` is the compiled set in base64; `broken` says which objects have rules that do not compile."""

    rules: str = ""
    broken: tuple[str, ...] = ()
    count: int = 0


def compile_rules(file: BinaryIO, _arguments: Mapping[str, Any]) -> Any:
    """`file` has a list of `RuleSource` as JSON. Nothing is included; what is broken is left out."""
    import yara_x

    sources = msgspec.json.decode(file.read(), type=list[RuleSource])
    compiler = yara_x.Compiler(relaxed_re_syntax=True)
    compiler.enable_includes(False)
    broken = []
    for source in sources:
        compiler.new_namespace(source.stix_id)
        try:
            compiler.add_source(source.text)
        except yara_x.CompileError as error:
            broken.append(f"{source.stix_id}: {str(error).splitlines()[0][:_LONGEST]}")
    written = io.BytesIO()
    compiler.build().serialize_into(written)
    text = base64.b64encode(written.getvalue()).decode("ascii")
    return msgspec.to_builtins(CompiledRules(text, tuple(broken), len(sources) - len(broken)))


@cache
def _load(rules: str) -> Any:
    import yara_x

    return yara_x.Rules.deserialize_from(io.BytesIO(base64.b64decode(rules)))


def match_rules(part: Part, report: Report, *, rules: str) -> None:
    """Notes what matches this part; takes 15 s at most."""
    import yara_x

    scanner = yara_x.Scanner(_load(rules))
    scanner.set_timeout(_PART_S)
    scanner.max_matches_per_pattern(_MOST_MATCHES)
    try:
        found = scanner.scan(bytes(part.data)).matching_rules
    except yara_x.TimeoutError:
        report.remark(f"The YARA rules took longer than {_PART_S} s on it.")
        return
    for rule in list(found)[:_MOST_MATCHES]:
        _note_match(rule, report)


def _note_match(rule: Any, report: Report) -> None:
    stated = {str(name).lower(): value for name, value in rule.metadata}
    author = f" by {stated['author']}" if isinstance(stated.get("author"), str) else ""
    about = next((str(stated[name]) for name in _ABOUT if stated.get(name)), "")
    places = [
        f"{pattern.identifier} at {match.offset:,}" for pattern in rule.patterns for match in pattern.matches
    ]
    matched = f"; {len(places)} matches, first {places[0]}" if places else ""
    reference = str(stated.get("reference", ""))[:_LONGEST]
    report.note(
        f"yara.{rule.identifier}",
        f"It matches the YARA rule {rule.identifier}{author[:_LONGEST]}"
        + (f": {about[:_LONGEST].rstrip('.')}" if about else "")
        + matched
        + (f" ({reference})." if reference else "."),
        weight=_weigh(stated.get("score"), {tag.lower() for tag in rule.tags}),
        group="yara",
        pivots=[Pivot(Kind.STIX_ID, rule.namespace, "matches")] if "--" in rule.namespace else [],
    )


def _weigh(score: object, tags: set[str]) -> float:
    if isinstance(score, int) and not isinstance(score, bool):
        return next((weight for least, weight in _WEIGHTS if score >= least), 0.0)
    return SLIGHT if tags & _WEAK_TAGS else STRONG
