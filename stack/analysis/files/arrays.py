"""numpy, imported by whoever needs it first: at start-up nobody does."""

import os
from typing import Any

# A sandbox has no threads to give, and numpy's library of linear algebra gives up without.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def set_up_numpy() -> Any:
    import numpy

    return numpy
