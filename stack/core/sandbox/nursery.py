"""The script of a nursery: says nothing, opens nothing, and becomes what `nursing` is.

Started without `site`, by `nurseries`, with a socket as its standard input: first comes what to import.
"""

from __future__ import annotations

import json
import os
import socket
import sys

_LONGEST_ORDER = 256 * 1024


def main() -> None:
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    order = json.loads(control.recv(_LONGEST_ORDER))
    sys.path[:] = order["path"]
    from stack.core.sandbox.nursing import nurse

    nurse(control, order)


if __name__ == "__main__":
    main()
