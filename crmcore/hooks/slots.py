"""One plugin and how it fares: found, switched off, loaded or failed."""

from __future__ import annotations

import inspect
import time
from collections.abc import Mapping
from dataclasses import dataclass

from crmcore.errors import PluginFailure
from crmcore.hooks import settings as plugin_settings
from crmcore.hooks.contributions import HOOKS
from crmcore.hooks.discovery import PLUGIN_NAME, Found
from crmcore.hooks.failure_log import Logged
from crmcore.hooks.guard import guarded
from crmcore.hooks.markers import API_VERSION
from crmcore.hooks.registry import Registry
from crmcore.hooks.results import FAILED, ON, PluginInfo
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of


@dataclass
class Slot:
    """A plugin's row of `crm plugin list` in the making.

    `module` is the imported plugin, also where it is not `used`: its settings can be mended then.
    """

    found: Found
    state: str = ON
    error: str = ""
    module: object = None
    used: bool = False
    settings: object = None
    hooks: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.found.name

    def load(
        self, registry: Registry, values: Mapping[str, object], first: Found | None
    ) -> PluginFailure | None:
        """Import the plugin and take it in; the failure when it cannot be. `first` has its name already."""
        started = time.perf_counter()
        try:
            self._load(registry, values, first)
        except PluginFailure as failure:
            self.state, self.error = FAILED, failure.reason
            return failure
        finally:
            self.seconds += time.perf_counter() - started
        return None

    def settings_fields(self) -> list[plugin_settings.SettingField]:
        """What its `Settings` declare."""
        own = getattr(self.module, "Settings", None)
        return plugin_settings.fields_of_class(own) if own is not None else []

    def info(self, logged: Logged | None = None) -> PluginInfo:
        """The row; `logged` is what the log says went wrong last, perhaps in another process."""
        found = self.found
        stated = getattr(self.module, "__version__", "")
        return PluginInfo(
            name=found.name,
            family=found.family,
            version=found.version or (stated if isinstance(stated, str) else ""),
            source=found.source,
            state=self.state,
            error=self.error or self._at_work(logged),
            hooks=self.hooks,
            optional=found.optional,
            description=self._description(),
            seconds=round(self.seconds, 4),
        )

    def _description(self) -> str:
        """The module's `about` in the language in force, else the first line of its docstring."""
        if self.module is None:
            return ""
        doc = (inspect.getdoc(self.module) or "").partition("\n")[0]
        about = getattr(self.module, "about", None)
        if not isinstance(about, Mapping):
            return doc
        return title_of(str(about.get("zh", "")), str(about.get("en", doc)))

    def _at_work(self, logged: Logged | None) -> str:
        """A failure of the plugin at its work, unless its file was changed since."""
        if logged is None or self.state != ON or logged.what in ("loading", "Settings", *HOOKS):
            return ""
        return "" if self.found.changed_at() > logged.at.timestamp() + 1 else str(logged)

    def _load(self, registry: Registry, values: Mapping[str, object], first: Found | None) -> None:
        if first is not None:
            text = _("{here} has the name of the plugin from {there}: rename one")
            raise self._failure(text.format(here=self.found.source, there=first.source))
        if not PLUGIN_NAME.fullmatch(self.name):
            raise self._failure(_("a plugin's name is letters, digits, - and _"))
        module = self._import()
        wanted = guarded(self.name, "loading", getattr, module, "api_version", API_VERSION)
        if isinstance(wanted, int) and wanted > API_VERSION:
            text = _("it needs plugin API {wanted}, this crmcore has {ours}: upgrade crmcore")
            raise self._failure(text.format(wanted=wanted, ours=API_VERSION))
        self.module = module
        own = guarded(self.name, "loading", getattr, module, "Settings", None)
        if own is not None:
            self.settings = guarded(self.name, "Settings", plugin_settings.build, self.name, own, values)
        self.hooks = registry.register(self.name, module)
        self.used = True

    def _import(self) -> object:
        try:
            return guarded(self.name, "loading", self.found.load)
        except KeyboardInterrupt:
            # Who waits in vain learns for whom, and how to start without it.
            text = _("plugin {name!r} was still loading; CRM_PLUGINS= (empty) starts without plugins")
            raise KeyboardInterrupt(text.format(name=self.name)) from None

    def _failure(self, reason: str) -> PluginFailure:
        return PluginFailure(self.name, "loading", reason)
