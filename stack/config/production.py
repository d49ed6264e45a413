"""With what `STACK_MODE=production` does not start; a refusal names the setting and what was expected."""

import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from stack.config.environment import SettingError
from stack.core.secret_files import is_exposed

SHORTEST_SECRET = 50
_FEWEST_CHARACTERS = 12
# What stands in examples and templates, and is known to everybody who has read them.
_PLACEHOLDER = re.compile(
    r"insecure|change.?me|replace.?me|not.initialised|placeholder|example|your.?secret|^secret|default.?key",
    re.IGNORECASE,
)
_RANDOM = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_SECRET_FILE = re.compile(r"STACK_\w*(?:KEY|SECRET|TOKEN|PASSWORD|DATABASE|REPLICAS|REDIS|DSN|HEADERS)_FILE")
# The vault looks at its own files whenever it reads them.
_VAULT_FILE = re.compile(r"STACK_VAULT_(?:NEW_)?KEY_FILE")


def check_production(
    *,
    secret_key: str,
    hosts: Iterable[str],
    origins: Iterable[str],
    is_debug: bool,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """SettingError for the first setting that would make a production server weak."""
    if is_debug:
        raise SettingError(
            "STACK_DEBUG", "production refuses to start with it: it shows tracebacks to anybody"
        )
    check_secret_key(secret_key)
    for host in hosts:
        _check_host(host)
    for origin in origins:
        _check_origin(origin)
    for name, path in environment.items():
        if _SECRET_FILE.fullmatch(name) and not _VAULT_FILE.fullmatch(name) and path.strip():
            _check_file(name, Path(path.strip()))


def check_secret_key(key: str) -> None:
    """SettingError unless the key could be random: who guesses it forges sessions and links."""
    name = "STACK_SECRET_KEY"
    if not key:
        raise SettingError(name, f"production refuses to start without it (or {name}_FILE): {_RANDOM}")
    if _PLACEHOLDER.search(key):
        raise SettingError(name, f"this one stands in examples; expected a random one: {_RANDOM}")
    if len(key) < SHORTEST_SECRET or len(set(key)) < _FEWEST_CHARACTERS:
        raise SettingError(name, f"expected at least {SHORTEST_SECRET} random characters: {_RANDOM}")


def _check_host(host: str) -> None:
    if not _HOST.fullmatch(host):
        raise SettingError(
            "STACK_ALLOWED_HOSTS",
            f"expected names such as stack.example, without wildcard, scheme or port, got {host!r}",
        )


def _check_origin(origin: str) -> None:
    parts = urlsplit(origin)
    is_good = parts.scheme == "https" and bool(parts.netloc) and "*" not in origin and parts.path == ""
    if not is_good:
        raise SettingError(
            "STACK_TRUSTED_ORIGINS", f"expected origins such as https://stack.example, got {origin!r}"
        )


def _check_file(name: str, path: Path) -> None:
    try:
        status = path.stat()
    except OSError:
        # Whoever reads it says what is wrong.
        return
    if is_exposed(status):
        mode = stat.S_IMODE(status.st_mode)
        raise SettingError(name, f"others may read {path} (mode {mode:04o}); chmod 600 {path}")
