import json
import os
from pathlib import Path

import pytest

from stack.core.errors import Unavailable
from stack.core.known_good import find_known_good, list_known_good_lists
from stack.core.known_good.settings import KnownGoodSettings, use_settings

from .conftest import LISTS

pytestmark = pytest.mark.usefixtures("kept_settings")


def test_the_files_are_built_when_first_asked_for_and_once(tmp_path: Path) -> None:
    use_settings(KnownGoodSettings(folder=tmp_path / "data", lists=LISTS))
    (held,) = find_known_good([("domain", "mozilla.org"), ("domain", "evil.example")])["mozilla.org"]
    assert held.is_false_positive
    (file,) = (tmp_path / "data").glob("*.lists")
    written = file.stat().st_mtime_ns
    use_settings(KnownGoodSettings(folder=tmp_path / "data", lists=LISTS))
    assert find_known_good([("ipv4", "8.8.8.8")])
    assert file.stat().st_mtime_ns == written
    assert file.stat().st_mode & 0o077 == 0


def test_an_operators_own_values_of_all_kinds(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "ours.txt").write_text(
        "# what is ours\nintranet.example # and below\n192.0.2.0/24\nhttps://www.example.net/a?b\n"
        "Admin@partner.example\n" + "A" * 64 + "\n\n*.cdn.example\n",
        encoding="utf-8",
    )
    body = {"name": "Partners", "version": 3, "type": "hostname", "list": ["partner.example"]}
    (own / "partners.json").write_text(json.dumps({**body, "category": "Known identifier"}), encoding="utf-8")
    use_settings(KnownGoodSettings(folder=tmp_path / "data", lists=LISTS, own=own))
    asked = [
        ("url", "https://wiki.intranet.example/page"),
        ("ipv4", "192.0.2.9"),
        ("url", "https://www.example.net/a?b"),
        ("email", "admin@partner.example"),
        ("sha256", "a" * 64),
        ("domain", "x.cdn.example"),
        ("domain", "mail.partner.example"),
        ("domain", "www.example.net"),
    ]
    found = find_known_good(asked)
    assert {
        value: sorted((each.list_name, each.category) for each in held) for value, held in found.items()
    } == {
        "https://wiki.intranet.example/page": [("ours", "false_positive")],
        "192.0.2.9": [("ours", "false_positive")],
        "https://www.example.net/a?b": [("ours", "false_positive")],
        "admin@partner.example": [("ours", "false_positive"), ("partners", "known")],
        "a" * 64: [("ours", "false_positive")],
        "x.cdn.example": [("ours", "false_positive")],
        "mail.partner.example": [("partners", "known")],
    }
    assert {each.name for each in list_known_good_lists() if each.is_own} == {"ours", "partners"}


def test_a_list_that_was_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "ours.txt").write_text("one.example\n", encoding="utf-8")
    use_settings(KnownGoodSettings(folder=tmp_path / "data", lists=LISTS, own=own))
    assert find_known_good([("domain", "one.example")])
    (own / "ours.txt").write_text("two.example\n", encoding="utf-8")
    os.utime(own / "ours.txt", (1, 1))
    monkeypatch.setattr("stack.core.known_good.queries._LOOK_AGAIN_S", -1.0)
    assert list(find_known_good([("domain", "one.example"), ("domain", "two.example")])) == ["two.example"]
    assert len(list((tmp_path / "data").glob("own-*.lists"))) == 1


@pytest.mark.parametrize("text", ["{", '{"name": "x"}', "[]"])
def test_a_damaged_list_is_named(tmp_path: Path, text: str) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "broken.json").write_text(text, encoding="utf-8")
    use_settings(KnownGoodSettings(folder=tmp_path / "data", lists=LISTS, own=own))
    with pytest.raises(Unavailable, match=r"broken\.json is not a warning list"):
        find_known_good([("domain", "one.example")])
