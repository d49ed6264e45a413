"""Validation of decoded STIX objects against the standard, every fault at once."""

from collections.abc import Mapping
from typing import Any, Final

from stack.stix.spec.custom_objects import custom_object
from stack.stix.spec.model import Category, Specification
from stack.stix.spec.v20 import STIX_20
from stack.stix.spec.v21 import STIX_21
from stack.stix.validation.compiler import Compiler, Validator
from stack.stix.validation.composites import is_type_name
from stack.stix.validation.extensions import new_type_category
from stack.stix.validation.faults import Fault, error, shorten, show, warning

_SPECIFICATIONS: Final[Mapping[str, Specification]] = {"2.0": STIX_20, "2.1": STIX_21}
_MOST_CUSTOM_TYPES: Final = 256


class _Validators:
    """The validators of one version, compiled as types are first met."""

    def __init__(self, specification: Specification) -> None:
        self.specification = specification
        self.by_type: dict[str, Validator] = {}
        self.by_custom_type: dict[tuple[str, Category], Validator] = {}
        self._compiler = Compiler(specification)

    def compile_known(self, type_name: str) -> Validator | None:
        spec = self.specification.objects.get(type_name)
        if spec is None:
            return None
        return self.by_type.setdefault(type_name, self._compiler.compile_object(spec))

    def compile_custom(self, type_name: str, category: Category) -> Validator:
        """A custom type has its category's common rows. Few are remembered: names come from outside."""
        validator = self.by_custom_type.get((type_name, category))
        if validator is None:
            spec = custom_object(type_name, category, self.specification.version)
            validator = self._compiler.compile_object(spec, is_custom_type=True)
            if len(self.by_custom_type) < _MOST_CUSTOM_TYPES:
                self.by_custom_type[type_name, category] = validator
        return validator


_VALIDATORS: Final = {version: _Validators(tables) for version, tables in _SPECIFICATIONS.items()}
_CURRENT: Final = _VALIDATORS["2.1"].by_type


def validate_object(obj: Mapping[str, Any], *, version: str = "2.1") -> tuple[Fault, ...]:
    """Every fault of one decoded object, in the order of its properties; an empty tuple where it is clean.

    `obj` is what a JSON decoder gives (dict, list, str, int, float, bool, None). A fault of severity `error`
    says that the object cannot be used; with warnings only it can. An indicator's pattern is not parsed here:
    that is the caller's to do where `pattern_type` is `stix`. Raises `ValueError` for a version other than
    2.0 and 2.1.
    """
    type_name = obj.get("type")
    if version == "2.1" and type(type_name) is str and (validator := _CURRENT.get(type_name)) is not None:
        return validator(obj)
    validators = _VALIDATORS.get(version)
    if validators is None:
        raise ValueError(f"there are no tables for STIX {version}: use one of {', '.join(_VALIDATORS)}")
    if type(type_name) is not str:
        return (_untyped(obj),)
    validator = validators.by_type.get(type_name) or validators.compile_known(type_name)
    return validator(obj) if validator is not None else _validate_custom(obj, type_name, validators)


def _validate_custom(obj: Mapping[str, Any], type_name: str, validators: _Validators) -> tuple[Fault, ...]:
    """An object of a type that the tables do not have: let in where its name can be a type's.

    Section 11.2 asks custom types to begin with `x-`; of those nothing is said.
    """
    if not is_type_name(type_name):
        message = f"{shorten(type_name)} cannot be a type: use 3 to 250 of a-z, 0-9 and single hyphens."
        return (error("type-name", "7.3.2", message, "$.type"),)
    category = new_type_category(obj)
    found = validators.compile_custom(type_name, category or _guess_category(obj))(obj)
    if category is not None or type_name.startswith("x-"):
        return found
    version = validators.specification.version
    message = (
        f"{shorten(type_name)} is no type of STIX {version}. It is kept; correct it, or begin it with x-."
    )
    return (warning("custom-type", "11.2", message, "$.type"), *found)


def _guess_category(obj: Mapping[str, Any]) -> Category:
    """Observables have no versions, and so no times of them (section 3.6)."""
    return "SDO" if "created" in obj or "modified" in obj else "SCO"


def _untyped(obj: Mapping[str, Any]) -> Fault:
    if "type" not in obj:
        return error("required", "3.2", "The object does not say its type. Add the property type.", "$.type")
    message = f"Expected the name of a type, got {show(obj['type'])}. Write a text such as indicator."
    return error("json-type", "3.2", message, "$.type")
