"""The one module that touches pluggy: takes plugins in, and asks one of them at a time.

pluggy isolates nothing: the first exception stops a call and loses everybody's answers. So each plugin is
asked with all others left out (`subset_hook_caller`), and what fits no spec is refused when it is registered.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from types import FunctionType, MethodType, ModuleType

import pluggy

from crmcore.errors import PluginFailure
from crmcore.hooks.contributions import HOOKS, SPEC_MODULES
from crmcore.hooks.guard import guarded
from crmcore.hooks.markers import PROJECT
from crmcore.hooks.settings import nearest
from crmcore.i18n import gettext as _
from crmcore.i18n import joined


class _Manager(pluggy.PluginManager):
    """pluggy without a long look at the hundred names of a module, nearly all of them imported."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        found = vars(plugin).get(name) if isinstance(plugin, ModuleType) else None
        if isinstance(plugin, ModuleType) and not isinstance(found, _HOOKABLE):
            return None
        if isinstance(found, FunctionType) and not hasattr(found, f"{PROJECT}_impl"):
            return None
        return super().parse_hookimpl_opts(plugin, name)


# What pluggy takes for a hook.
_HOOKABLE = (FunctionType, MethodType, staticmethod, classmethod)


class Registry:
    """The plugins of one shop that are in use."""

    def __init__(self) -> None:
        self._manager = _Manager(PROJECT)
        self._modules: dict[str, object] = {}
        for module in SPEC_MODULES:
            self._manager.add_hookspecs(import_module(module))

    def register(self, name: str, module: object) -> tuple[str, ...]:
        """Take a plugin in; the hooks it answers.

        Raises `PluginFailure` for wrong hooks, and leaves nothing behind then.
        """
        guarded(name, "loading", self._manager.register, module, name=name)
        try:
            hooks = self._check(name, module)
        except PluginFailure:
            self._manager.unregister(name=name)
            raise
        self._modules[name] = module
        return hooks

    def ask(self, name: str, hook: str, settings: object) -> list[object]:
        """One plugin's answers to a hook; raises `PluginFailure`."""
        others = [module for other, module in self._modules.items() if other != name]
        caller = self._manager.subset_hook_caller(hook, others)
        found: list[object] = guarded(name, hook, partial(caller, settings=settings))
        return found

    def _check(self, name: str, module: object) -> tuple[str, ...]:
        callers = self._manager.get_hookcallers(module) or []
        mine = [impl for caller in callers for impl in caller.get_hookimpls() if impl.plugin_name == name]
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError:
            unknown = next(caller.name for caller in callers if not caller.has_spec())
            raise PluginFailure(name, "loading", _unknown_hook(unknown)) from None
        if any(impl.wrapper or impl.hookwrapper for impl in mine):
            reason = _("hook wrappers are not offered: a plugin answers for itself only")
            raise PluginFailure(name, "loading", reason)
        if not mine:
            reason = _("it brings nothing: mark its crm_… functions with @hookimpl")
            raise PluginFailure(name, "loading", reason)
        return tuple(sorted({caller.name for caller in callers if caller.has_spec()}))


def _unknown_hook(name: str) -> str:
    near = nearest(name, HOOKS)
    if near:
        return _("there is no hook {name!r}; did you mean {near!r}?").format(name=name, near=near)
    return _("there is no hook {name!r}; there are: {known}").format(name=name, known=joined(HOOKS))
