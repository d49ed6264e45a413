"""What is STIX goes out byte for byte as it came in, and is known when it comes in again."""

from pathlib import Path

import pytest

from stack.accounts.principal import Principal
from stack.store.queries.objects import iterate_texts
from tests.conftest import DataFiles
from tests.standards.round_trips.trips import digest, digest_texts, send_out, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name",
    ["attack/enterprise-attack.json", "stix21/capec.json", "stix21/mbc.json", "stix21/indicators.json"],
)
def test_every_object_comes_back_byte_for_byte(
    name: str, data_file: DataFiles, principal: Principal, tmp_path: Path
) -> None:
    path = data_file(name)
    came = digest_texts(path)
    first = take_in(principal, path)
    assert first.result["new"] == len(came)
    for format_name in ("stix", "stix-lines"):
        out = tmp_path / f"out.{format_name}"
        assert send_out(principal, format_name, out) == []
        assert digest_texts(out) == came
    again = take_in(principal, out)
    assert again.result["known"] == again.result["total"] == len(came)
    assert digest(iterate_texts(principal)) == came


def test_reports_of_stix_20_are_upgraded_once_and_stay_so(
    data_file: DataFiles, principal: Principal, tmp_path: Path
) -> None:
    folder = data_file("stix20/unit42")
    for path in sorted(folder.glob("*.json"))[:8]:
        assert take_in(principal, path).result["format"] == "stix-2.0"
    out = tmp_path / "out.json"
    assert send_out(principal, "stix", out) == []
    upgraded = digest_texts(out)
    again = take_in(principal, out)
    assert (again.result["format"], again.result["known"]) == ("stix", len(upgraded))
    assert digest(iterate_texts(principal)) == upgraded
    for path in sorted(folder.glob("*.json"))[:8]:
        counts = take_in(principal, path).result
        assert (counts["known"], counts["rejected"]) == (counts["total"], 0)
