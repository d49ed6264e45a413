"""Finds plugins: one file with one class each, discovered by being there."""

import importlib
import pkgutil
from typing import Any


def discover_plugins(package: str, class_name: str) -> dict[str, type[Any]]:
    """The class called `class_name` of every module of `package`, by its `name`, in alphabetical order.

    Modules that begin with an underscore are examples or parts of others and are left out. A module without
    the class, or two plugins of one name, stop the start: a plugin that is silently absent would be worse.
    """
    found: dict[str, type[Any]] = {}
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if module.name.startswith("_"):
            continue
        plugin = getattr(importlib.import_module(f"{package}.{module.name}"), class_name, None)
        if plugin is None:
            raise TypeError(f"{package}.{module.name} has no class {class_name}")
        if plugin.name in found:
            raise TypeError(f"{package} has two plugins called {plugin.name!r}")
        found[plugin.name] = plugin
    return dict(sorted(found.items()))
