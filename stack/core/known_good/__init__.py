"""Values that turn up in reports and feeds without being a threat: what public warning lists know of them."""

from stack.core.known_good.queries import find_known_good, list_known_good_lists
from stack.core.known_good.records import Category, KnownGood, ListInUse

__all__ = ["Category", "KnownGood", "ListInUse", "find_known_good", "list_known_good_lists"]
