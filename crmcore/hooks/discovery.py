"""Which plugins there are: entry points of installed packages, `.py` files in the shop's `plugins/`.

Finding names imports nothing; `Found.load` imports one plugin, and may raise anything its code raises.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path
from types import CodeType, ModuleType
from zlib import crc32

from crmcore.errors import NotFoundError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined

GROUP = "crmcore"
# Plugins of this group are off until a shop switches them on: those that fit some shops only.
OPTIONAL = "crmcore.optional"
ENVIRONMENT = "CRM_PLUGINS"
SHOP_FAMILY = "shop"
BUILT_IN = "built-in"
# Names stand on command lines and in file names; a shop may name its own files in its own script.
PLUGIN_NAME = re.compile(r"[^\W\d_][\w-]*")


@dataclass(frozen=True)
class PluginConfig:
    """Everything it takes to load the same plugins again, in this process or in another one (it pickles).

    `folder` is the shop's, None where it has none (a bare database URL). `disabled`: plugins that are
    switched off; `enabled`: optional ones that are switched on. `settings`: plugin name -> the shop's values.
    `only`: load just these, optional ones too; None asks `$CRM_PLUGINS` (names between commas, empty for
    none at all), else all. `logs`: where `plugins.log` goes, by default the shop's `logs/`; `write_log`
    False: nowhere. `installed`: whether installed packages are looked through. `files`: the shop's own files
    with the time each was changed, so that a config read later differs when one did.
    """

    folder: Path | None = None
    disabled: frozenset[str] = frozenset()
    enabled: frozenset[str] = frozenset()
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    only: frozenset[str] | None = None
    logs: Path | None = None
    installed: bool = True
    write_log: bool = True
    files: tuple[tuple[str, float], ...] = ()

    @property
    def log_folder(self) -> Path | None:
        """The folder for `plugins.log`; None: failures are not written down."""
        if not self.write_log:
            return None
        return self.logs or (self.folder / "logs" if self.folder else None)

    @property
    def named(self) -> frozenset[str] | None:
        """The plugins that are to be loaded and no others; None: all."""
        return self.only if self.only is not None else only_from(os.environ)

    def is_off(self, one: Found) -> bool:
        """Whether the plugin is switched off; an optional one is, unless it is switched on or named."""
        if one.name in self.disabled:
            return True
        return one.optional and one.name not in self.enabled and one.name not in (self.named or ())

    @property
    def switched(self) -> tuple[frozenset[str], frozenset[str]]:
        """The plugins that are switched off, and the optional ones that are switched on."""
        return self.disabled, self.enabled

    def narrowed(self, *names: str) -> PluginConfig:
        """The same for these plugins alone."""
        return replace(self, only=frozenset(names))


@dataclass(frozen=True)
class Found:
    """A plugin by name, not imported yet. `where` is its module or file, `package` its distribution.

    `optional`: it is off until a shop switches it on.
    """

    name: str
    family: str
    source: str
    where: str
    package: str = ""
    entry_point: EntryPoint | None = None
    path: Path | None = None
    optional: bool = False

    @property
    def version(self) -> str:
        """The version of the package it came with, "" for a file."""
        dist = self.entry_point.dist if self.entry_point else None
        return dist.version if dist else ""

    def changed_at(self) -> float:
        """When the shop's file was last changed, as `time.time()` counts; 0 for what is installed."""
        try:
            return self.path.stat().st_mtime if self.path else 0.0
        except OSError:
            return 0.0

    def load(self) -> object:
        """Import the plugin; whatever its code raises comes out."""
        if self.path is not None:
            return _load_file(self.path, self.name)
        if self.entry_point is None:
            raise LookupError(self.name)
        return self.entry_point.load()


def find_plugins(config: PluginConfig) -> list[Found]:
    """The plugins that exist, in loading order: built-in ones, other packages, then the shop's files.

    Switched-off ones are among them; those that `only` or `$CRM_PLUGINS` leaves out are not.
    """
    only = config.named
    return [one for one in every_plugin(config) if only is None or one.name in only]


