"""Checks of values that are contents of their own: translations, marking bodies, bundled objects."""

from typing import Any

from stack.stix.spec.shapes import LANGUAGE
from stack.stix.validation.faults import Findings, collect, error, show, step, warning, wrong_type
from stack.stix.validation.primitives import check_any, compile_text

_check_language = compile_text(LANGUAGE)


def check_translations(value: Any) -> Findings:
    """Language code to an object that mirrors the translated properties (section 7.1.1)."""
    if type(value) is not dict or not value:
        return wrong_type("an object of at least one language code with its translation", value, "7.1.1")
    found = collect((step(key), _check_translation(key, inner)) for key, inner in value.items())
    return found or None


def _check_translation(language: str, value: Any) -> Findings:
    if type(value) is not dict:
        return wrong_type("an object that mirrors the translated properties", value, "7.1.1")
    return check_any(value) or _check_language(language)


def check_marking_body(value: Any) -> Findings:
    """The definition of a marking: an object that says something (section 7.2.1)."""
    if type(value) is not dict or not value:
        return wrong_type("an object with the marking", value, "7.2.1")
    return check_any(value)


def check_bundled_objects(value: Any) -> Findings:
    """The objects of a bundle, each an object; what is in them is validated one by one (section 8)."""
    if type(value) is not list:
        return wrong_type("a list of objects", value, "8")
    if not value:
        return [warning("empty-list", "8", "The bundle holds no objects. Leave the property out.")]
    wrong = ((f"[{i}]", _not_an_object(item)) for i, item in enumerate(value) if type(item) is not dict)
    return collect(wrong) or None


def _not_an_object(value: Any) -> Findings:
    return [error("json-type", "8", f"Expected a STIX object, got {show(value)}. Remove it from the bundle.")]
