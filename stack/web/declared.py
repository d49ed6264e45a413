"""What the views of libraries declare: they cannot carry `@needs`, so each stands here by its name."""

from collections.abc import Mapping
from types import MappingProxyType

from stack.web.access import Access

DECLARED: Mapping[str, Access] = MappingProxyType({})
