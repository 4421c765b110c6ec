"""A channel's limits are the shop's: whoever sends by it at the same time shares them."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.campaigns.run import Sent
from crmcore.shop import Shop
from crmcore.store import ledger, send_limits
from crmcore.store.campaign_rows import number_channels
from crmcore.store.database import Database
from crmcore.store.schema_campaigns import send_channels
from tests.campaigns.conftest import World

BEGIN = 1_772_676_000_000_000  # microseconds


def alive(process: str, _heartbeat: int) -> bool:
    return process != "gone"


def test_what_one_sender_holds_the_others_have_not(database: Database) -> None:
    with database.write("limits", actor="test") as write:
        first, second, gone = (ledger.begin_sender(write, 1, name, 9) for name in ("a", "b", "gone"))
        assert send_limits.take_lines(write, gone, 1, 3, alive) == 3  # and then it is killed
        assert send_limits.take_lines(write, first, 1, 2, alive) == 2
        assert send_limits.take_lines(write, second, 1, 3, alive) == 1
        assert send_limits.take_lines(write, second, 1, 2, alive) == 0
        assert send_limits.take_lines(write, second, 2, 2, alive) == 2  # another channel has its own
        send_limits.give_lines(write, second)
        assert send_limits.take_lines(write, second, 1, 2, alive) == 0
        send_limits.give_lines(write, first)
        assert send_limits.take_lines(write, second, 1, 2, alive) == 2
        ledger.beat(write, second, 9, ended=True)
        assert send_limits.take_lines(write, first, 1, 2, alive) == 2


@given(
    st.floats(0.5, 500),
    st.lists(st.tuples(st.integers(1, 8), st.integers(0, 300_000)), min_size=5, max_size=20),
)
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_window_holds_more_than_the_messages_a_second(
    database: Database, rate: float, asked: list[tuple[int, int]]
) -> None:
    """Whoever asks, in whatever order: what went out before the newest turn has had its share of time."""
    now, out = BEGIN, []
    with database.write("limits", actor="test") as write:
        number = number_channels(write, {"pigeon": "email"})["pigeon"]
        write.connection.execute(sa.update(send_channels).values(free_at=None))
        for messages, later in asked:
            now += later
            wait = send_limits.take_turn(write, number, messages, rate, now)
            if wait:
                soon = now + round(wait * 1_000_000)
                assert send_limits.take_turn(write, number, messages, rate, soon - 1) > 0
                continue
            out.append((now, messages))
    for place, (began, _messages) in enumerate(out):
        for ended in range(place + 1, len(out)):
            sent = sum(messages for _at, messages in out[place:ended])
            assert sent <= (out[ended][0] - began) / 1_000_000 * rate + 0.05


def test_a_turn_that_a_wrong_clock_has_set_holds_nobody_up(database: Database) -> None:
    with database.write("limits", actor="test") as write:
        number = number_channels(write, {"pigeon": "email"})["pigeon"]
        assert send_limits.take_turn(write, number, 1, 1.0, BEGIN + 10**12) == 0  # some days ahead
        assert send_limits.take_turn(write, number, 1, 1.0, BEGIN) == 0
        assert send_limits.take_turn(write, number, 1, 1.0, BEGIN) == pytest.approx(1.0)
        write.connection.execute(sa.update(send_channels).values(free_at=None))
        assert send_limits.take_turn(write, number, 1, 0.001) == 0  # by the clock that all of them see
        assert 900 < send_limits.take_turn(write, number, 1, 1.0) <= 1000


def test_a_second_sender_leaves_the_work_to_the_first(world: World) -> None:
    for number in range(3):
        world.person(f"P{number}")
    world.way("well", connections="2")
    world.go_to(int(time.time()))  # who is alive is told by the machine's clock
    names = [world.campaign(name, purpose="service") for name in ("first", "second")]
    tried: list[Sent] = []

    def told(_done: int, _total: int) -> None:
        if not tried:
            with Shop.open(world.shop.place.folder, actor="other") as shop:
                shop.clock = world.shop.clock  # type: ignore[method-assign]
                tried.append(shop.campaigns.send(names[1]))

    assert world.campaigns.send(names[0], told=told).sent == 3
    assert (tried[0].sent, tried[0].stopped) == (
        0,
        "channel pigeon: other senders use all of its 2 connections; they go on with it",
    )
    assert world.campaigns.get(names[1]).row.state == "running"
    assert world.campaigns.send(names[1]).sent == 3
