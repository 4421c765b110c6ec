"""A campaign's way through its states: from draft to running, what ends it, what `crm due --run` sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from crmcore.campaigns import kept_plans, planning
from crmcore.campaigns.asking import channels_of, media_of
from crmcore.campaigns.audience import audience, next_follow_up
from crmcore.campaigns.body import Body, body_of, ready
from crmcore.campaigns.due import due_channels, is_past
from crmcore.campaigns.refusals import refuse_while_missing
from crmcore.campaigns.run import Sent, Stop, Told
from crmcore.campaigns.sending import send_by_plan, take_over
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.clock import Clock
from crmcore.records.sending import PASSING, Reason, SendState
from crmcore.store import campaign_rows, earnings, ledger, plan_rows
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.schema_campaigns import sends

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

# A campaign that repeats looks anew who belongs, at most this often.
_AGAIN = 600
# Who could not be sent to for so long is given up, in seconds.
_GIVEN_UP = 3 * 86_400


def send(
    shop: ShopLike,
    row: CampaignRow,
    body: Body,
    *,
    plan_id: int | None = None,
    limit: int | None = None,
    stop: Stop = lambda: False,
    told: Told | None = None,
    refuse_empty: bool = False,
) -> Sent:
    """Send what is due of a campaign; see `Campaigns.send`."""
    _refuse_missing(shop, body)
    if body.purpose == "promotion":
        with shop.database.read() as connection:
            refuse_while_missing(connection)
    chosen = _plan_to_send(shop, row, body, plan_id)
    if refuse_empty:
        _refuse_nobody(shop, row, body, chosen)
    with shop.write(_("sending the campaign {name}").format(name=row.name), kind="campaign") as write:
        now = shop.clock().now
        if row.state != "running":
            started = row.started_at or now
            values: dict[str, Any] = {"message": None, "starts_at": None, "ended_at": None}
            row = campaign_rows.move(write, row.name, "running", started_at=started, **values)
        if body.code and not body.personal_codes:
            earnings.give_code(write, row.id, body.code)
        turn = int(plan_rows.find(write.connection, chosen, row.id).turn)
    done = send_by_plan(shop, row, body.of_turn(turn), chosen, limit=limit, stop=stop, told=told)
    if plan_id is None:
        for later in body.turns[1:]:
            if not done.stopped:
                left = None if limit is None else limit - done.sent
                done = done.and_then(_follow_up(shop, row, body.of_turn(later), left, stop, told))
    _conclude(shop, row, body, chosen, done)
    return done


def _follow_up(
    shop: ShopLike, row: CampaignRow, body: Body, limit: int | None, stop: Stop, told: Told | None
) -> Sent:
    """Send one follow-up to those whose time it is; there is a new plan of them every few minutes."""
    now = shop.clock().now
    if is_past(body, shop.clock()) or not len(audience(shop, body, row.id)):
        return Sent()
    with shop.database.read() as connection:
        kept = plan_rows.of_campaign(connection, row.id, body.turn)
    if kept and now - int(kept[0].at) < _AGAIN:
        return send_by_plan(shop, row, body, int(kept[0].id), limit=limit, stop=stop, told=told)
    made = planning.plan(shop, row, body, save=True)
    assert made.id is not None
    if not made.chosen:
        return Sent()
    return send_by_plan(shop, row, body, made.id, limit=limit, stop=stop, told=told)


def _refuse_missing(shop: ShopLike, body: Body) -> None:
    for name in body.all_channels:
        channel = shop.channels.get(name)
        if body.purpose not in channel.purposes:
            raise CrmError(_("channel {name} carries no {purpose}").format(name=name, purpose=body.purpose))
        if not channel.per_person:
            # The audience would be posted one and the same thing as often as it is big.
            raise CrmError(
                _(
                    "channel {name} is one post for everybody, a campaign a message to each: "
                    "name another channel"
                ).format(name=name)
            )
        if missing := shop.channels.missing_secrets(name):
            raise CrmError(
                _("channel {name} needs {secrets}: crm secret set NAME").format(
                    name=name, secrets=joined(missing)
                )
            )


def _refuse_nobody(shop: ShopLike, row: CampaignRow, body: Body, plan_id: int) -> None:
    """A campaign that goes out once and reaches nobody is not begun: afterwards it could not be changed."""
    if row.state not in ("draft", "scheduled") or body.repeat != "once":
        return
    made = kept_plans.kept_plan(shop, row, plan_id)
    if not made.chosen and not any(made.reasons.get(reason) for reason in PASSING):
        text = _("nobody is to get {name}, and it stays as it was: `crm campaign plan {name}` says why")
        raise CrmError(text.format(name=row.name))


def _plan_to_send(shop: ShopLike, row: CampaignRow, body: Body, plan_id: int | None) -> int:
    """The plan that is sent: the named one, the newest kept one, or one made now."""
    with shop.database.read() as connection:
        if plan_id is not None:
            named = plan_rows.find(connection, plan_id, row.id)
            if not _still_says(named, body.of_turn(min(int(named.turn), len(body.follow_ups)))):
                raise CrmError(
                    _("plan {id} was made before the campaign was changed: make a new one").format(id=plan_id)
                )
            return int(named.id)
        kept = plan_rows.of_campaign(connection, row.id)
    if kept and _still_says(kept[0], body):
        age = shop.clock().now - int(kept[0].at)
        if body.repeat == "once" or row.state == "draft" or (age < _AGAIN and row.state == "running"):
            return int(kept[0].id)
    made = planning.plan(shop, row, body, save=True)
    assert made.id is not None
    return made.id


def _still_says(plan: sa.Row[Any], body: Body) -> bool:
    """Whether the campaign still says what decided about that plan."""
    return bool(json.loads(plan.counts).get("decides", body.decides()) == body.decides())


def _conclude(shop: ShopLike, row: CampaignRow, body: Body, plan_id: int, done: Sent) -> None:
    """It is done when everybody of its plan has had her turn and nobody's reason can pass any more."""
    clock = shop.clock()
    with shop.database.read() as connection:
        now_row = campaign_rows.by_id(connection, row.id)
        later = plan_rows.later_counts(connection, plan_id)
        counts = plan_rows.counted(connection, plan_id).people
        plan = plan_rows.find(connection, plan_id)
        open_ = ledger.counts(connection, row.id)
        follows = next_follow_up(connection, row.id, body, clock.now)
    if now_row.state != "running":
        return
    passing = [later.get(int(reason), 0) for reason in (*PASSING, Reason.NOT_YET)]
    keep_asking = clock.now - plan.at < body.retry_days * 86_400
    planned = sum(number for (reason, _c), number in counts.items() if reason in PASSING)
    at_night = later.get(int(Reason.QUIET), 0) + later.get(int(Reason.NOT_YET), 0)
    if clock.now - plan.at > _GIVEN_UP + body.retry_days * 86_400:
        at_night = 0  # a gateway that put somebody off for days will not take her tomorrow
    waits = bool(at_night) or (keep_asking and bool(sum(passing) + planned))
    in_hand = sum(
        number for (_turn, state), number in open_.items() if state in (SendState.QUEUED, SendState.HANDED)
    )
    done.waits = done.waits or waits or bool(in_hand)
    over = body.repeat == "once" and not done.waits and not done.stopped
    if over and follows is not None and not is_past(body, clock):
        # Nothing is to be done before the next follow-up; who is held back from one that is due is asked
        # about again a little later.
        with shop.write(_("the next message of {name}").format(name=row.name), kind="campaign") as write:
            campaign_rows.change(write, row.id, starts_at=max(follows, clock.now + _AGAIN))
        done.waits, over = True, False
    if over or is_past(body, clock):
        with shop.write(_("the campaign {name} is done").format(name=row.name), kind="campaign") as write:
            campaign_rows.move(write, row.name, "done", ended_at=clock.now)
    elif done.over_budget:
        with shop.write(_("paused the campaign {name}").format(name=row.name), kind="campaign") as write:
            campaign_rows.move(write, row.name, "paused", message=done.stopped)


