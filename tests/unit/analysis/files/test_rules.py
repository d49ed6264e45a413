"""YARA rules on the parts of a file."""

import io
import time

import msgspec

from stack.analysis.files.inspecting import inspect_parts
from stack.analysis.files.reporting import Budget
from stack.analysis.files.results import PartResult
from stack.analysis.files.rules import CompiledRules, RuleSource, compile_rules

_ID = "indicator--6d9c21f7-0000-4000-8000-000000000001"


def compile_texts(*texts: str) -> CompiledRules:
    sources = [RuleSource(f"{_ID[:-1]}{number}", text) for number, text in enumerate(texts, 1)]
    return msgspec.convert(compile_rules(io.BytesIO(msgspec.json.encode(sources)), {}), CompiledRules)


def match(content: bytes, *texts: str) -> PartResult:
    rules = compile_texts(*texts).rules
    budget = Budget(until=time.monotonic() + 30)
    told = [
        each.part
        for each in inspect_parts(memoryview(content), name="a", budget=budget, rules=rules)
        if each.part
    ]
    return told[-1]


def test_a_match_names_the_rule_and_who_wrote_it() -> None:
    rule = """rule Evil_Thing { meta: author = "Ann" description = "Evil thing." reference = "https://example.org/r"
        strings: $a = "evil" condition: $a }"""
    found = [each for each in match(b"so evil", rule).evidence if each.code.startswith("file.yara")]
    assert [each.code for each in found] == ["file.yara.evil-thing"]
    assert found[0].statement == (
        "It matches the YARA rule Evil_Thing by Ann: Evil thing; 1 matches, first $a at 3 (https://example.org/r)."
    )
    assert found[0].weight > 2
    assert [each.value for each in found[0].pivots] == [_ID]
    assert not [each for each in match(b"so good", rule).evidence if each.code.startswith("file.yara")]


def test_the_weight_is_what_the_rule_says_of_itself() -> None:
    def weigh(meta: str, tags: str = "") -> float:
        part = match(b"x", f"rule r {tags} {{ meta: a = 1 {meta} condition: true }}")
        return next(each.weight for each in part.evidence if each.code == "file.yara.r")

    assert (
        weigh("score = 90")
        > weigh("score = 65")
        > weigh("score = 45")
        > weigh("score = 10")
        > weigh("score = 0")
        == 0
    )
    assert weigh("") == weigh("score = 90")
    assert weigh("", ": packer") == weigh("score = 10")


def test_broken_rules_are_named_and_the_others_work() -> None:
    compiled = compile_texts(
        "rule a { condition: nothing_known }", "rule b { condition: true }", 'include "/etc/passwd"'
    )
    assert compiled.count == 1
    assert [each.split(":")[0][-1] for each in compiled.broken] == ["1", "3"]


def test_rules_of_one_name_do_not_meet() -> None:
    part = match(b"x", "rule same { condition: true }", "rule same { condition: false }")
    assert [each.code for each in part.evidence] == ["file.yara.same"]
