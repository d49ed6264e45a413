from stack.web.properties import Show, describe_overview, title_property

_ID = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"


def _show(name: str, value: object) -> tuple[Show, object]:
    [fact] = describe_overview({name: value}).facts
    return fact.show, fact.content


def test_property_names_become_titles() -> None:
    assert title_property("x_mitre_data_sources") == "MITRE data sources"
    assert title_property("created_by_ref") == "Created by"
    assert title_property("object_marking_refs") == "Object markings"


def test_every_property_is_shown_in_the_shape_of_its_value() -> None:
    assert _show("created_by_ref", _ID) == (Show.LINKS, [_ID])
    assert _show("value", "evil.example") == (Show.VALUE, ("evil.example", "domain"))
    assert _show("pattern", "[a:b = 'c']") == (Show.CODE, "[a:b = 'c']")
    assert _show("first_seen", "1970-01-01T00:00:01Z") == (Show.INSTANT, 1_000_000)
    assert _show("aliases", ["a", "b"]) == (Show.WORDS, ["a", "b"])
    assert _show("hashes", {"MD5": "x"}) == (Show.PAIRS, [("MD5", "x")])
    assert _show("is_family", True) == (Show.TEXT, "yes")
    assert _show("number", 13335) == (Show.TEXT, "13335")
    assert _show("x_odd", [{"a": None}])[0] is Show.DATA
    assert _show("x_nothing", None) == (Show.DATA, "null")


def test_many_references_are_cut_and_counted() -> None:
    [fact] = describe_overview({"object_refs": [_ID] * 40}).facts
    assert (len(fact.content), fact.more) == (12, 28)


def test_odd_shapes_of_known_properties_do_not_break_the_page() -> None:
    overview = describe_overview(
        {"description": 7, "kill_chain_phases": "x", "external_references": [None, {"url": 3}]}
    )
    assert overview.description == ""
    assert overview.phases == ()
    assert [reference.url for reference in overview.references] == ["3"]
