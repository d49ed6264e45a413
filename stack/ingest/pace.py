"""How many records a batch has, so that a person's small write never waits long for the database."""

import time

_SMALLEST, _LARGEST = 500, 8_000
_TARGET_S = 0.04
_GAP_S = 0.002


class Pace:
    """Grows and shrinks the batch until its transaction takes about 40 ms.

    Writers of SQLite wait for the whole transaction of another; on PostgreSQL those of the store do.
    """

    FIRST_BATCH = 500

    def __init__(self) -> None:
        self.batch_size = self.FIRST_BATCH

    def adjust(self, records: int, seconds: float) -> None:
        """Learns from a batch that held the database for `seconds`, and leaves a gap for whoever waits."""
        if records and seconds > 0:
            fitting = records * _TARGET_S / seconds
            self.batch_size = round(min(max((self.batch_size + fitting) / 2, _SMALLEST), _LARGEST))
        time.sleep(_GAP_S)
