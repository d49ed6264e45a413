"""The queues that jobs wait in, and how urgent a job is within its organisation."""

from enum import IntEnum, StrEnum


class Queue(StrEnum):
    """A worker serves one or more of them: long work never stands in the way of short work."""

    INGEST = "ingest"
    INTERACTIVE = "interactive"
    ANALYSIS = "analysis"
    DEFAULT = "default"
    MAINTENANCE = "maintenance"


class Priority(IntEnum):
    """Higher goes first, among the jobs of one organisation or of two that are served alike."""

    LOW = -10
    NORMAL = 0
    HIGH = 10
