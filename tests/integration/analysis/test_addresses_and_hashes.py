"""The engines of addresses and hashes at work on the store, from the value to the verdict."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from stack.accounts.principal import Principal
from stack.analysis.answers import Word
from stack.analysis.operations import Wish, start_analysis
from stack.analysis.records import AnalysisDetail, AnalysisRow
from tests.integration.analysis.test_relations import (
    MD5,
    SHA256,
    indicate_address,
    make_file,
    make_indicator,
    make_object,
)

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

Run = Callable[[AnalysisRow], AnalysisDetail]
TakeIn = Callable[[bytes], None]


def bundle(*objects: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": "bundle", "id": "bundle--0", "objects": list(objects)})


def test_an_address_among_bad_ones_is_told_from_one_that_stands_alone(
    principal: Principal, run: Run, take_in: TakeIn
) -> None:
    take_in(bundle(*(indicate_address(f"8.8.8.{host}") for host in range(20, 26))))
    beside = run(start_analysis(principal, value="8.8.8.8", wish=Wish(plugins=("ip",))))
    alone = run(start_analysis(principal, value="9.9.9.9", wish=Wish(plugins=("ip",))))
    [reason] = [each.evidence for each in beside.verdict.weighed if each.counted]
    assert reason.statement.startswith("6 other of 256 addresses in 8.8.8.0/24 are indicated")
    assert beside.verdict.score > alone.verdict.score == 10
    assert ("asn", "AS15169") in {(each.kind, each.value) for each in beside.pivots}
    assert [place.country for _, place in alone.places] == ["US"]


def test_a_hash_leads_to_the_indicator_of_another_hash_and_to_the_family(
    principal: Principal, run: Run, take_in: TakeIn
) -> None:
    file = make_file("a.exe", MD5=MD5, SHA_256=SHA256)
    malware = make_object("malware", "Rat", is_family=False, sample_refs=[file["id"]])
    take_in(bundle(file, malware, make_indicator(f"[file:hashes.'SHA-256' = '{SHA256}']")))
    done = run(start_analysis(principal, value=MD5, wish=Wish(plugins=("hash",))))
    assert {each.evidence.code for each in done.verdict.weighed} == {"hash.other-hash", "hash.family"}
    assert done.verdict.word is Word.MALICIOUS
    assert all(each.evidence.is_private for each in done.verdict.weighed)
    assert ("sha256", SHA256) in {(each.kind, each.value) for each in done.pivots}
