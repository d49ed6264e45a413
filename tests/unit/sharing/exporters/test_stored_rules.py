"""YARA and Sigma rules, judged by yara-x and pySigma."""

import xml.etree.ElementTree as ElementTree

import pytest
import yara_x
from sigma.collection import SigmaCollection

from stack.sharing.exporting.base import Item, Occasion
from stack.sharing.exporting.yara_reading import find_names, rename_rules
from tests.exports import make_indicator, make_values, write_export

_SIGMA = """title: {title}
logsource:
    product: windows
detection:
    sel:
        Image: '{title}.exe'
    condition: sel
"""


def _yara(*texts: str) -> list[Item]:
    return [make_indicator(text, pattern_type="yara", name=f"n{number}") for number, text in enumerate(texts)]


def _sigma(*texts: str) -> list[Item]:
    return [make_indicator(text, pattern_type="sigma") for text in texts]


def _compile(text: str) -> list[str]:
    return [rule.identifier for rule in yara_x.compile(text)]


def test_rules_of_one_name_leave_under_two_and_still_mean_themselves() -> None:
    first = 'rule Bad { strings: $a = "one" condition: $a }'
    second = (
        'import "pe"\n/* rule Bad */ rule Bad { meta: Note = "rule Bad"\n'
        ' strings: $Bad = "two Bad" $h = { BA AD } $r = /Bad[\\/"]x/i condition: any of them }\n'
        "rule Uses { condition: Bad and pe.is_pe }"
    )
    text, losses = write_export("yara", _yara(first, second, first))
    names = _compile(text)
    assert len(names) == 3
    assert len(set(names)) == 3
    assert losses.entries == 2
    assert losses.list_left_out() == [("in the file already", 1)]
    for kept in ('Note = "rule Bad"', "/* rule Bad */", '"two Bad"', '/Bad[\\/"]x/i'):
        assert kept in text
    matches = yara_x.compile(text).scan(b"two Bad")
    assert [rule.identifier.partition("_")[0] for rule in matches.matching_rules] == ["Bad"]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("rule x { condition: nothing }", "unknown identifier"),
        ('include "/etc/passwd"\nrule x { condition: true }', "include"),
        ("global rule x { condition: false }", "global"),
        ("// nothing", "no rule"),
        ('import "pe"', "no rule"),
        ("rule x { condition: true ", "E"),
    ],
)
def test_what_does_not_compile_stays_with_the_reason(rule: str, why: str) -> None:
    text, losses = write_export("yara", _yara(rule, "rule good { condition: true }"))
    assert _compile(text) == ["good"]
    assert any(why in loss.why for loss in losses.list_losses() if loss.property == "pattern")


def test_names_of_rules_are_found_where_they_are_made_alone() -> None:
    text = (
        'rule /* rule c */ a : tag { strings: $s = "rule b" condition: $s } private rule d { condition: a }'
    )
    assert find_names(text) == ["a", "d"]
    assert "condition: z }" in rename_rules(text, {"a": "z"})


def test_sigma_rules_are_documents_of_one_file() -> None:
    texts = [_SIGMA.format(title=title) for title in ("one", "two")]
    texts[1] = "---\n" + texts[1] + "...\n"
    texts.append(_SIGMA.format(title="three") + "---\n" + _SIGMA.format(title="four"))
    text, losses = write_export("sigma", _sigma(*texts))
    rules = SigmaCollection.from_yaml(text)
    assert [rule.title for rule in rules.rules] == ["one", "two", "three", "four"]
    assert losses.entries == 3


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("a: [", "no YAML"),
        ("- a", "no mapping"),
        ("title: x", "no logsource"),
        ("title: x\nlogsource: {a: b}\ndetection: {sel: {a: b}}", "no condition"),
        ("a: &a [x, x]\nb: [*a, *a]", "aliases"),
        ("%YAML 1.2\n---\ntitle: x", "directives"),
        ("", "documents"),
        ("title: !!python/object/apply:os.system ['true']", "no YAML"),
    ],
)
def test_what_is_no_rule_of_sigma_stays(rule: str, why: str) -> None:
    text, losses = write_export("sigma", _sigma(rule, _SIGMA.format(title="good")))
    assert [each.title for each in SigmaCollection.from_yaml(text).rules] == ["good"]
    assert any(why in loss.why for loss in losses.list_losses() if loss.property == "pattern")


def test_openioc_is_xml_with_an_item_for_each_value() -> None:
    items = [
        *make_values("domain-name=bad.example"),
        make_indicator("[file:name = '<a>&\x01\"]]>']", name="--><x/>--"),
    ]
    text, _ = write_export("openioc", items, Occasion(title="<&>"), author='"')
    root = ElementTree.fromstring(text)
    space = {"i": "http://openioc.org/schemas/OpenIOC_1.1"}
    found = [
        (item.find("i:Context", space).get("search"), item.find("i:Content", space).text)  # type: ignore[union-attr]
        for item in root.iterfind(".//i:IndicatorItem", space)
    ]
    assert found == [("Network/DNS", "bad.example"), ("FileItem/FileName", '<a>&\ufffd"]]>')]
    assert root.find(".//{*}x") is None
