"""Family `segment_watchers`: being told who came into a kept segment, and who left."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from crmcore.errors import CrmError
from crmcore.hooks.markers import hookspec
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.hooks.shop_view import ShopView


@dataclass(frozen=True)
class SegmentMove:
    """A customer came into a segment (`entered`), or left it.

    `id` rises with every move of the shop, `name` is what the customer is called. `day` is the day on which
    it became true. `cause`: change (she was changed), day (a day passed),
    others (the rest of the customers changed), rule (the rule became another). `facts` are what the
    rule looks at: name -> value as a card keeps it (money in minor units, instants UTC seconds).
    """

    id: int
    segment: str
    customer_id: int
    name: str
    entered: bool
    day: date
    cause: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SegmentWatcher:
    """Something that is told who comes and goes: `SegmentWatcher("greet", greet, segments=("vip",))`.

    `function(shop, moves)` gets a `ShopView` and a list of `SegmentMove`, at most 100, in the order
    in which they were noticed. `segments`: only of these; empty: of every kept segment. It runs in a
    worker process, after the write that moved them, and has 30 seconds a list.
    """

    name: str
    function: Callable[..., object]
    segments: tuple[str, ...] = ()
    zh: str = ""
    en: str = ""

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise CrmError(_("watcher {name}: its function is none").format(name=self.name))
        try:
            inspect.signature(self.function).bind(None, None)
        except TypeError:
            raise CrmError(
                _("watcher {name}: its function takes `shop, moves`").format(name=self.name)
            ) from None
        except ValueError:  # nobody can tell what it takes
            return

    def told(self, shop: ShopView, moves: list[SegmentMove]) -> None:
        """Tell it."""
        self.function(shop, moves)


@hookspec
def crm_segment_watchers(settings: Any) -> list[SegmentWatcher] | None:
    """Who wants to be told when customers come into kept segments, and when they leave.

    When: once after the shop was opened, the first time kept segments are brought up to date.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `SegmentWatcher`. Segments are kept when the shop wants it (`crm segment keep
    NAME on`); a watcher hears of what happens from the first time on that the shop sees it.

    None: the plugin watches nothing in this shop; same as an empty list.

    When it raises: the plugin's watchers are left out, those of all other plugins stand. The
    functions run later, in a worker process, outside of every write, in order, each move once: where
    one raises or hangs, that list of moves counts as told, the failure is kept, and it goes on with
    the next.

        def greet(shop, moves):
            for move in moves:
                if move.entered:
                    shop.log(move.customer_id, "note", "became a VIP")

        @hookimpl
        def crm_segment_watchers():
            return [SegmentWatcher("greet", greet, segments=("vip",), zh="欢迎", en="Greet")]
    """
