"""How much of the machine a sandboxed reader may use."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """Limits of one call; bytes and seconds.

    `memory_bytes` is of address space, with libraries and what a nursery has loaded ahead: a reader starts
    with about 60 MiB, that of files with 220. `wall_s` counts only while the caller waits for the reader, not
    while the caller works on what it has got. `file_bytes` is the size of each file in a folder of the call's
    own that goes away with it; at 0 nothing can be written. `processes` is how many threads it may start; a
    further process never. `payload_bytes` is how much of an input that is no file may be held in memory.
    """

    memory_bytes: int = 512 * _MIB
    cpu_s: int = 30
    wall_s: float = 60
    answer_bytes: int = 64 * _MIB
    file_bytes: int = 0
    processes: int = 0
    payload_bytes: int = 512 * _MIB


DEFAULT_LIMITS = SandboxLimits()
