"""Who may sign in: names, password hashes, and that wrong ones are turned away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crmcore.accounts import Accounts, Cost
from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.shop import Shop

CHEAP = Cost(n=2**4)


@pytest.fixture
def shop(sqlite_url: str) -> Iterator[Shop]:
    with Shop.open(sqlite_url, actor="owner") as opened:
        yield opened


def test_the_password_is_checked_and_stands_nowhere_in_clear(shop: Shop) -> None:
    accounts = Accounts(shop.documents, CHEAP)
    accounts.add("小王", "correct horse")
    assert accounts.check("小王", "correct horse")
    assert not accounts.check("小王", "correct horsf")
    assert not accounts.check("小李", "correct horse")
    assert not accounts.check("小王", "")
    kept = shop.documents.table("accounts").all()
    assert "correct" not in str(kept)
    assert kept[0]["n"] == 16


def test_equal_passwords_have_different_hashes(shop: Shop) -> None:
    accounts = Accounts(shop.documents, CHEAP)
    accounts.add("a", "correct horse")
    accounts.add("b", "correct horse")
    assert len({row["hash"] for row in shop.documents.table("accounts").all()}) == 2


def test_the_default_cost_is_that_of_the_cheat_sheet(shop: Shop) -> None:
    accounts = Accounts(shop.documents)
    accounts.add("a", "correct horse")
    row = shop.documents.table("accounts").all()[0]
    assert (row["n"], row["r"], row["p"]) == (131072, 8, 1)
    assert Accounts(shop.documents, CHEAP).check("a", "correct horse")


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a\n", "<b>"])
def test_odd_names_are_refused(shop: Shop, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a name"):
        Accounts(shop.documents, CHEAP).add(name, "correct horse")


def test_short_passwords_taken_and_unknown_names_are_refused(shop: Shop) -> None:
    accounts = Accounts(shop.documents, CHEAP)
    with pytest.raises(UsageError, match="10 characters"):
        accounts.add("a", "short")
    with pytest.raises(UsageError, match="1024 characters at most"):
        accounts.add("a", "x" * 1025)
    accounts.add("a", "correct horse")
    with pytest.raises(CrmError, match="already"):
        accounts.add("a", "correct horse")
    with pytest.raises(NotFoundError, match=r"nobody named b.*a"):
        accounts.change("b", "correct horse")
    accounts.change("a", "battery staple")
    assert accounts.check("a", "battery staple")
    assert not accounts.check("a", "correct horse")
    accounts.remove("a")
    assert accounts.names() == []
    assert not accounts.check("a", "battery staple")
