"""A reader's module that starts a thread when it is imported, as some libraries do."""

import threading
import time
from typing import Any, BinaryIO

threading.Thread(target=time.sleep, args=(600,), daemon=True).start()


def answer(_: BinaryIO, __: dict[str, Any]) -> int:
    return 42
