"""What an OLE compound file (MS-CFB) is: told by the streams and the class of its root."""

from typing import BinaryIO, Final

from stack.analysis.files import media

_STREAMS: Final = (
    ("EncryptedPackage", media.ENCRYPTED_OFFICE),
    ("__properties_version1.0", media.MSG),
    ("WordDocument", media.DOC),
    ("Workbook", media.XLS),
    ("Book", media.XLS),
    ("PowerPoint Document", media.PPT),
    ("VisioDocument", media.VSD),
)
# Installer packages, patches and transforms differ in one number (MsiOpenDatabase).
_INSTALLER: Final = "-0000-0000-C000-000000000046"
_INSTALLER_CLASSES: Final = tuple(f"000C{number}{_INSTALLER}" for number in ("1084", "1086", "1082"))


def find_ole_type(file: BinaryIO) -> str:
    """Of something that begins as a compound file does; damaged ones are just that."""
    import olefile

    try:
        with olefile.OleFileIO(file) as compound:
            if str(getattr(compound.root, "clsid", "")).upper() in _INSTALLER_CLASSES:
                return media.MSI
            names = {child.name for child in compound.root.kids}
    except Exception:
        # What it raises on hostile files is not documented.
        return media.OLE
    return next((found for name, found in _STREAMS if name in names), media.OLE)
