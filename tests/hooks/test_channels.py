"""Channels in their worker: what they are handed, what of their answers is believed, what never leaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from crmcore import (
    Address,
    Channel,
    Checked,
    Contact,
    Limits,
    Outcome,
    Outgoing,
    PluginFailure,
    Problem,
    Receipt,
    Sent,
)
from crmcore.errors import CrmError
from crmcore.hooks import channel_check
from crmcore.hooks.frames import Request
from crmcore.hooks.worker import Worker

SECRET = "sesame-8837"
HELLO = [Outgoing(f"k{number}", f"c{number}@example.com", "service", "hello") for number in range(5)]
JOBS = "crmcore.hooks.channel_jobs"


def handing(*batches: Sequence[Outgoing]):
    """What a campaign does: batch after batch, then nothing. `.out` tells what has been handed over."""
    waiting = list(batches)

    def more() -> Sequence[Outgoing]:
        batch = waiting.pop(0) if waiting else []
        more.out += [one.key for one in batch]
        return batch

    more.out = []
    return more


def sending(
    worker: Worker, name: str, more, plugin: str = "odd_channels", *, timeout: float = 60.0, **secrets: str
) -> Iterator[Receipt]:
    return worker.send(plugin, name, secrets or {"password": SECRET}, more, timeout=timeout)


def test_each_message_has_its_receipt_and_batches_are_asked_for_when_wanted(worker) -> None:
    more = handing(HELLO[:2], HELLO[2:])
    receipts = sending(worker("channels"), "board", more, "channels", pin="1", nick="x")
    assert next(receipts) == Receipt("k0", "accepted", "ref-k0", "1 x", Decimal("0.1"))
    assert more.out == ["k0", "k1"]  # the second batch waits until the first is sent
    assert [one.key for one in receipts] == ["k1", "k2", "k3", "k4"]


def test_who_stops_asking_hands_nothing_more_over(worker) -> None:
    more = handing(HELLO[:1], HELLO[1:])
    receipts = sending(worker("channels"), "board", more, "channels", pin="1")
    next(receipts)
    receipts.close()
    assert more.out == ["k0"]


@pytest.mark.parametrize(
    ("name", "reason", "known"),
    [
        ("twice", "it gave a receipt for a message that it had not taken, or a second one", 1),
        ("foreign", "it gave a receipt for a message that it had not taken, or a second one", 0),
        ("state", "the state of a receipt is one of: accepted, delivered, failed, unknown", 0),
        ("text", "it returned str; Receipt is expected", 0),
        ("again", "only a message that failed has a retry_after, in seconds", 0),
        ("die", "it ended its process (code 9)", 1),
        ("thread", "it took a message in another thread than send runs in", 0),
        ("tell", "login failed with ***", 0),
        ("curse", "ValueError (odd_channels.py, line 61)", 0),
    ],
)
def test_what_goes_wrong_is_one_failure_and_the_receipts_until_then_stand(
    worker, name: str, reason: str, known: int
) -> None:
    receipts: list[Receipt] = []
    with pytest.raises(PluginFailure) as failed:
        receipts.extend(sending(worker("odd_channels"), name, handing(HELLO)))
    assert (failed.value.reason, len(receipts)) == (reason, known)
    assert SECRET not in failed.value.detail
    assert "example.com" not in failed.value.detail


def test_a_channel_that_hangs_is_ended_and_its_receipts_stand(worker) -> None:
    receipts: list[Receipt] = []
    while not receipts:  # on a busy machine the first one may be late, too
        with pytest.raises(PluginFailure) as failed:
            receipts.extend(sending(worker("odd_channels"), "hang", handing(HELLO), timeout=0.4))
        assert failed.value.reason == "it gave no answer within 0.4 s and was ended"
    assert len(receipts) == 1


def test_messages_that_a_channel_does_not_take_are_not_handed_over(worker) -> None:
    more = handing(HELLO)
    assert list(sending(worker("odd_channels"), "lazy", more)) == []
    assert more.out == []


def test_a_missing_secret_says_how_to_set_it(worker) -> None:
    with pytest.raises(PluginFailure, match="the secret board_pin is missing: crm secret set board_pin"):
        list(sending(worker("channels"), "board", handing(HELLO), "channels", nick="x"))


def test_a_channel_may_ask_for_nothing_but_messages(worker) -> None:
    from crmcore.hooks.worker import _handout

    assert "cannot be asked" in _handout(handing(HELLO), "members", ("all", 0, 9)).refusal


def test_addresses_and_checks_come_in_the_order_asked_for(worker) -> None:
    child: Worker = worker("channels")
    people = [
        (Contact("phone", "+8613800138000"), Contact("email", "a@example.com")),
        (Contact("phone", "138****8000", strong=False),),
        (Contact("buyer", "lin", "taobao"),),
    ]
    [found] = child.run(Request(f"{JOBS}:address", "channels", ("board", people), 60), "channel board")
    assert found == [
        Address("a@example.com", "email"),
        Address("", "phone", "the platform hides a part of it"),
        None,
    ]
    messages = [replace(HELLO[0], text=""), replace(HELLO[1], text="x" * 25)]
    [checked] = child.run(Request(f"{JOBS}:check", "channels", ("board", messages), 60), "channel board")
    assert checked == [
        Checked((Problem({"zh": "没有字", "en": "no words"}),), 1, Decimal("0.045")),
        Checked((), 3, Decimal("0.045")),
    ]
    assert checked[0].problems[0].shown == "no words"


def test_what_happened_is_fetched_from_the_cursor_on(worker) -> None:
    child: Worker = worker("channels")
    waiting = [Sent("k1", "c1@example.com", "ref-1", 1_700_000_000)]
    asked = Request(f"{JOBS}:fetch", "channels", ("board", {"pin": "1"}, "7", waiting), 60)
    [found] = child.run(asked, "channel board")
    assert (found.cursor, found.events[0].key) == ("7+1", "k1")
    [said] = child.run(Request(f"{JOBS}:probe", "channels", ("board", {"pin": SECRET}), 60), "channel board")
    assert said == "hello ***"


def channel(**attributes: object) -> Channel:
    made = type("Made", (Channel,), {"name": "made", "send": lambda _self, _messages: iter(()), **attributes})
    return made()


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"send": Channel.send}, "it has no send, and is not manual"),
        ({"zh": None}, "zh must be a text"),
        ({"about": "cheap"}, "about must be a text for each language"),
        ({"address_kinds": "email"}, "address_kinds must be a list of texts"),
        ({"purposes": ("spam",)}, "purposes are promotion, service, order"),
        ({"secrets": ("My Password",)}, "the secret 'My Password' is small letters"),
        ({"limits": Limits(batch=0)}, "limits must be a Limits of numbers above 0"),
        ({"limits": 5}, "limits must be a Limits of numbers above 0"),
        ({"quiet_seconds": 0}, "quiet_seconds must be a number above 0"),
        ({"manual": True, "outcomes": ()}, "outcomes must be a list of Outcome"),
        ({"manual": True, "outcomes": (Outcome("a", "dd", "delivered"),)}, "each outcome needs a key"),
        ({"manual": True, "outcomes": (Outcome("a", "d", "happy"),)}, "each with one of: delivered"),
    ],
)
def test_a_channel_that_makes_no_sense_is_refused(attributes: dict[str, object], reason: str) -> None:
    with pytest.raises(CrmError, match=reason):
        channel_check.validate(channel(**attributes))


def test_a_sound_channel_is_taken() -> None:
    channel_check.validate(channel())
    channel_check.validate(channel(manual=True, send=Channel.send))
