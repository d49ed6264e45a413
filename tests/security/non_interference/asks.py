"""What is asked of both worlds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. `is_followed`: all pages behind it are asked for, too."""

    address: str
    method: str = "GET"
    body: Any = None
    form: Mapping[str, Any] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_followed: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.address}"
