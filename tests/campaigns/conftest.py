"""A whole shop with customers who can be written to, and channels whose gateway is a file."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore import plugin_choices
from crmcore.campaigns import refusals
from crmcore.campaigns.campaigns import Campaigns
from crmcore.records.clock import Clock
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.store import consents, schema
from crmcore.store.changes import insert
from crmcore.store.settings import set_meta
from crmcore.store.suppressing import state_basis
from tests.conftest import NOW

PIGEONS = Path(__file__).parent.parent / "plugins" / "pigeons.py"
WORDS = {"*": {"text": "#客户昵称#，好久不见", "subject": "hello"}}
# Everybody who was ever seen.
ALL = {"any": [{"orders": {"gte": 0}}]}


class World:
    """One shop, the file that is its gateway, and short ways to write people into it."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        self.gateway = folder / "gateway.txt"
        self.way("well")
        self.at = NOW

    @property
    def campaigns(self) -> Campaigns:
        return self.shop.campaigns

    def way(self, way: str, **more: str) -> None:
        """How the gateway behaves from now on."""
        numbers = {name: int(text) for name, text in more.items()}
        values = {"gateway": str(self.gateway), "way": way, **numbers}
        # Not by way of the shop, which loads every plugin to check them.
        kept = plugin_choices.own_settings(self.shop.documents, "pigeons")
        plugin_choices.keep_settings(self.shop.documents, "pigeons", {**kept, **values})
        self.shop.plugins_changed()

    def go_to(self, at: int) -> None:
        """Let it be that instant."""
        self.at = at

    def person(self, name: str = "Li", *, yes: str = "*", orders: int = 1, **more: Any) -> int:
        """A customer with an address of every kind who agreed to promotions by `yes` (none: never asked)."""
        with self.shop.write("person", kind="import") as write:
            who = insert(write, schema.customers, {"name": name, "at": NOW, **more})
            for kind, value in (
                ("email", f"p{who}@x.cn"),
                ("phone", f"+86138{who:08d}"),
                ("buyer", f"buyer{who}"),
            ):
                row = {"customer_id": who, "home_id": who, "kind": kind, "namespace": "", "value": value}
                insert(write, schema.identities, {**row, "shown": value, "strong": True})
            for number in range(orders):
                self.order(write, who, f"{who}-{number}")
            if yes:
                self.says(write, who, "granted", channel=yes)
        return who

    def order(self, write: Any, who: int | None, number: str, **more: Any) -> int:
        paid = {
            "currency": "CNY",
            "status": "paid",
            "placed_at": NOW - 90 * 86_400,
            "paid_at": NOW - 90 * 86_400,
        }
        row = {
            "customer_id": who,
            "source": "taobao",
            "number": number,
            "net_total": 1000,
            "paid_total": 1000,
        }
        return insert(write, schema.orders, {**row, **paid, "ordered_total": 1000, **more})

    def says(self, write: Any, who: int, state: str, channel: str = "*", at: int = NOW - 1000) -> None:
        proof = "form" if state == "granted" else None
        consents.record(
            write, who, channel=channel, purpose="promotion", state=state, at=at, source="test", proof=proof
        )

    def basis(self, channel: str = "*", days: int | None = None) -> None:
        with self.shop.write("basis") as write:
            state_basis(write, channel, "terms of 2020, customers who bought", days, NOW)

    def lost_its_database(self) -> None:
        """Nobody knows who said no: as a restore leaves a shop whose database was lost."""
        with self.shop.write("restored") as write:
            set_meta(write.connection, refusals.MISSING, str(NOW))

    def campaign(self, name: str = "spring", **body: Any) -> str:
        """A draft for everybody by pigeon, without a control group."""
        values = {"where": ALL, "channels": ["pigeon"], "messages": WORDS, "control": 0, **body}
        self.campaigns.new(name, "one_off", values)
        return name

    def arrived(self) -> Counter[str]:
        """How often each address got something."""
        if not self.gateway.exists():
            return Counter()
        lines = self.gateway.read_text("utf-8").splitlines()
        return Counter(line.split("\t")[1] for line in lines)

    def states(self, name: str = "spring") -> dict[str, int]:
        return {state.name: number for state, number in self.campaigns.status(name).states.items()}

    def all(self, query: sa.Select[Any]) -> list[Any]:
        with self.shop.database.read() as connection:
            return list(connection.execute(query))


@pytest.fixture(scope="session")
def shop_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty shop, to be copied."""
    folder = tmp_path_factory.mktemp("campaigns") / "shop"
    Shop.create(folder, ShopSettings("CNY", "Asia/Shanghai", "en")).close()
    (folder / "plugins").mkdir(exist_ok=True)
    shutil.copy(PIGEONS, folder / "plugins" / "pigeons.py")
    return folder


@pytest.fixture
def postgresql_world(
    shop_template: Path, empty_postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The same shop in a PostgreSQL database."""
    folder = tmp_path / "shop"
    (folder / "plugins").mkdir(parents=True)
    shutil.copy(PIGEONS, folder / "plugins" / "pigeons.py")
    settings = ShopSettings("CNY", "Asia/Shanghai", "en")
    with Shop.create(folder, settings, empty_postgresql_url, actor="test") as shop:
        made = World(shop, tmp_path)
        monkeypatch.setattr(shop, "clock", lambda as_of=None: Clock("Asia/Shanghai", made.at).on(as_of))
        yield made


@pytest.fixture
def world(shop_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A shop in which it is ten in the morning."""
    folder = tmp_path / "shop"
    shutil.copytree(shop_template, folder)
    with Shop.open(folder, actor="test") as shop:
        made = World(shop, tmp_path)
        monkeypatch.setattr(shop, "clock", lambda as_of=None: Clock("Asia/Shanghai", made.at).on(as_of))
        yield made
