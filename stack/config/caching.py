"""Where requests are counted: in the Redis of `STACK_REDIS`, else in the memory of the one web process."""

from typing import Any

# Django's own default of 300 entries would throw counts away as soon as somebody rotates addresses.
_OPTIONS = {"MAX_ENTRIES": 200_000}


def configure_caches(*, redis_url: str) -> dict[str, dict[str, Any]]:
    """Django's caches; the answers of `stack.store.answers` are kept apart from them."""
    counting = "shared.CountingRedis" if redis_url else "memory.CountingMemory"
    return {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "limits": {
            "BACKEND": f"stack.accounts.limits.{counting}",
            "LOCATION": redis_url or "limits",
            "OPTIONS": _OPTIONS,
        },
    }
