"""Taking places: the next people of a plan, asked about once more, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from crmcore.campaigns.asking import Asking
from crmcore.campaigns.audience import still_unpaid
from crmcore.campaigns.body import Body
from crmcore.i18n import gettext as _
from crmcore.records.sending import TURN, Reason
from crmcore.store import campaign_rows, ledger, plan_rows
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.database import Write
from crmcore.store.guards import Ask, name_people, verdicts
from crmcore.store.ledger import Place
from crmcore.store.schema_campaigns import codes as codes_table

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike
    from crmcore.hooks.channels import Channel

# Letters and digits that nobody mistakes for one another on a flyer.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LEAST_CODE = 6


@dataclass(frozen=True)
class Claim:
    """What one transaction took: places with personal codes; `more`: others may be left."""

    places: list[Place]
    codes: dict[int, str]
    more: bool
    running: bool


@dataclass(frozen=True)
class Claimer:
    """Takes places for one sender of one campaign, from one plan."""

    shop: ShopLike
    row: CampaignRow
    body: Body
    plan_id: int
    sender: int
    channels: Mapping[str, Channel]

    def next(self, channel: str, limit: int, *, again: bool = False) -> Claim:
        """The next `limit` people of the plan on that channel; with `again` those whose reason has passed.

        Whoever the guards do not let through now is marked in the plan, with the reason.
        """
        why = _("places of the campaign {name}").format(name=self.row.name)
        with self.shop.write(why, kind="campaign") as write:
            row = campaign_rows.by_id(write.connection, self.row.id)
            if row.state != "running":
                return Claim([], {}, more=False, running=False)
            numbers = campaign_rows.channel_numbers(write.connection)
            plan = plan_rows.find(write.connection, self.plan_id)
            progress = plan_rows.read_progress(plan)
            number = numbers[channel]
            reached = progress.again if again else progress.reached
            after = reached.get(str(number), 0)
            people = self._people(write, number, after, limit, again=again)
            if not people:
                return Claim([], {}, more=False, running=True)
            reached[str(number)] = people[-1][0]
            plan_rows.keep_progress(write, self.plan_id, progress)
            asking = Asking.of(self.shop, write.connection, self.channels)
            ask = asking.campaign(row, self.body, numbers)
            found, refused = self._allowed(write, asking, ask, people, number)
            taken = ledger.take(write, row.id, number, found, at=asking.clock.now, sender=self.sender)
            left = {one[0] for one in found} - {place.person for place in taken}
            refused |= dict.fromkeys(left, int(Reason.ALREADY))
            if again:
                refused |= {place.person: 0 for place in taken}
            plan_rows.mark_later(write, self.plan_id, refused)
            return Claim(taken, self._give_codes(write, taken), more=True, running=True)

    def asked_again(
        self, write: Write, channel: str, people: Sequence[tuple[int, int, int | None]]
    ) -> dict[int, Reason]:
        """Whom of those who have their place the guards do not let through any more, with the reason.

        `people` are (person, step, the address they were let through with): who may be written to at another
        one only, because that one said no meanwhile, has her turn again.
        """
        row = campaign_rows.by_id(write.connection, self.row.id)
        numbers = campaign_rows.channel_numbers(write.connection)
        asking = Asking.of(self.shop, write.connection, self.channels)
        ask = replace(asking.campaign(row, self.body, numbers).only(channel), again=True, control=0)
        paid = self._paid(write, [(person, step, 0) for person, step, _address in people])
        name_people(write.connection, [(person, step) for person, step, _address in people])
        ask = asking.at_this_hour(write.connection, ask)
        addresses = {person: address for person, _step, address in people}
        found: dict[int, Reason] = {}
        for one in list(verdicts(write.connection, ask)):
            if one.reason:
                found[one.person] = one.reason
            elif one.identity_id != addresses[one.person]:
                found[one.person] = Reason.NOT_YET
        return found | dict.fromkeys(paid, Reason.LEFT)

    def _people(
        self, write: Write, number: int, after: int, limit: int, *, again: bool
    ) -> list[tuple[int, int, int]]:
        """(person, step, the channel she was planned for, 0 where she was left out then)."""
        if not again:
            found = plan_rows.next_people(write.connection, self.plan_id, number, after, limit)
            return [(person, step, number) for person, step in found]
        queued = self.body.retry_days > 0
        return plan_rows.next_again(write.connection, self.plan_id, number, after, limit, queued=queued)

    def _allowed(
        self, write: Write, asking: Asking, ask: Ask, people: list[tuple[int, int, int]], number: int
    ) -> tuple[list[tuple[int, int, int | None]], dict[int, int]]:
        """Those whom the guards let through on this channel, and the reason of each of the others.

        What was planned for a channel goes out by it or not at all; who had none then takes the first she
        may.
        """
        paid = self._paid(write, people)
        found: list[tuple[int, int, int | None]] = []
        refused: dict[int, int] = {}
        only = replace(ask, via=tuple(one for one in ask.via if one.number == number))
        for planned, asked in ((True, only), (False, ask)):
            some = [(person, step) for person, step, channel in people if bool(channel) is planned]
            if not some:
                continue
            name_people(write.connection, some)
            if not any(self.channels[one.name].manual for one in only.via):  # staff do not ring at night
                asked = asking.at_this_hour(write.connection, asked)
            for one in list(verdicts(write.connection, asked)):
                if one.person in paid:
                    refused[one.person] = int(Reason.LEFT)
                elif one.reason != Reason.NONE:
                    refused[one.person] = int(one.reason)
                elif one.channel == number:
                    found.append((one.person, one.step, one.identity_id))
        return found, refused

    def _paid(self, write: Write, people: list[tuple[int, int, int]]) -> set[int]:
        """Whose order was paid or closed since the plan was made."""
        steps = gone(write.connection, self.body, [step for _person, step, _channel in people])
        return {person for person, step, _channel in people if step in steps}

    def _give_codes(self, write: Write, places: list[Place]) -> dict[int, str]:
        """A code of her own for each, where the campaign has such."""
        if not self.body.personal_codes or not places:
            return {}
        made = {place.person: f"{self.body.code.upper()}{_coded(place.id)}" for place in places}
        rows = [
            {"campaign_id": self.row.id, "code": made[place.person], "send_id": place.id,
             "created_by": write.change_id}
            for place in places
        ]  # fmt: skip
        write.connection.execute(sa.insert(codes_table), rows)
        return made


def gone(connection: sa.Connection, body: Body, steps: Sequence[int]) -> set[int]:
    """Which of these steps are no occasion any more: the order was paid or closed meanwhile."""
    if body.occasion != "unpaid_order":
        return set()
    waiting = still_unpaid(connection, [step % TURN for step in steps])
    return {step for step in steps if step % TURN not in waiting}


def _coded(number: int) -> str:
    """A row's number as a code that does not tell its neighbours: 6 letters and digits or more."""
    base = len(_ALPHABET)
    size = _LEAST_CODE
    while base**size <= number:
        size += 1
    # Multiplying by an odd number modulo a power of two only reorders the numbers.
    mixed = (number * 387_420_489 + 1_234_567) % base**size
    text = ""
    for _place in range(size):
        mixed, rest = divmod(mixed, base)
        text += _ALPHABET[rest]
    return text