def cancel(shop: ShopLike, row: CampaignRow) -> None:
    """Nothing more goes out; what waits for a person is dropped."""
    why = _("cancelled the campaign {name}").format(name=row.name)
    with shop.write(why, kind="campaign") as write:
        campaign_rows.move(write, row.name, "cancelled", ended_at=shop.clock().now)
        here = sa.and_(sends.c.campaign_id == row.id, sends.c.state == int(SendState.TODO))
        write.connection.execute(
            sa.update(sends).where(here).values(state=int(SendState.DROPPED), detail=_("cancelled"))
        )
        take_over(write, row.id, None)


def run_due(
    shop: ShopLike, *, stop: Stop = lambda: False, told: Told | None = None
) -> list[tuple[str, Sent | str]]:
    """Send every campaign whose time has come; see `Campaigns.run_due`."""
    now = shop.clock().now
    done: list[tuple[str, Sent | str]] = []
    for row in due(shop, now):
        if stop():
            break
        body = body_of(row.body)
        try:
            ready(body)
            done.append((row.name, send(shop, row, body, stop=stop, told=told)))
        except CrmError as error:
            done.append((row.name, str(error)))
    return done


def due(shop: ShopLike, now: int) -> list[CampaignRow]:
    """The campaigns that `run_due` would send now, the oldest first."""
    with shop.database.read() as connection:
        rows = campaign_rows.all_of(connection, ("scheduled", "running"))
    media = media_of(channels_of(shop)) if rows else {}
    return [
        row
        for row in reversed(rows)
        if (row.starts_at or 0) <= now and _has_work(body_of(row.body), shop.clock(), media)
    ]


def _has_work(body: Body, clock: Clock, media: Mapping[str, str]) -> bool:
    return bool(due_channels(body, clock, media)[0]) or is_past(body, clock)
