"""Where an address is and whose: asked of the operator's databases, else of what is bundled.

The databases of MaxMind (GeoLite2), IPinfo and DB-IP share one file format and differ in what they call
things; what an entry has under any of their names is taken.
"""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from stack.analysis.addresses.bundled import Announced, open_networks
from stack.analysis.addresses.settings import GeographySettings, current_settings
from stack.core.addresses import Address
from stack.core.errors import Unavailable


class Located(NamedTuple):
    """`country` is of ISO 3166-1 alpha-2, or empty; `city` and degrees where the database has them.

    `system` announces the address. `sources` are the databases in words, each with its day. With
    `is_registration`, the country is that of the registry's books. `is_bundled`: what came with Stack was
    used, whose makers are to be named and linked to.
    """

    country: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    system: Announced | None = None
    sources: tuple[str, ...] = ()
    is_registration: bool = False
    is_bundled: bool = False


def locate_address(address: Address, *, settings: GeographySettings | None = None) -> Located:
    """Unavailable where a database of the operator cannot be read."""
    chosen = settings or current_settings()
    sources = []
    entry: dict[str, Any] = {}
    if chosen.country:
        entry = _read_entry(chosen.country, address)
        sources.append(_describe(chosen.country))
        place = _read_place(entry)
    else:
        place = Located(country=open_networks().find_country(address), is_registration=True)
    if chosen.asn:
        system = _read_system(_read_entry(chosen.asn, address))
        sources.append(_describe(chosen.asn))
    else:
        system = _read_system(entry) or open_networks().find_system(address)
    is_bundled = chosen.country is None or chosen.asn is None
    if is_bundled:
        networks = open_networks()
        sources.append(f"{', '.join(networks.sources)} (CC BY 4.0), as of {networks.as_of}")
    return place._replace(system=system, sources=tuple(dict.fromkeys(sources)), is_bundled=is_bundled)


@lru_cache(maxsize=4)
def _open_database(path: Path, changed: int) -> Any:
    """`changed` (nanoseconds): a file that was replaced is opened anew."""
    import maxminddb

    try:
        return maxminddb.open_database(str(path))
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise Unavailable(
            f"{path.name} is no database in the format of MaxMind: {error}",
            remedy="STACK_GEO_COUNTRY and STACK_GEO_ASN name .mmdb files (docs/operations.md).",
        ) from None


def _open(path: Path) -> Any:
    try:
        return _open_database(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise Unavailable(
            f"The database {path.name} cannot be read: {error.strerror}",
            remedy="STACK_GEO_COUNTRY and STACK_GEO_ASN say where it is.",
        ) from None


def _read_entry(path: Path, address: Address) -> dict[str, Any]:
    from maxminddb import InvalidDatabaseError

    database = _open(path)
    if address.version == 6 and database.metadata().ip_version == 4:
        return {}
    try:
        found = database.get(address)
    except InvalidDatabaseError as error:
        raise Unavailable(
            f"The database {path.name} is damaged: {error}", remedy="Fetch it again from its publisher."
        ) from None
    return found if isinstance(found, dict) else {}


def _describe(path: Path) -> str:
    metadata = _open(path).metadata()
    day = datetime.fromtimestamp(metadata.build_epoch, UTC).date()
    return f"{metadata.database_type}, as of {day}"


def _read_place(entry: dict[str, Any]) -> Located:
    country = entry.get("country")
    is_registration = False
    if not isinstance(country, dict) and isinstance(entry.get("registered_country"), dict):
        country, is_registration = entry["registered_country"], True
    code = country.get("iso_code") if isinstance(country, dict) else entry.get("country_code") or country
    location = entry.get("location")
    spots = location if isinstance(location, dict) else entry
    return Located(
        country=code.upper() if isinstance(code, str) and len(code) == 2 and code.isascii() else "",
        city=_read_city(entry.get("city")),
        latitude=_read_degrees(spots.get("latitude", spots.get("lat"))),
        longitude=_read_degrees(spots.get("longitude", spots.get("lng"))),
        is_registration=is_registration,
    )


def _read_city(city: Any) -> str:
    if isinstance(city, dict):
        names = city.get("names")
        city = names.get("en") if isinstance(names, dict) else ""
    return city if isinstance(city, str) else ""


def _read_degrees(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _read_system(entry: dict[str, Any]) -> Announced | None:
    number = entry.get("autonomous_system_number") or entry.get("asn")
    name = entry.get("autonomous_system_organization") or entry.get("as_name") or entry.get("name")
    digits = str(number or "").upper().removeprefix("AS")
    if not digits.isdecimal():
        return None
    return Announced(int(digits), name if isinstance(name, str) else "")
