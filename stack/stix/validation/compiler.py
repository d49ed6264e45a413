"""Makes validators of the specification's tables: one per type, compiled once."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Final

from stack.stix.spec import model
from stack.stix.spec.contained import CONTAINED
from stack.stix.validation import composites, containers, contents, primitives
from stack.stix.validation.custom import CustomProperties, drop_explained
from stack.stix.validation.extensions import compile_extensions, has_toplevel_extension
from stack.stix.validation.faults import MAX_LISTED_OF_OBJECT, Fault, collect, place
from stack.stix.validation.primitives import Check
from stack.stix.validation.rules import TriggeredRule, compile_rule
from stack.stix.validation.special_rules import special_rules

Validator = Callable[[Mapping[str, Any]], tuple[Fault, ...]]

_CLEAN: Final[tuple[Fault, ...]] = ()
_SIMPLE: Final[Mapping[type, Check]] = {
    model.Boolean: primitives.check_boolean,
    model.Binary: primitives.check_binary,
    model.Hex: primitives.check_hex,
    model.Hashes: composites.check_hashes,
    model.Selector: primitives.check_selector,
    model.Translations: contents.check_translations,
    model.MarkingBody: contents.check_marking_body,
    model.BundledObjects: contents.check_bundled_objects,
}
_CONFIGURED: Final[Mapping[type, Callable[[Any], Check]]] = {
    model.Text: primitives.compile_text,
    model.Constant: primitives.compile_constant,
    model.Integer: primitives.compile_integer,
    model.Float: primitives.compile_float,
    model.Timestamp: primitives.compile_timestamp,
    model.Closed: primitives.compile_closed,
    model.Open: primitives.compile_open,
    model.Dictionary: composites.compile_dictionary,
}


class Compiler:
    """Compiles the tables of one version. `local`: references are names within an observable container."""

    def __init__(self, specification: model.Specification, *, local: bool = False) -> None:
        self._specification = specification
        self._local = local
        self._known = frozenset(specification.objects)
        self._structs: dict[str, Check] = {}

    def compile_object(self, spec: model.ObjectSpec, *, is_custom_type: bool = False) -> Validator:
        """What validates the objects of one type: every property, the required ones, the rules."""
        checks = self._compile_rows(spec)
        rules = (*self._compile_rules(spec), *special_rules(spec, self._specification))
        reserved = self._specification.reserved_names
        custom = CustomProperties(spec.type, spec.section, reserved, is_custom_type=is_custom_type)
        return _assemble(spec, checks, rules, custom)

    def compile_member(self, spec: model.ObjectSpec) -> Check:
        """What validates an object of an observable container."""
        struct = model.Struct(spec.type, spec.section, spec.properties)
        return composites.compile_struct(struct, self._compile_rows(spec), self._compile_rules(spec))

    def _compile_rows(self, spec: model.ObjectSpec) -> dict[str, Check]:
        checks = {row.name: self._compile_type(row.type, required=row.required) for row in spec.properties}
        # The type has been compared already: the validator was chosen by it.
        checks["type"] = primitives.check_text
        if "id" in checks and not self._local:
            checks["id"] = composites.compile_own_id(spec.type)
        return checks

    def _compile_rules(self, spec: model.ObjectSpec) -> tuple[TriggeredRule, ...]:
        return tuple(compile_rule(rule, spec.section, spec.own_names()) for rule in spec.rules)

    def _compile_type(self, kind: model.PropertyType, *, required: bool = False) -> Check:
        simple = _SIMPLE.get(type(kind))
        if simple is not None:
            return simple
        configured = _CONFIGURED.get(type(kind))
        if configured is not None:
            return configured(kind)
        return self._compile_composite(kind, required=required)

    def _compile_composite(self, kind: model.PropertyType, *, required: bool) -> Check:
        match kind:
            case model.ListOf():
                return composites.compile_list(self._compile_type(kind.item), required=required)
            case model.Reference():
                return self._compile_reference(kind)
            case model.Struct():
                return self._compile_struct(kind)
            case model.Extensions():
                structs = kind.predefined.items()
                return compile_extensions({name: self._compile_struct(struct) for name, struct in structs})
            case model.ObservableContainer():
                return self._compile_container()
        raise TypeError(f"the tables use {kind!r}, which no check is written for")

    def _compile_reference(self, kind: model.Reference) -> Check:
        if self._local and kind.targets != ("marking-definition",):
            return containers.check_local_reference
        targets: set[str] = set()
        for target in kind.targets:
            members = [name for name, spec in self._specification.objects.items() if spec.category == target]
            targets.update(members or [target])
        return composites.compile_reference(frozenset(targets) or None, self._known)

    def _compile_struct(self, struct: model.Struct) -> Check:
        if struct.name not in self._structs:
            checks = {
                row.name: self._compile_type(row.type, required=row.required) for row in struct.properties
            }
            own = frozenset(checks)
            rules = tuple(compile_rule(rule, struct.section, own) for rule in struct.rules)
            self._structs[struct.name] = composites.compile_struct(struct, checks, rules)
        return self._structs[struct.name]

    def _compile_container(self) -> Check:
        inner = Compiler(self._specification, local=True)
        return containers.compile_container(
            {
                name: inner.compile_member(spec)
                for name, spec in CONTAINED[self._specification.version].items()
            }
        )


def _assemble(
    spec: model.ObjectSpec,
    checks: Mapping[str, Check],
    rules: tuple[TriggeredRule, ...],
    custom: CustomProperties,
) -> Validator:
    """The hot loop: one pass over the object's properties, then the required ones, then the rules."""
    get_check = checks.get
    get_custom = custom.remembered.get
    check_text, check_any = primitives.check_text, primitives.check_any
    required = tuple(row for row in spec.properties if row.required)
    fetch_required = itemgetter(*(row.name for row in required))
    paths = {name: f"$.{name}" for name in checks}

    def validate(obj: Mapping[str, Any]) -> tuple[Fault, ...]:
        faults: list[Fault] = []
        for name, value in obj.items():
            check = get_check(name)
            if check is None:
                about, path, check = get_custom(name) or custom.learn(name)
                faults += about
                if check is check_any and type(value) is str and value.isascii():
                    continue
            elif check is check_text and type(value) is str and value.isascii():
                continue
            else:
                path = paths[name]
            if (findings := check(value)) is not None:
                faults += place(path, findings)
        try:
            fetch_required(obj)
        except KeyError:
            absent = (row for row in required if row.name not in obj)
            faults += (composites.missing(row, spec.section).at(paths[row.name]) for row in absent)
        for trigger, rule in rules:
            if (trigger is None or trigger in obj) and (findings := rule(obj)) is not None:
                faults += place("$", findings)
        return _finish(faults, obj) if faults else _CLEAN

    return validate


def _finish(faults: list[Fault], obj: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Without what an extension explains. Too many are cut, warnings before errors, and counted."""
    if "extensions" in obj and has_toplevel_extension(obj):
        faults = drop_explained(faults)
    if len(faults) <= MAX_LISTED_OF_OBJECT:
        return tuple(faults)
    ordered = sorted(faults, key=lambda fault: fault.severity)
    listed = collect([("", ordered)], limit=MAX_LISTED_OF_OBJECT)
    return tuple(fault if fault.path else fault.at("$") for fault in listed)
