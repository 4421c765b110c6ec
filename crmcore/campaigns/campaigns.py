"""The campaigns of one shop: made, planned, sent, stopped, looked at; what faces and scripts use."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from crmcore.campaigns import kept_plans, planning, running, trying
from crmcore.campaigns.body import Body, body_from, body_of, ready
from crmcore.campaigns.kinds import Kind, kinds
from crmcore.campaigns.planning import Plan
from crmcore.campaigns.report import CampaignReport, report
from crmcore.campaigns.rules import Rules, keep_rules, read_rules
from crmcore.campaigns.run import Sent, Stop, Told
from crmcore.campaigns.status import Status, status
from crmcore.campaigns.trying import Preview
from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.sending import Reason
from crmcore.rules.fields import suggestion
from crmcore.rules.names import check_slug
from crmcore.shown import word
from crmcore.store import campaign_rows, plan_rows
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.guards import Verdict
from crmcore.store.plan_rows import Planned

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike
    from crmcore.hooks.channel_values import Receipt


@dataclass(frozen=True)
class Campaign:
    """One campaign: its row, and what it says."""

    row: CampaignRow
    body: Body

    @property
    def title(self) -> str:
        """Its title, else its name."""
        return self.body.title or self.row.name


class Campaigns:
    """The campaigns of one shop. Methods raise `NotFoundError` for an unknown name, with the nearest one."""

    def __init__(self, shop: ShopLike) -> None:
        self._shop = shop

    # --- what there is ----------------------------------------------------------------------------------

    def all(self, states: tuple[str, ...] = ()) -> list[Campaign]:
        """Every campaign, the newest first; only those in one of `states`, where given."""
        with self._shop.database.read() as connection:
            rows = campaign_rows.all_of(connection, states)
        return [Campaign(row, body_of(row.body)) for row in rows]

    def get(self, name: str) -> Campaign:
        """The campaign of that name."""
        with self._shop.database.read() as connection:
            row = campaign_rows.find(connection, name)
        return Campaign(row, body_of(row.body))

    def kinds(self) -> list[Kind]:
        """The plans that are ready to be used: the plugins', the packs' and the shop's own."""
        return kinds(self._shop)

    def kind(self, name: str) -> Kind:
        """The ready plan of that name."""
        known = {one.name: one for one in self.kinds()}
        if name not in known:
            raise NotFoundError(
                _("there is no kind of campaign {name}{hint}").format(
                    name=repr(name), hint=suggestion(name, list(known), see="crm campaign kinds")
                )
            )
        return known[name]

    def rules(self) -> Rules:
        """What holds for every sender: the cap, quiet hours, how long a refund holds back."""
        return read_rules(self._shop.documents)

    def change_rules(self, typed: Mapping[str, Any]) -> Rules:
        """Change some of them; raises `UsageError`."""
        self._shop.permit("campaign.rules")
        return keep_rules(self._shop.documents, typed)

    # --- making -----------------------------------------------------------------------------------------

    def new(self, name: str, kind: str, values: Mapping[str, Any]) -> Campaign:
        """A draft made of a ready plan, with these keys of its body said otherwise; raises `UsageError`."""
        self._shop.permit("campaign.edit")
        check_slug(name)
        found = self.kind(kind)
        body = body_from(self._with_node(_over(found.body, values)))
        self._refuse_unknown(body, body_from(found.body))
        row = {
            "name": name,
            "kind": kind,
            "purpose": body.purpose,
            "body": _text(body),
            "seed": secrets.randbelow(2**30),
            "at": self._shop.clock().now,
        }
        with self._shop.write(_("made the campaign {name}").format(name=name), kind="campaign") as write:
            campaign_rows.make(write, row)
        return self.get(name)

    def edit(self, name: str, values: Mapping[str, Any]) -> Campaign:
        """Say some keys of its body otherwise; only what was never sent may change. Raises `CrmError`."""
        self._shop.permit("campaign.edit")
        known = self.get(name)
        _refuse_begun(known.row)
        body = body_from(self._with_node(_over(known.body.as_json(), values)))
        self._refuse_unknown(body, known.body)
        with self._shop.write(_("changed the campaign {name}").format(name=name), kind="campaign") as write:
            _refuse_begun(campaign_rows.by_id(write.connection, known.row.id))
            campaign_rows.change(write, known.row.id, body=_text(body), purpose=body.purpose)
        return self.get(name)

    def _refuse_unknown(self, body: Body, before: Body) -> None:
        """Raise `NotFoundError` for a channel that is none here; what a pack's plan names may come later."""
        for name in body.all_channels:
            if name not in before.all_channels:
                self._shop.channels.get(name)

    def _with_node(self, values: dict[str, Any]) -> dict[str, Any]:
        """A festival may be named as the calendar does: the next one is meant."""
        node = values.get("node")
        if not isinstance(node, str) or node[:1].isdigit():
            return values
        occasion = self._shop.calendar.get(node)
        period = occasion.next(self._shop.clock().today)
        if period is None:
            raise UsageError(_("{name} does not come again in the calendar").format(name=node))
        return {**values, "node": period.first}

    def keep_as_kind(self, name: str, kind: str) -> None:
        """Keep what a campaign says as a ready plan of the shop's own; it travels in packs."""
        self._shop.permit("campaign.edit")
        check_slug(kind)
        body = self.get(name).body.as_json()
        self._shop.playbook.save("campaigns", kind, {"body": body, "title": body.get("title", "")})

    # --- planning ---------------------------------------------------------------------------------------

    def plan(
        self,
        name: str,
        *,
        save: bool = False,
        told: Told | None = None,
        follow_up: int = 0,
        as_of: date | None = None,
    ) -> Plan:
        """Who would get it now, by which channel, and who would not and why; `save` keeps the plan.

        `follow_up`: of that follow-up in the place of the first message. `as_of`: as things stood at the end
        of that day; such a plan is never kept.
        """
        self._shop.permit("campaign.plan")
        if save and as_of is not None:
            raise UsageError(_("a plan of another day is not kept: leave --save or --as-of out"))
        known = self.get(name)
        body = known.body.of_turn(follow_up)
        return planning.plan(self._shop, known.row, body, save=save, told=told, as_of=as_of)

    def plans(self, name: str, follow_up: int = 0) -> list[Plan]:
        """The kept plans of a campaign's first message, or of a follow-up; the newest first."""
        known = self.get(name)
        with self._shop.database.read() as connection:
            ids = [int(row.id) for row in plan_rows.of_campaign(connection, known.row.id, follow_up)]
        return [self.kept_plan(name, plan_id) for plan_id in ids]

    def kept_plan(self, name: str, plan_id: int) -> Plan:
        """One kept plan, as it was shown; raises `NotFoundError`."""
        return kept_plans.kept_plan(self._shop, self.get(name).row, plan_id)

    def people(
        self,
        name: str,
        plan_id: int,
        *,
        reasons: tuple[str, ...] = (),
        channel: str | None = None,
        after: int = 0,
        limit: int | None = 50,
    ) -> list[Planned]:
        """A page of a kept plan: who gets it (reason `none`) or why not (see `Plan.as_json`)."""
        known = self.get(name)
        numbers = planning.reasons_named(reasons)
        if len(numbers) < len(reasons):
            raise UsageError(_("reasons are: {known}").format(known=joined(r.name.lower() for r in Reason)))
        with self._shop.database.read() as connection:
            plan_rows.find(connection, plan_id, known.row.id)
            number = campaign_rows.channel_numbers(connection).get(channel, -1) if channel else None
            return plan_rows.people(
                connection, plan_id, reasons=numbers, channel=number, after=after, limit=limit
            )

    def compare(self, name: str, one: int, other: int) -> list[tuple[str, str, int]]:
        """What changed between two kept plans: (what was, what is, for how many people)."""
        return kept_plans.compare(self._shop, self.get(name).row, one, other)

    def verdict(self, name: str, customer_id: int) -> tuple[Verdict, dict[str, Reason]]:
        """What the guards say about one customer, with the reason for each channel."""
        known = self.get(name)
        ask, found = planning.verdict_of(self._shop, known.row, known.body, customer_id)
        names = [via.name for via in ask.via]
        return found, dict(zip(names, found.refusals, strict=True))

    # --- trying and measuring ------------------------------------------------------------------------------

    def preview(
        self,
        name: str,
        channel: str | None,
        customers: Sequence[int],
        limit: int,
        *,
        follow_up: int = 0,
        as_of: date | None = None,
    ) -> Preview:
        """The message as these customers get it, or the first of its audience; nothing is sent."""
        self._shop.permit("campaign.plan")
        known = self.get(name)
        body = known.body.of_turn(follow_up)
        return trying.preview(self._shop, body, channel, customers, limit, known.row.id, as_of)

    def test(self, name: str, address: str, channel: str | None = None, *, follow_up: int = 0) -> Receipt:
        """Send one message to an address of the shop's staff."""
        self._shop.permit("campaign.send")
        known = self.get(name)
        ready(known.body)
        return trying.test(self._shop, known.row, known.body.of_turn(follow_up), address, channel)

    def report(self, name: str, as_of: date | None = None) -> CampaignReport:
        """What it earned, or had earned by the end of that day."""
        known = self.get(name)
        return report(self._shop, known.row, known.body, as_of)

    # --- sending ----------------------------------------------------------------------------------------

    def send(
        self,
        name: str,
        *,
        plan_id: int | None = None,
        limit: int | None = None,
        stop: Stop = lambda: False,
        told: Told | None = None,
    ) -> Sent:
        """Send it: by the plan `plan_id`, else by the newest kept one, else by one that is made now.

        Raises `CrmError` where it says too little, a channel is missing, nobody is to get it, or its state
        does not allow it.
        """
        self._shop.permit("campaign.send")
        known = self.get(name)
        ready(known.body)
        if known.row.state == "paused":
            raise CrmError(_("campaign {name} is paused: crm campaign resume {name}").format(name=name))
        return running.send(
            self._shop,
            known.row,
            known.body,
            plan_id=plan_id,
            limit=limit,
            stop=stop,
            told=told,
            refuse_empty=True,
        )

    def schedule(self, name: str, at: int) -> Campaign:
        """Send it at that instant: `crm due --run` does. Raises `UsageError` for a past one."""
        self._shop.permit("campaign.send")
        known = self.get(name)
        ready(known.body)
        if at < self._shop.clock().now:
            raise UsageError(_("that time has passed already: give a later one"))
        self._move(name, "scheduled", _("scheduled the campaign {name}"), starts_at=at)
        return self.get(name)

    def pause(self, name: str) -> Campaign:
        """Hold it: senders stop after the message they are at."""
        self._move(name, "paused", _("paused the campaign {name}"), message=None)
        return self.get(name)

    def resume(self, name: str) -> Campaign:
        """Let it go on; `send` does the sending."""
        self._move(name, "running", _("resumed the campaign {name}"), message=None)
        return self.get(name)

    def cancel(self, name: str) -> Campaign:
        """End it for good: nothing more goes out, work items that are left are dropped."""
        self._shop.permit("campaign.send")
        running.cancel(self._shop, self.get(name).row)
        return self.get(name)

    def status(self, name: str, as_of: date | None = None) -> Status:
        """How far it has got, or had by the end of that day: messages by state, what came back, who waits."""
        known = self.get(name)
        return status(self._shop, known.row, known.body, as_of)

    def due(self) -> list[CampaignRow]:
        """The campaigns whose time has come, the oldest first."""
        return running.due(self._shop, self._shop.clock().now)

    def run_due(
        self, *, stop: Stop = lambda: False, told: Told | None = None
    ) -> list[tuple[str, Sent | str]]:
        """Send everything whose time has come; a campaign that cannot be sent gives its reason as a text."""
        self._shop.permit("campaign.send")
        return running.run_due(self._shop, stop=stop, told=told)

    def _move(self, name: str, state: str, why: str, **values: Any) -> None:
        self._shop.permit("campaign.send")
        with self._shop.write(why.format(name=name), kind="campaign") as write:
            campaign_rows.move(write, name, state, **values)


def _refuse_begun(row: CampaignRow) -> None:
    if row.state not in ("draft", "scheduled"):
        raise CrmError(
            _("campaign {name} is {state}: what it says cannot change any more; make a new one").format(
                name=row.name, state=word(row.state)
            )
        )


_AUDIENCES = ("segment", "where", "unpaid")


def _over(below: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a body with others over them; another audience takes the place of the one there was."""
    named = any(values.get(name) for name in _AUDIENCES)
    kept = {key: value for key, value in below.items() if not (named and key in (*_AUDIENCES, "params"))}
    return {**kept, **values}


def _text(body: Body) -> str:
    import json

    return json.dumps(body.as_json(), ensure_ascii=False)


__all__ = ["Campaign", "Campaigns", "Kind", "Plan", "Sent", "Status"]
