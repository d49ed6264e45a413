"""Names of files: which of them run when they are opened, and how a name is shown."""

import re
from typing import Final

PROGRAMS: Final = frozenset(
    """
    exe scr pif com cpl dll sys msi msp msix appx jar bat cmd ps1 psm1 vbs vbe js jse wsf wsh hta lnk
    url reg inf scf chm msc gadget application appref-ms xll library-ms search-ms settingcontent-ms iqy
    slk one img iso vhd vhdx
    """.split()  # noqa: SIM905 (a list of quoted words is hard to read)
)
"""What runs, or mounts, when somebody opens it on Windows."""

SCRIPTS: Final = frozenset(
    """
    scr pif bat cmd ps1 psm1 vbs vbe js jse wsf wsh hta lnk cpl scf xll library-ms settingcontent-ms
    """.split()  # noqa: SIM905 (a list of quoted words is hard to read)
)
"""Of those, what hardly anybody sends to somebody else in good faith."""

_LONGEST_SHOWN = 200


def find_extension(name: str) -> str:
    """Lower case, without the dot; empty where there is none. Windows ignores dots and spaces at the end."""
    base = re.split(r"[\\/]", name)[-1].rstrip(". ")
    return base.rpartition(".")[2].lower() if "." in base else ""


def show_name(name: str) -> str:
    """For a sentence: what cannot be seen is written as its code point."""
    shown = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in name)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "…"
