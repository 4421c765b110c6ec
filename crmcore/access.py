"""The shop's side of what a plugin's action may ask: see `crmcore.hooks.shop_view`."""

from __future__ import annotations

from datetime import UTC, date, datetime

from crmcore.errors import UsageError
from crmcore.hooks.shop_view import About, Member
from crmcore.i18n import gettext as _
from crmcore.people import People
from crmcore.records.clock import day_end, instant, zone
from crmcore.records.money import to_major
from crmcore.rules.fields import FieldType
from crmcore.shop import Shop


class Access:
    """Answers a plugin's questions about one shop; implements `ShopAccess`."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def about(self) -> About:
        """The shop's day, currency, time zone and language."""
        settings = self._shop.settings
        return About(self._shop.clock().today, settings.currency, settings.time_zone, settings.language)

    def segments(self) -> list[str]:
        """The names of the segments that can be asked."""
        return [one.name for one in self._shop.segments.all() if not one.error]

    def count(self, segment: str) -> int:
        """How many customers are in the segment today."""
        return self._shop.segments.count(segment).count

    def members(self, segment: str, after: int, limit: int) -> list[Member]:
        """The segment's customers with an id above `after`, by id, at most `limit`."""
        found = self._shop.segments.members(segment, after=after, limit=limit)
        return [Member(one.id, one.name) for one in found.customers]

    def facts(self, customer_id: int) -> dict[str, object]:
        """Her facts by name; absent ones are missing. Money in major units, instants as datetime."""
        card, _events = People(self._shop).show(customer_id, limit=1)
        types = {name: field.type for name, field in self._shop.catalogue.stored.items()}
        return {name: self._as_python(types.get(name), value) for name, value in card.facts.items()}

    def log(self, customer_id: int, kind: str, text: str, due: datetime | date | None) -> int:
        """Write an interaction onto the customer's timeline; its id."""
        return People(self._shop).log(customer_id, kind, text, due_at=self._due(due))

    def _as_python(self, kind: FieldType | None, value: object) -> object:
        if kind is FieldType.MONEY and isinstance(value, int):
            return to_major(value, self._shop.settings.currency)
        if kind is FieldType.INSTANT and isinstance(value, int):
            return datetime.fromtimestamp(value, UTC).astimezone(zone(self._shop.settings.time_zone))
        if kind is FieldType.DATE and isinstance(value, str):
            return date.fromisoformat(value)
        return value

    def _due(self, due: datetime | date | None) -> int | None:
        if isinstance(due, datetime):
            if due.tzinfo is None:
                raise UsageError(_("a due time needs its time zone, or give a date: {due}").format(due=due))
            return instant(due)
        return None if due is None else day_end(due, self._shop.settings.time_zone)
