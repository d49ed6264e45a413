"""STIX 2.1 (OASIS Standard of 10 June 2021, with errata 01)."""

from stack.stix.spec.domain_objects import DOMAIN_OBJECTS, RELATIONSHIP_OBJECTS
from stack.stix.spec.meta_objects import BUNDLE, META_OBJECTS
from stack.stix.spec.model import Specification
from stack.stix.spec.observables import OBSERVABLES
from stack.stix.spec.relationships import SUGGESTED_RELATIONSHIPS

STIX_21 = Specification(
    version="2.1",
    objects={
        spec.type: spec
        for spec in (*DOMAIN_OBJECTS, *RELATIONSHIP_OBJECTS, *OBSERVABLES, *META_OBJECTS, BUNDLE)
    },
    observables={spec.type: spec for spec in OBSERVABLES},
    suggested_relationships=SUGGESTED_RELATIONSHIPS,
    reserved_names=frozenset({"severity", "username", "phone_number", "action"}),
)
