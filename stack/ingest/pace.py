"""How many records a batch has, so that a person's small write never waits long for the database."""

import time

_SMALLEST, _LARGEST = 500, 4_000
_BEGUN_A_SECOND = 2_000
_GAP_S = 0.002


class Pace:
    """Grows and shrinks the batch until its transaction takes about `target_s` seconds."""

    FIRST_BATCH = 500

    def __init__(self, target_s: float) -> None:
        # Where nobody waits for a batch it may begin as large as most inputs of programs are.
        self.batch_size = min(max(self.FIRST_BATCH, round(target_s * _BEGUN_A_SECOND)), _LARGEST)
        self._target_s = target_s

    def adjust(self, records: int, seconds: float) -> None:
        """Learns from a batch that held the database for `seconds`, and leaves a gap for whoever waits."""
        if records and seconds > 0:
            fitting = records * self._target_s / seconds
            self.batch_size = round(min(max((self.batch_size + fitting) / 2, _SMALLEST), _LARGEST))
        time.sleep(_GAP_S)
