"""What the guards are asked for a campaign, or for a customer's card: rules, channels, bases, the hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from crmcore.campaigns.quiet import quiet_countries
from crmcore.campaigns.rules import Rules, read_rules
from crmcore.records.clock import Clock
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.guard_ask import FOREVER, PARTS, Ask, Via
from crmcore.store.suppressing import Basis, bases

if TYPE_CHECKING:
    from crmcore.campaigns.body import Body
    from crmcore.campaigns.shop import ShopLike
    from crmcore.hooks.channels import Channel


@dataclass(frozen=True)
class Asking:
    """Everything that makes an `Ask`, read once: the rules, the channels that are there, the stated bases."""

    rules: Rules
    channels: Mapping[str, Channel]
    stated: Mapping[str, Basis]
    clock: Clock

    @classmethod
    def of(
        cls,
        shop: ShopLike,
        connection: sa.Connection,
        channels: Mapping[str, Channel] | None = None,
        as_of: date | None = None,
    ) -> Asking:
        """As the shop stands now, or stood at the end of the day `as_of`.

        Within a write give the `channels`, for plugins are not asked there.
        """
        known = channels_of(shop) if channels is None else channels
        clock = shop.clock(as_of)
        return cls(read_rules(shop.documents), known, bases(connection, clock.until), clock)

    def campaign(self, row: CampaignRow, body: Body, numbers: Mapping[str, int]) -> Ask:
        """What is asked about the audience of a campaign; its channels that are not there are left out."""
        return replace(
            self.about(body.purpose, self.usable(body), numbers),
            campaign_id=row.id,
            seed=row.seed,
            control=round(body.control * PARTS),
            unless=None if body.follows is None else tuple(body.follows.unless),
        )

    def usable(self, body: Body) -> list[str]:
        """The campaign's channels that there are, in its order, if they reach each person for its purpose."""
        known = [self.channels[name] for name in body.channels if name in self.channels]
        return [one.name for one in known if one.per_person and body.purpose in one.purposes]

    def about(self, purpose: str, names: Sequence[str], numbers: Mapping[str, int]) -> Ask:
        """What is asked about anybody for a purpose on these channels."""
        return Ask(
            purpose=purpose,
            via=tuple(self._via(name, numbers.get(name, 0)) for name in names),
            cap=self.rules.cap,
            cap_since=self.rules.cap_since(self.clock),
            refund_since=self.rules.refund_since(self.clock),
            until=FOREVER if self.clock.as_of is None else self.clock.until,
        )

    def at_this_hour(self, connection: sa.Connection, ask: Ask) -> Ask:
        """The same, not to be sent where it is night now, for those named by `guards.name_people`."""
        if not ask.promotes:
            return ask
        found = connection.scalars(
            sa.text(
                "SELECT DISTINCT coalesce(cards.country, '') FROM asked "
                "JOIN cards ON cards.customer_id = asked.id"
            )
        )
        quiet = quiet_countries(list(found), self.rules, self.clock.zone, self.clock.now)
        return replace(ask, quiet=quiet)

    def basis_since(self, *names: str) -> int | None:
        """Since when somebody must have bought to be covered by a basis for these names (0: ever)."""
        found = next((self.stated[one] for one in (*names, "*") if one in self.stated), None)
        if found is None:
            return None
        return 0 if found.days is None else self.clock.until - found.days * 86_400

    def _via(self, name: str, number: int) -> Via:
        channel = self.channels[name]
        general = channel.consent_name
        kinds = tuple(channel.address_kinds)
        return Via(number, name, kinds, self.basis_since(name, general), general, dict(channel.forms))


def media_of(channels: Mapping[str, Channel]) -> dict[str, str]:
    """The sort of each channel, by which consents, prices and days ahead name it: sms for every gateway."""
    return {name: channel.consent_name for name, channel in channels.items()}


def channels_of(shop: ShopLike) -> dict[str, Channel]:
    """The channels that there are, by name."""
    return {channel.name: channel for _plugin, channel in shop.channels.all()}
