"""What a shop would miss if a plugin was off: everything that works now and would not work any more.

Switching off is never refused for good: a plugin may be broken, or nobody's need of it worth its trouble.
But who does it should know what goes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.packs.faults import Fault, PackError
from crmcore.packs.overlay import Switched
from crmcore.packs.pack import Documents
from crmcore.packs.remarks import nowhere
from crmcore.packs.usable import ShopLike, campaigns_not_over, newly_unusable
from crmcore.playbook.playbook import Documents as Tables
from crmcore.playbook.playbook import Playbook

# The families whose documents name channels or reports.
_LEADING = ("templates", "campaigns", "benchmarks")


class StillUsedError(PackError):
    """A plugin is not switched: `stops` would not work any more."""

    def __init__(self, plugin: str, stops: Sequence[Fault], *, on: bool) -> None:
        self.stops = tuple(stops)
        if on:
            head = _("with plugin {name} on this would not work any more:")
        else:
            head = _("without plugin {name} this would not work any more:")
        self._head = Fault("", head.format(name=plugin))
        super().__init__([self._head, *stops])

    def told(self, most: int, known_as: Callable[[str], str] = str) -> str:
        """What a question says: the first `most` that would not work, `known_as` what, and how many more."""
        names = [known_as(one.where) for one in self.stops[:most]]
        if (more := len(self.stops) - most) > 0:
            names.append(_("and {count} more").format(count=more))
        return f"{self._head}\n{joined(names)}"


def stopping(shop: ShopLike, plugin: str, *, on: bool) -> list[Fault]:
    """What works now and would not with that plugin on, or off: FAMILY/NAME of each, and the reason."""
    return stopping_with(shop, Switched(shop.documents, plugin, on))


def stopping_with(shop: ShopLike, documents: Tables) -> list[Fault]:
    """What works now and would not with these documents, in which plugins are on or off otherwise.

    Beside what could not be used at all: messages that would go out by no channel, benchmarks that would
    stand beneath no report.
    """
    broken = newly_unusable(shop, documents)
    after = _leading_nowhere(shop, Playbook(documents))
    before = _leading_nowhere(shop, Playbook(shop.documents)) if after else {}
    led = sorted((key, text) for (key, wanted), text in after.items() if (key, wanted) not in before)
    return [Fault(key, reason) for key, reason in (*broken, *led)]


def _leading_nowhere(shop: ShopLike, playbook: Playbook) -> dict[tuple[str, str], str]:
    """What of the playbook, and of the campaigns that are not over, names something that no plugin brings.

    (Who names it, what) -> the sentence.
    """
    bodies: Documents = {
        family: {entry.name: entry.body for entry in playbook.all(family)} for family in _LEADING
    }
    plugins = shop.plugins_over(playbook)
    found = {(f"{one.family}/{one.name}", one.wanted): one.text for one in nowhere(plugins, bodies)}
    for key, body in campaigns_not_over(shop):
        found |= {(key, one.wanted): one.text for one in nowhere(plugins, {"campaigns": {key: body}})}
    return found
