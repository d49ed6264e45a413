"""`STACK_GEO_*`, `STACK_HASH_SETS`: what the operator has of places, networks and hashes, for `analysis`."""

from collections.abc import Callable
from pathlib import Path

from stack.analysis.addresses import settings as addresses
from stack.analysis.hashes import settings as hashes
from stack.config.environment import SettingError, read_text


def install_analysis_data(*, data_folder: Path) -> None:
    database = "a database in the format of MaxMind"
    addresses.use_settings(
        addresses.GeographySettings(
            country=_read_path("STACK_GEO_COUNTRY", Path.is_file, expected=database),
            asn=_read_path("STACK_GEO_ASN", Path.is_file, expected=database),
        )
    )
    hashes.use_settings(
        hashes.HashSettings(
            folder=data_folder / "hash-sets",
            sets=_read_path("STACK_HASH_SETS", Path.is_dir, expected="a folder of files of hashes"),
        )
    )


def _read_path(name: str, is_there: Callable[[Path], bool], *, expected: str) -> Path | None:
    text = read_text(name)
    if not text:
        return None
    path = Path(text).expanduser().absolute()
    if not is_there(path):
        raise SettingError(name, f"expected {expected}, and {path} is none")
    return path
