"""What the sandbox is made to run in tests."""

import ctypes
from typing import Any, BinaryIO


def crash(_file: BinaryIO, _arguments: dict[str, Any]) -> None:
    """As a library in C does that trusts a file: reads where nothing is."""
    ctypes.string_at(0)
