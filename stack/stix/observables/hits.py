"""A place in running text that reads as an observable."""

import msgspec

from stack.stix.observables.kinds import Observable


class Hit(msgspec.Struct, frozen=True, gc=False):
    observable: Observable
    start: int
    end: int
