"""Who may read the file of a secret.

Two ways are safe: the file is the process's own and for nobody else, or root owns it and lends it to one
group, as Kubernetes does with the secrets that it mounts (0440).
"""

import os
import stat

_OTHERS = 0o077
_OTHERS_THAN_GROUP_READERS = 0o037


def is_exposed(status: os.stat_result, *, user: int | None = None) -> bool:
    """True where others may read or write the file; `user` is the process's own unless said."""
    reader = os.geteuid() if user is None else user
    is_lent = status.st_uid == 0 and reader != 0
    return bool(stat.S_IMODE(status.st_mode) & (_OTHERS_THAN_GROUP_READERS if is_lent else _OTHERS))