def every_plugin(config: PluginConfig) -> list[Found]:
    """The plugins that exist, in loading order, also those that are left out this time."""
    installed = installed_plugins() if config.installed else []
    return installed + (shop_files(config.folder) if config.folder is not None else [])


def require_name(config: PluginConfig, name: str) -> None:
    """Raise `NotFoundError`, with the nearest name, when there is no such plugin; nothing is imported.

    So a plugin that hangs while it is imported can be switched off all the same.
    """
    names = [one.name for one in every_plugin(config)]
    if name not in names:
        raise unknown_plugin(name, names)


def require_optional(name: str) -> None:
    """Raise `UsageError`, with the nearest name or all of them, when no optional plugin has that name."""
    names = [one.name for one in installed_plugins() if one.optional]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = _("there are: {names}").format(names=joined(sorted(names)))
        if near:
            hint = _("did you mean {near!r}?").format(near=near[0])
        raise UsageError(_("there is no category {name!r}; {hint}").format(name=name, hint=hint))


def unknown_plugin(name: str, known: Iterable[str]) -> NotFoundError:
    """The error about a plugin that does not exist: it shows the nearest name, or the way to the list."""
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = _("did you mean {near!r}?").format(near=near[0]) if near else _("see crm plugin list")
    return NotFoundError(_("there is no plugin {name!r}; {hint}").format(name=name, hint=hint))


def only_from(environ: Mapping[str, str]) -> frozenset[str] | None:
    """The names in `$CRM_PLUGINS`: None where it is not set, empty where it is empty."""
    text = environ.get(ENVIRONMENT)
    return None if text is None else frozenset(name.strip() for name in text.split(",") if name.strip())


def installed_plugins() -> list[Found]:
    """The entry points of the groups `crmcore` and `crmcore.optional`, those of crmcore itself first."""
    return [*_installed(tuple(sys.path))]


# Looking through every installed package takes 20 ms, and a worker does it for each plugin that it loads.
@lru_cache(maxsize=2)
def _installed(_path: tuple[str, ...]) -> tuple[Found, ...]:
    every = entry_points()
    name = cache(_package)  # reading it anew for each plugin took three quarters of the time
    found = [
        _of_entry_point(one, name(one.dist))
        for group in (GROUP, OPTIONAL)
        for one in every.select(group=group)
    ]
    return tuple(sorted(found, key=lambda one: (one.source != BUILT_IN, one.package, one.name)))


def shop_files(folder: Path) -> list[Found]:
    """The `.py` files in the shop's `plugins/` folder; names that start with `_` or `.` are left out."""
    try:
        paths = sorted((folder / "plugins").glob("*.py"))
    except OSError:
        return []
    return [
        Found(path.stem, SHOP_FAMILY, f"plugins/{path.name}", str(path), path=path)
        for path in paths
        if not path.name.startswith(("_", "."))
    ]


def _package(dist: Distribution | None) -> str:
    return dist.name if dist else ""


def _of_entry_point(one: EntryPoint, package: str) -> Found:
    optional = one.group == OPTIONAL
    if package == "crmcore":
        # crm_segment_rules.lapse -> segment_rules
        family = one.value.partition(".")[0].partition(":")[0].removeprefix("crm_")
        return Found(one.name, family, BUILT_IN, one.value, package, entry_point=one, optional=optional)
    family, source = package or "?", f"package {package or '?'}"
    return Found(one.name, family, source, one.value, package, entry_point=one, optional=optional)


class _ShopFileLoader(SourceFileLoader):
    """Runs the source as it stands: no `__pycache__` in the shop's folder, and never an outdated one."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _load_file(path: Path, name: str) -> ModuleType:
    place = crc32(str(path.parent).encode())
    private = f"_crm_plugin_{place:08x}_{name}"
    loader = _ShopFileLoader(private, str(path))
    spec = ModuleSpec(private, loader, origin=str(path))
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and type hints look their module up by name while it is being made.
    sys.modules[private] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(private, None)
        raise
    return module
