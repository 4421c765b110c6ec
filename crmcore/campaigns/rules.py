"""How a shop limits itself: the cap, quiet hours, how long a refund holds back; for all channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal, Protocol

import msgspec

from crmcore.campaigns.body import Body
from crmcore.errors import UsageError
from crmcore.hooks.settings import fields_of_class
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.records.clock import Clock, day_start
from crmcore.rules.fields import suggestion
from crmcore.rules.where import where

_TABLE, _NAME = "campaign_rules", "rules"
_WINDOWS = mark("write so many days, such as 30d, or month")


class Documents(Protocol):
    """The part of `shop.documents` that is used here."""

    def table(self, name: str) -> Any:
        """The document table of that name."""


@dataclass(frozen=True)
class Rules:
    """What holds for every sender.

    `cap` promotions are the most that one customer gets over all channels within `cap_window`: so many
    rolling `days` (30d), or a calendar `month`; 0: no cap. Promotions go out between `quiet_to` and
    `quiet_from` on the customer's own clock. Who got money back is left alone for `refund_days`.
    """

    cap: Annotated[int, msgspec.Meta(ge=0, le=100)] = 1
    cap_window: Annotated[str, msgspec.Meta(pattern="^(month|[1-9][0-9]{0,2}d)$")] = "30d"
    quiet_from: time = time(21, 0)
    quiet_to: time = time(9, 0)
    refund_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 14
    quiet: Literal["on", "off"] = "on"

    def cap_since(self, clock: Clock) -> int:
        """The instant since which promotions count."""
        if self.cap_window == "month":
            first = date(clock.today.year, clock.today.month, 1)
            return day_start(first, clock.zone)
        return clock.until - int(self.cap_window[:-1]) * 86_400

    def refund_since(self, clock: Clock) -> int:
        """The instant since which a refund holds somebody back."""
        return day_start(clock.today - timedelta(days=self.refund_days), clock.zone)

    def as_json(self) -> dict[str, Any]:
        """The rules as plain values."""
        # asdict, for msgspec leaves out of what it made itself whatever stands at its default.
        return asdict(self) | {"quiet_from": f"{self.quiet_from:%H:%M}", "quiet_to": f"{self.quiet_to:%H:%M}"}


def read_rules(documents: Documents) -> Rules:
    """The rules of this shop."""
    row: Any = next((one for one in documents.table(_TABLE).all() if one.get("name") == _NAME), {})
    return _rules({key: value for key, value in row.items() if key != "name"})


def keep_rules(documents: Documents, typed: Mapping[str, Any]) -> Rules:
    """Change some of them; raises `UsageError` for an unknown one or a value that makes no sense."""
    known = list(Rules.__dataclass_fields__)
    for name in typed:
        if name not in known:
            hint = suggestion(name, known)
            raise UsageError(_("there is no rule {name}{hint}").format(name=repr(name), hint=hint))
    rules = _rules({**read_rules(documents).as_json(), **typed})
    documents.table(_TABLE).upsert({"name": _NAME, **rules.as_json()}, where("name") == _NAME)
    return rules


def capped_follow_up(body: Body, rules: Rules) -> str:
    """A sentence about the first follow-up that the cap holds back from everybody; "" without such a one."""
    if body.purpose != "promotion" or not rules.cap:
        return ""
    days = 30 if rules.cap_window == "month" else int(rules.cap_window[:-1])
    day, sent = 0, [0]
    for number, one in enumerate(body.follow_ups, 1):
        day += one.after
        if sum(day - before < days for before in sent) >= rules.cap:
            return _(
                "the cap ({cap} promotions, {window}) holds follow-up {number} back: allow more "
                "(crm campaign rules --set cap={more}), or let it come later"
            ).format(cap=rules.cap, window=rules.cap_window, number=number, more=len(sent) + 1)
        sent.append(day)
    return ""


def _rules(values: Mapping[str, Any]) -> Rules:
    plain = dict(values)
    for name in ("quiet_from", "quiet_to"):
        text = plain.get(name)
        if isinstance(text, str):
            try:
                plain[name] = time.fromisoformat(text)
            except ValueError:
                raise UsageError(
                    _(
                        "{name}: {text} is no time of day: write it as 21:00; quiet=off ends the quiet hours"
                    ).format(name=name, text=repr(text))
                ) from None
    for one in fields_of_class(Rules):
        if one.name in plain:
            try:
                plain[one.name] = one.convert(plain[one.name], text=True)
            except ValueError as error:
                why = _(_WINDOWS) if one.name == "cap_window" else str(error)
                raise UsageError(f"{one.name}: {why}") from None
    return Rules(**plain)
