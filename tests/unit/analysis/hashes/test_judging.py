"""What the engine says of a hash, from what it is told."""

import hashlib
from collections.abc import Mapping

import pytest

from stack.analysis.answers import Answer
from stack.analysis.base import Known, KnownObject, Related, Similar
from stack.analysis.hashes.judging import judge_hash, judge_near
from stack.analysis.subjects import Subject
from stack.core.errors import BadInput
from stack.stix.observables.kinds import Kind
from tests.analysis_tools import ToldTools

MD5 = hashlib.md5(b"a sample").hexdigest()
SHA256 = hashlib.sha256(b"a sample").hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()
SSDEEP = "96:abcdefghijkl:mnopqrst"


def make_object(kind: str, name: str, **fields: object) -> KnownObject:
    return KnownObject(stix_id=f"{kind}--{name}", type=kind, name=name, role="is", **fields)  # type: ignore[arg-type]


FILE = make_object("file", "a.exe")
INDICATOR = make_object("indicator", "bad")
MALWARE = make_object("malware", "Rat")


def judge(value: str, *related: Related, tools: ToldTools | None = None, kind: str = "md5") -> Answer:
    tools = tools or ToldTools()
    tools.related[value] = list(related)
    return judge_hash(Subject(kind, value), tools)


def list_weights(answer: Answer) -> Mapping[str, float]:
    return {each.code: each.weight for each in answer.evidence}


def test_a_hash_that_nobody_knows_is_not_found() -> None:
    answer = judge(MD5)
    assert not answer.is_found
    assert answer.evidence == ()
    assert "NTLM" in answer.facts[0].value


def test_a_file_is_judged_by_its_sha256_and_its_type_is_left_to_others() -> None:
    answer = judge(SHA256, Related(FILE, "sample-of", MALWARE), kind="file")
    assert list_weights(answer) == {"hash.family": 2.5}
    assert [fact.name for fact in answer.facts] == ["malware, sample-of"]


@pytest.mark.parametrize("value", ["", "abc", "g" * 32, "A" * 32, "\u0661" * 32, "0" * 56])
def test_what_is_no_hash_is_refused(value: str) -> None:
    with pytest.raises(BadInput, match="is no hash"):
        judge(value)


def test_the_empty_file_is_harmless() -> None:
    assert list_weights(judge("d41d8cd98f00b204e9800998ecf8427e")) == {"hash.empty": -2.5}


def test_other_hashes_of_the_file_are_looked_up_and_what_is_new_there_counts() -> None:
    known = {
        MD5: Known(MD5, "md5", (make_object("indicator", "direct"),)),
        SHA256: Known(
            SHA256,
            "sha256",
            (
                make_object("indicator", "direct"),
                INDICATOR,
                make_object("indicator", "old", is_revoked=True),
                make_object("indicator", "good", labels=("Benign",)),
            ),
        ),
    }
    answer = judge(
        MD5, Related(FILE, "same-file", values=(("sha256", SHA256),)), tools=ToldTools(known=known)
    )
    [evidence] = answer.evidence
    assert evidence.statement == f"The indicator “bad” is about the same file, by its hash {SHA256}."
    assert evidence.is_private
    assert ("sha256", SHA256) in {(each.kind, each.value) for each in answer.pivots}


def test_two_sha256_of_one_md5_are_a_collision_or_a_mistake() -> None:
    values = (("sha256", SHA256), ("sha256", OTHER))
    assert list_weights(judge(MD5, Related(FILE, "same-file", values=values))) == {"hash.collision": 1.2}


@pytest.mark.parametrize(
    ("related", "weights"),
    [
        (Related(FILE, "sample-of", MALWARE), {"hash.family": 2.5}),
        (Related(INDICATOR, "indicates", MALWARE), {"hash.family": 1.2}),
        (Related(FILE, "object", make_object("report", "R")), {}),
        (Related(FILE, "sample-of", make_object("malware", "Rat", is_revoked=True)), {}),
        (Related(make_object("indicator", "old", is_revoked=True), "indicates", MALWARE), {}),
    ],
)
def test_the_family_at_the_end_of_an_edge_is_evidence(related: Related, weights: dict[str, float]) -> None:
    answer = judge(MD5, related, related)
    assert list_weights(answer) == weights
    assert len(answer.evidence) == len(weights), "each family once"


@pytest.mark.parametrize(
    ("kind", "near", "weight"),
    [
        (Kind.SSDEEP, Similar("x", score=95, objects=(INDICATOR,)), 2.5),
        (Kind.SSDEEP, Similar("x", score=60, objects=(INDICATOR,)), 1.2),
        (Kind.SSDEEP, Similar("x", score=49, objects=(INDICATOR,)), None),
        (Kind.TLSH, Similar("x", distance=30, objects=(MALWARE,)), 2.5),
        (Kind.TLSH, Similar("x", distance=70, objects=(MALWARE,)), 1.2),
        (Kind.TLSH, Similar("x", distance=71, objects=(MALWARE,)), None),
        (Kind.TLSH, Similar("x", distance=0, objects=(FILE,)), None),
    ],
)
def test_a_file_like_a_bad_one_is_suspect_by_how_near_it_is(
    kind: Kind, near: Similar, weight: float | None
) -> None:
    assert [each.weight for each in judge_near(kind, near)] == ([] if weight is None else [weight])


def test_similar_files_are_asked_for_by_the_fuzzy_hashes_of_the_file() -> None:
    tools = ToldTools(similar={SSDEEP: [Similar("96:x:y", score=90, objects=(INDICATOR,))]})
    answer = judge(MD5, Related(FILE, "same-file", values=(("ssdeep", SSDEEP),)), tools=tools)
    assert list_weights(answer) == {"hash.similar": 2.5}
    assert "score 90 of 100" in answer.evidence[0].statement
    itself = Related(INDICATOR, "same-file", values=(("ssdeep", SSDEEP),))
    assert list_weights(judge(MD5, itself, tools=tools)) == {}
