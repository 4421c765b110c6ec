"""Sending a campaign: one run of one process. Several may run side by side; nobody gets two.

For each channel the channel's own code, in its worker process, asks for messages. They are handed over a few
at a time, each written down as handed over before the channel gets it, and each receipt is written down as it
comes. Whatever dies in between leaves places that were never handed over, which go out later, and at most
those few of which nobody can say: they are `unknown` and never go out again by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.campaigns import kept_plans
from crmcore.campaigns.asking import channels_of, media_of
from crmcore.campaigns.body import Body
from crmcore.campaigns.due import due_channels
from crmcore.campaigns.handing import PLACES, Handing
from crmcore.campaigns.outbox import Outbox
from crmcore.campaigns.run import Run, Sent, Stop, Told
from crmcore.children import this_process
from crmcore.i18n import gettext as _
from crmcore.importing.history import is_alive
from crmcore.records.sending import Reason
from crmcore.store import campaign_rows, ledger, plan_rows, send_limits
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.database import Write

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

# A plan that is older than this is looked through once more for those who do not belong any more.
_FRESH = 900


def send_by_plan(
    shop: ShopLike,
    row: CampaignRow,
    body: Body,
    plan_id: int,
    *,
    limit: int | None,
    stop: Stop,
    told: Told | None,
) -> Sent:
    """Send what is due of one plan (of the first message, or of a follow-up), channel by channel.

    See `Run` for the rest.
    """
    why = _("sending the campaign {name}").format(name=row.name)
    with shop.database.read() as connection:
        made_at = int(plan_rows.find(connection, plan_id, row.id).at)
    if shop.clock().now - made_at > _FRESH and not body.turn:  # whom a follow-up is for the guards know
        kept_plans.mark_left(shop, body, plan_id)
    run = Run(shop, row, body, plan_id, channels_of(shop), limit, stop, told)
    with shop.write(why, kind="campaign") as write:
        progress = plan_rows.read_progress(plan_rows.find(write.connection, plan_id, row.id))
        progress.again = {}  # whose reason may have passed is asked anew in each run
        plan_rows.keep_progress(write, plan_id, progress)
        take_over(write, row.id, plan_id)
        run.sender = ledger.begin_sender(write, row.id, this_process(), shop.clock().now)
    busy = ""
    try:
        due, waiting = due_channels(body, shop.clock(), media_of(run.channels))
        run.done.waits = bool(waiting)
        for name in due:
            if name in run.channels and not run.over():
                busy = _by(run, name) or busy
    finally:
        _end(run, why)
    run.done.stopped = run.done.stopped or busy
    with shop.database.read() as connection:
        later = plan_rows.later_counts(connection, plan_id)
    run.done.skipped = sum(number for reason, number in later.items() if reason not in (0, Reason.NOT_YET))
    return run.done


def _by(run: Run, name: str) -> str:
    """Send by one channel; a sentence where other senders have all of its connections."""
    channel = run.channels[name]
    if channel.manual:
        _by_hand(run, name)
        return ""
    lines: int | None = None
    with run.shop.write(_("sending"), kind="campaign") as write:
        number = campaign_rows.channel_numbers(write.connection)[name]
        most = channel.limits.connections
        if most is not None:
            lines = send_limits.take_lines(write, run.sender, number, most, is_alive)
    if lines == 0:
        text = _("channel {name}: other senders use all of its {count} connections; they go on with it")
        return text.format(name=name, count=most)
    Handing(run, channel, number).send(lines)
    return ""


def _by_hand(run: Run, name: str) -> None:
    """A channel that people work: its messages become items of a call round or a copy queue."""
    outbox = Outbox(run.shop, run.row, run.body, run.claimer, run.channels[name], PLACES)
    while not run.over() and outbox.fill():
        letters = outbox.all_ready()
        refused = outbox.take_refused()
        with run.shop.write(_("work of the campaign"), kind="campaign") as write:
            if campaign_rows.state_of(write.connection, run.row.id) != "running":
                run.done.stopped = _("the campaign was paused")
                taken = [one.send_id for one in letters] + [one.send_id for one, _problem in refused]
                run.give_back(write, taken)
                return
            ledger.make_items(write, run.sender, {one.send_id: one.kept_text for one in letters})
            ledger.refuse_items(write, run.sender, {one.send_id: why for one, why in refused})
        run.done.by_hand += len(letters)
        run.done.failed += len(refused)


def _end(run: Run, why: str) -> None:
    with run.shop.write(why, kind="campaign") as write:
        ledger.beat(write, run.sender, run.shop.clock().now, ended=True)
        # What broke in the middle (words that cannot be written out) keeps nobody's place. The places of
        # others are left alone here: whoever begins looks who is gone.
        people, _lost = ledger.leave_behind(write, run.row.id, run.sender)
        run.not_yet(write, people)


def take_over(write: Write, campaign_id: int, plan_id: int | None) -> int:
    """Settle what senders that are gone have left behind; returns how many messages are unknown for it."""
    unknown = 0
    for one in ledger.senders_with_work(write.connection, campaign_id):
        if one.ended_at is not None or not is_alive(one.process, one.heartbeat_at):
            people, lost = ledger.leave_behind(write, campaign_id, one.id)
            unknown += lost
            if plan_id is not None:
                plan_rows.mark_later(write, plan_id, dict.fromkeys(people, int(Reason.NOT_YET)))
    return unknown
