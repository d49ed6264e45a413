"""`STACK_REDIS`: where Redis answers. Empty where Stack runs without it."""

from urllib.parse import urlsplit

from stack.config.environment import SettingError, read_secret

_SCHEMES = ("redis", "rediss", "redis+sentinel")


def configure_redis() -> str:
    """`redis://[user:password@]host:port/0`, `rediss://…`, or `redis+sentinel://h1:p,h2:p/service/0`."""
    address = read_secret("STACK_REDIS")
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in _SCHEMES or not parts.netloc:
        # The address may hold a password, so it is not repeated here.
        raise SettingError("STACK_REDIS", f"expected one of {', '.join(_SCHEMES)} and ://host:port/0")
    if parts.scheme == "redis+sentinel" and not parts.path.strip("/").partition("/")[0]:
        raise SettingError("STACK_REDIS", "expected the service's name: redis+sentinel://host:port/service/0")
    return address
