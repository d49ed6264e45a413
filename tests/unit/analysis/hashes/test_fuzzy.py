"""ssdeep and TLSH, against what ssdeep 2.14 (libfuzzy) and TLSH 4 (py-tlsh 5.0) say of the same pairs."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.analysis.hashes.ssdeep import find_similar_ssdeep, list_prefixes
from stack.analysis.hashes.tlsh import find_near_tlsh, read_tlsh

_GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "analysis" / "fuzzy_hashes.json"
PAIRS: dict[str, list[tuple[str, str, int]]] = json.loads(_GOLDEN.read_text())
HASH = "T188928E699A111D5A7D9759C188DF171881847B227F109CE2EDBD3D0F43284FFB4A2A2E"


def score_ssdeep(left: str, right: str) -> int:
    return dict(find_similar_ssdeep(left, [right], least_score=0))[right]


def measure_tlsh(left: str, right: str) -> int:
    return dict(find_near_tlsh(left, [right], most=10_000))[right]


def test_ssdeep_scores_as_its_own_program_does() -> None:
    assert len({score for _, _, score in PAIRS["ssdeep"]}) > 12
    for left, right, score in PAIRS["ssdeep"]:
        assert score_ssdeep(left, right) == score == score_ssdeep(right, left), (left, right)


def test_tlsh_distances_are_those_of_its_own_program() -> None:
    assert len({distance for _, _, distance in PAIRS["tlsh"]}) > 25
    for left, right, distance in PAIRS["tlsh"]:
        assert measure_tlsh(left, right) == distance == measure_tlsh(right, left), (left, right)


_SIGNATURES = st.text("ABCDabcd01+/", max_size=64)


@given(st.integers(0, 20), st.integers(0, 20), _SIGNATURES, _SIGNATURES, _SIGNATURES)
def test_any_two_ssdeep_hashes_have_a_score(left: int, right: int, one: str, two: str, three: str) -> None:
    hashes = f"{3 << left}:{one}:{two}", f"{3 << right}:{one}:{three}"
    assert 0 <= score_ssdeep(*hashes) <= 100
    assert score_ssdeep(hashes[0], hashes[0]) == 100
    if score_ssdeep(*hashes):
        assert any(hashes[1].startswith(prefix) for prefix in list_prefixes(hashes[0]))


@given(st.binary(min_size=35, max_size=35), st.binary(min_size=35, max_size=35))
def test_tlsh_is_a_distance(left: bytes, right: bytes) -> None:
    one, two = f"T1{left.hex().upper()}", f"T1{right.hex().upper()}"
    assert measure_tlsh(one, one) == 0
    assert measure_tlsh(one, two) == measure_tlsh(two, one)
    assert (measure_tlsh(one, two) == 0) == (left == right)


def test_what_may_be_compared_begins_with_one_of_three_block_sizes() -> None:
    assert list_prefixes("96:abc:def") == ["48:", "96:", "192:"]
    assert list_prefixes("3:abc:def") == ["3:", "6:"]


def test_similar_hashes_are_found_among_many_and_others_passed_over() -> None:
    others = ["96:zzzzzzzzzz:y", "nonsense", "96:abcdefghijkl:m", "96:abcdefghijklm:n", "1:2", "96:abc", ""]
    found = dict(find_similar_ssdeep("96:abcdefghijkl:m", others, least_score=50))
    assert found == {"96:abcdefghijkl:m": 100, "96:abcdefghijklm:n": 97}


def test_near_hashes_are_found_nearest_first_and_others_passed_over() -> None:
    near = f"{HASH[:-1]}F"
    far = "T1" + "0F" * 35
    assert find_near_tlsh(HASH, [far, near, "nonsense", HASH, "T1"], most=70) == [(HASH, 0), (near, 1)]
    assert find_near_tlsh(HASH, []) == []


@pytest.mark.parametrize("text", ["", ":", "3:abc", "x:abc:def", "9" * 13 + ":a:b", "\u0663:a:b"])
def test_what_is_no_ssdeep_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ssdeep"):
        score_ssdeep(text, "3:a:b")


@pytest.mark.parametrize("text", ["", "T1", HASH[:-1], f"{HASH}0", "T1" + "G" * 70])
def test_what_is_no_tlsh_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_tlsh(text)
