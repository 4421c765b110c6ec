"""Family `actions`: what a plugin can do when somebody asks for it, from a script or from the UI."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any

from crmcore.errors import CrmError
from crmcore.hooks.markers import hookspec
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.hooks.shop_view import ShopView  # noqa: F401 - named in docstrings


@dataclass(frozen=True)
class Action:
    """Something a plugin does on request: `crm run-plugin PLUGIN NAME [ARG…] [--set K=V]…`.

    `function(shop)`, or `function(shop, parameters)` where `parameters` names a dataclass; `shop` is a
    `ShopView`. What it returns is the result that is printed: text, numbers, dates, lists and dicts of them,
    or None. It runs in a worker process: `quiet_seconds` without a word from it, and it is ended.
    """

    name: str
    function: Callable[..., object]
    zh: str = ""
    en: str = ""
    parameters: type | None = None
    quiet_seconds: float = 60.0

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise CrmError(_("action {name}: its function is none").format(name=self.name))
        if self.parameters is not None and not is_dataclass(self.parameters):
            raise CrmError(_("action {name}: its parameters must be a dataclass").format(name=self.name))
        if not self._can_be_called():
            text = _(
                "action {name}: its function takes `shop`, or `shop, parameters` where the action names a "
                "dataclass for them (parameters=…)"
            )
            raise CrmError(text.format(name=self.name))

    def _can_be_called(self) -> bool:
        given = 1 if self.parameters is None else 2
        try:
            inspect.signature(self.function).bind(*[None] * given)
        except TypeError:
            return False
        except ValueError:  # nobody can tell what it takes
            return True
        return True

    @property
    def description(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]


@hookspec
def crm_actions(settings: Any) -> list[Action] | None:
    """Actions that `crm run-plugin` and the command palette offer.

    When: once after the shop was opened, the first time somebody asks what the plugins can do.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `Action`. The first one is the plugin's main action. Names are the plugin's own: two
    plugins may both have an action `export`.

    None: the plugin has no actions for this shop; same as an empty list.

    When it raises: the plugin's actions are left out, those of all other plugins stand. The functions run
    later, in a worker process: a raise or a hang there ends that run, with exit code 1.

        def thank(shop):
            for customer in shop.customers("new"):
                shop.log(customer.id, "note", "thanked")

        @hookimpl
        def crm_actions():
            return [Action("thank", thank, zh="感谢新客", en="Thank new customers")]
    """
