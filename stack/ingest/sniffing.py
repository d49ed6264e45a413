"""What parsers ask about the beginning of an input."""

import re

_SPEC_20 = re.compile(rb'"spec_version"\s*:\s*"2\.0"')
_SPEC_21 = re.compile(rb'"spec_version"\s*:\s*"2\.1"')
# Every object but an observable has it; in 2.1 such an object also has a spec_version.
_VERSIONED = re.compile(rb'"modified"\s*:')


def starts_with(head: bytes, *starts: bytes) -> bool:
    """Whether the first character that is no white space is one of `starts`."""
    return head.lstrip()[:1] in starts


def is_stix_20(head: bytes) -> bool:
    """Whether the objects are of STIX 2.0: said by the bundle, or by versioned objects that say nothing."""
    if _SPEC_21.search(head):
        return False
    return bool(_SPEC_20.search(head) or _VERSIONED.search(head))
