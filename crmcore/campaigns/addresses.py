"""Addresses in a plan: channels that look at addresses themselves are asked, in the worker, in batches.

Most channels only say what an address must look like (`Channel.forms`), and the guards' own statement knows
it. Of a channel with an `address` method of its own, those whom a plan chose for it are asked about; whom it
cannot reach gets the next channel that she may, or stands in the plan with what the channel said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from crmcore.errors import PluginFailure
from crmcore.hooks.channels import Channel
from crmcore.i18n import gettext as _
from crmcore.records.sending import Reason
from crmcore.store.contacts import reachable
from crmcore.store.guards import Ask, Verdict, name_people, verdicts

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

# Reasons that are about a channel: with none left, what the channel said of her address is told instead.
_OF_CHANNEL = (Reason.REFUSED, Reason.BAD_ADDRESS, Reason.NO_ADDRESS, Reason.UNASKED, Reason.UNFIT_ADDRESS)


@dataclass
class Looking:
    """Asks the channels of one plan; `problems` is what they said so far, with how many times."""

    shop: ShopLike
    ask: Ask
    channels: Sequence[Channel]
    problems: dict[str, int] = field(default_factory=dict)

    @property
    def own(self) -> dict[int, Channel]:
        """The channels that look at addresses themselves, by their numbers."""
        pairs = zip(self.ask.via, self.channels, strict=True)
        return {
            via.number: one
            for via, one in pairs
            if one.address_kinds and type(one).address is not Channel.address
        }

    def look(
        self, connection: sa.Connection, people: Sequence[Verdict]
    ) -> Iterator[tuple[Verdict, Verdict, int | None]]:
        """Whose verdict changes of those who get it by an `own` channel: (before, after, which problem).

        Whoever was named by `guards.name_people` is not afterwards.
        """
        own = self.own
        before = {one.person: one for one in people}
        after: dict[int, Verdict] = {}
        said: dict[int, str] = {}
        failed: dict[int, set[int]] = defaultdict(set)
        waiting = list(before.values())
        while waiting:
            bad = self._bad(connection, own, waiting)
            for one in waiting:
                if one.person in bad:
                    failed[one.person].add(one.channel)
                    said.setdefault(one.person, bad[one.person])
            again = [(one.person, one.step) for one in waiting if one.person in bad]
            found = self._without(connection, again, failed)
            after |= {one.person: one for one in found}
            waiting = [one for one in found if one.reason is Reason.NONE and one.channel in own]
        for person, one in after.items():
            problem = None
            if one.reason in _OF_CHANNEL or one.reason is Reason.CHANNEL_OFF:
                one = replace(one, reason=Reason.UNFIT_ADDRESS, channel=0)
                problem = self._noted(said[person])
            yield before[person], one, problem

    def _bad(
        self, connection: sa.Connection, own: dict[int, Channel], people: Sequence[Verdict]
    ) -> dict[int, str]:
        """Whom her channel cannot reach, with what it says."""
        bad: dict[int, str] = {}
        for number, channel in own.items():
            ids = [one.person for one in people if one.channel == number]
            if not ids:
                continue
            contacts = reachable(connection, ids, tuple(channel.address_kinds))
            try:
                found = self.shop.channels.addresses(channel.name, [contacts[i].contacts for i in ids])
            except PluginFailure as failure:
                bad |= dict.fromkeys(ids, failure.reason)
                continue
            for person, address in zip(ids, found, strict=True):
                if address is None or address.problem or not address.value:
                    bad[person] = (address.problem if address else "") or _("no address for it")
        return bad

    def _without(
        self, connection: sa.Connection, people: list[tuple[int, int]], failed: dict[int, set[int]]
    ) -> list[Verdict]:
        """What the guards say of these people without the channels that cannot reach them."""
        found: list[Verdict] = []
        for numbers in {frozenset(failed[person]) for person, _step in people}:
            some = [pair for pair in people if frozenset(failed[pair[0]]) == numbers]
            name_people(connection, some)
            left = tuple(via for via in self.ask.via if via.number not in numbers)
            found += verdicts(connection, replace(self.ask, via=left))
        return found

    def _noted(self, words: str) -> int:
        """The number of a problem among those of the plan."""
        self.problems[words] = self.problems.get(words, 0) + 1
        return list(self.problems).index(words)
