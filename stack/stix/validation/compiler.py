"""Makes validators of the specification's tables: one per type, compiled once."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Final

from stack.stix.spec import model
from stack.stix.validation import composites, containers, contents, primitives
from stack.stix.validation.custom import compile_undefined
from stack.stix.validation.extensions import compile_extensions
from stack.stix.validation.faults import MAX_LISTED, Fault, Findings, collect, place
from stack.stix.validation.primitives import Check
from stack.stix.validation.rules import compile_rule
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


class Compiler:
    """Compiles the tables of one version. `local`: references are the local names of an observable container."""

    def __init__(self, specification: model.Specification, *, local: bool = False) -> None:
        self._specification = specification
        self._local = local
        self._known = frozenset(specification.objects)
        self._structs: dict[str, Check] = {}

    def compile_object(self, spec: model.ObjectSpec, *, is_custom_type: bool = False) -> Validator:
        """What validates the objects of one type: every property, the required ones, the rules."""
        checks = self._compile_rows(spec)
        rules = (*self._compile_rules(spec), *special_rules(spec, self._specification))
        undefined = compile_undefined(
            spec.type, spec.section, self._specification.reserved_names, is_custom_type=is_custom_type
        )
        return _assemble(spec, checks, rules, undefined)

    def compile_member(self, spec: model.ObjectSpec) -> Check:
        """What validates an object of an observable container."""
        struct = model.Struct(spec.type, spec.section, spec.properties)
        return composites.compile_struct(struct, self._compile_rows(spec), self._compile_rules(spec))

    def _compile_rows(self, spec: model.ObjectSpec) -> dict[str, Check]:
        checks = {row.name: self._compile_type(row.type, required=row.required) for row in spec.properties}
        if "id" in checks and not self._local:
            checks["id"] = composites.compile_own_id(spec.type)
        return checks

    def _compile_rules(self, spec: model.ObjectSpec) -> tuple[Check, ...]:
        return tuple(compile_rule(rule, spec.section, spec.own_names()) for rule in spec.rules)

    def _compile_type(self, kind: model.PropertyType, *, required: bool = False) -> Check:  # noqa: PLR0911, C901 - one line per type of the notation
        match kind:
            case model.Text():
                return primitives.compile_text(kind)
            case model.Constant():
                return primitives.compile_constant(kind)
            case model.Integer():
                return primitives.compile_integer(kind)
            case model.Float():
                return primitives.compile_float(kind)
            case model.Timestamp():
                return primitives.check_version_timestamp if kind.digits else primitives.check_timestamp
            case model.Closed():
                return primitives.compile_closed(kind)
            case model.Open():
                return primitives.compile_open(kind)
            case model.Dictionary():
                return composites.compile_dictionary(kind)
            case model.Reference():
                return self._compile_reference(kind)
            case model.ListOf():
                return composites.compile_list(self._compile_type(kind.item), required=required)
            case model.Struct():
                return self._compile_struct(kind)
            case model.Extensions():
                return compile_extensions(
                    {name: self._compile_struct(struct) for name, struct in kind.predefined.items()}
                )
            case model.ObservableContainer():
                return self._compile_container()
            case _:
                return _SIMPLE[type(kind)]

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
            {name: inner.compile_member(spec) for name, spec in self._specification.observables.items()}
        )


def _assemble(
    spec: model.ObjectSpec, checks: Mapping[str, Check], rules: tuple[Check, ...], undefined: Any
) -> Validator:
    """The hot loop: one pass over the object's properties, then required ones, then rules."""
    get_check = checks.get
    required = tuple(row for row in spec.properties if row.required)
    fetch_required = itemgetter(*(row.name for row in required))
    paths = {name: f"$.{name}" for name in checks}

    def validate(obj: Mapping[str, Any]) -> tuple[Fault, ...]:
        faults: list[Fault] = []
        for name, value in obj.items():
            check = get_check(name)
            if check is None:
                faults += undefined(name, value, obj)
            elif (findings := check(value)) is not None:
                faults += place(paths[name], findings)
        try:
            fetch_required(obj)
        except KeyError:
            faults += (
                composites.missing(row, spec.section).at(paths[row.name])
                for row in required
                if row.name not in obj
            )
        for rule in rules:
            if (findings := rule(obj)) is not None:
                faults += place("$", findings)
        if not faults:
            return _CLEAN
        return tuple(faults) if len(faults) <= MAX_LISTED else _shorten(faults)

    return validate


def _shorten(faults: Findings) -> tuple[Fault, ...]:
    """As many as a person can read, errors first, and the count of the rest."""
    ordered = sorted(faults or (), key=lambda fault: fault.severity)
    return tuple(fault if fault.path else fault.at("$") for fault in collect([("", ordered)]))
