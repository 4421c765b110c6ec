"""Moving on what was written down: kept, settled, another day, somebody else; and taking that back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crmcore.desk.undoing import take_back_last
from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.i18n import speaking
from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.store import interactions

DUE = 1_772_600_000


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Shop.create(tmp_path / "shop", ShopSettings("CNY", "Asia/Shanghai", "en"), actor="Ann") as opened:
        yield opened


def written(shop: Shop, kind: str = "promise", **more: Any) -> int:
    number, _maybe = People(shop).add(Changes({"name": "王芳"}))
    return People(shop).log(number, kind, "two masks", **more)


def find(shop: Shop, which: int) -> interactions.Interaction:
    with shop.database.read() as connection:
        return interactions.find(connection, which)


def card(shop: Shop) -> dict[str, Any]:
    return People(shop).show(1)[0].facts


def test_a_promise_that_is_kept_is_owed_no_more_until_that_is_taken_back(shop: Shop) -> None:
    which = written(shop)
    assert card(shop)["promises_open"] == 1
    assert People(shop).move(which, "kept")
    assert card(shop)["promises_open"] == 0
    assert not People(shop).move(which, "kept")
    with speaking("zh"):
        assert take_back_last(shop).why == "Promise 1: kept"
    assert (find(shop, which).state, card(shop)["promises_open"]) == ("open", 1)


def test_a_move_that_its_kind_does_not_know_is_refused_with_those_it_does(shop: Shop) -> None:
    which = written(shop)
    with pytest.raises(CrmError, match="Promise 1 is open: from there it can go to kept, dropped"):
        People(shop).move(which, "settled")
    with pytest.raises(NotFoundError, match="no interaction 9"):
        People(shop).move(9, "kept")


def test_another_day_and_somebody_else_can_be_taken_back(shop: Shop) -> None:
    which = written(shop, due_at=DUE, owner="Ann")
    people = People(shop)
    assert people.reschedule(which, DUE + 60)
    assert people.assign(which, " Bob ")
    assert not people.assign(which, "Bob")
    assert (find(shop, which).due_at, find(shop, which).owner) == (DUE + 60, "Bob")
    assert take_back_last(shop).why == "Promise 1: given to Bob"
    assert take_back_last(shop).why == "Promise 1: another day"
    assert (find(shop, which).due_at, find(shop, which).owner) == (DUE, "Ann")
    people.assign(which, None)
    assert find(shop, which).owner is None


def test_several_moves_are_one_act_or_none(shop: Shop) -> None:
    which = written(shop, due_at=DUE, owner="Ann")
    people = People(shop)
    with pytest.raises(CrmError, match="from there it can go to kept, dropped"):
        people.move_on(which, state="settled", due_at=DUE + 60, owner="Bob")
    assert (find(shop, which).due_at, find(shop, which).owner) == (DUE, "Ann")
    people.move_on(which, state="kept", due_at=DUE + 60, owner=" Bob ")
    found = find(shop, which)
    assert (found.state, found.due_at, found.owner) == ("kept", DUE + 60, "Bob")
    assert take_back_last(shop).why == "Promise 1: kept"
    assert (find(shop, which).due_at, find(shop, which).owner) == (DUE, "Ann")


def test_what_cannot_be_due_gets_no_day(shop: Shop) -> None:
    with pytest.raises(UsageError, match="cannot be due"):
        People(shop).reschedule(written(shop, "chat"), DUE)


@pytest.mark.parametrize(
    "act",
    [
        lambda people: people.move(1, "kept"),
        lambda people: people.reschedule(1, DUE),
        lambda people: people.assign(1, "Bob"),
    ],
)
def test_each_of_them_asks_the_gate(shop: Shop, act: Callable[[People], object]) -> None:
    written(shop)
    shop.gate = lambda _actor, asked: asked != "log"
    with pytest.raises(CrmError, match="Ann may not do this: log"):
        act(People(shop))
    assert find(shop, 1).state == "open"


def test_states_are_read_in_ones_own_language(shop: Shop) -> None:
    kind = shop.kinds["complaint"]
    with speaking("zh"):
        assert [kind.state_title(state) for state in kind.states] == ["未处理", "处理中", "已解决", "已结案"]
        assert kind.state_title(None) == ""
    for kind in shop.kinds.values():
        assert [s for s in kind.states if not all(kind.state_titles.get(s, ("", "")))] == []
