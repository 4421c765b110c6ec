"""What reaches people, in the terminal: basis and suppression list, days and tiers, templates, channels, outcomes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from crmcore.desk import occasions
from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from crmcore.store.suppressing import bases, listed, state_basis
from crmcore.tui.screens.template_edit import TemplateText
from crmcore.tui.widgets.form import Form
from crmcore.tui.widgets.text_line import TextLine
from crmcore.tui.widgets.virtual_table import VirtualTable
from tests.tui.seeing import running, until_shown

BASIS = "Our terms of sale since 2020-01-01, clause 7"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One customer, and the channels by mail and by text."""
    monkeypatch.setenv("CRM_PLUGINS", "email,sms_aliyun")
    monkeypatch.setenv("CRM_SECRET_EMAIL_IMAP_PASSWORD", "hush-hush")
    folder = tmp_path / "shop"
    with Shop.create(folder, ShopSettings("CNY", "Asia/Shanghai", "en"), actor="Ann") as opened:
        People(opened).add(Changes({"name": "小雨", "nickname": "雨"}, phones=["13900139000"]))
    return folder


def play(shop: Path, story: Callable[[Pilot[None]], Coroutine[Any, Any, None]], **how: Any) -> None:
    async def told() -> None:
        async with running(shop, **how) as pilot:
            await pilot.press("f5")
            await story(pilot)

    asyncio.run(told())


async def type_line(pilot: Pilot[None], text: str) -> None:
    pilot.app.screen.query_one(TextLine).value = text
    await pilot.press("enter")


def test_the_basis_is_stated_once_and_the_list_is_kept(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "Press n to make the first")
        await pilot.press("l")
        await until_shown(pilot, "none: promotions go only")
        await until_shown(pilot, "Press n to put an address on it")
        await pilot.press("b")
        await until_shown(pilot, "On what basis")
        await type_line(pilot, "because")
        await until_shown(pilot, "in a sentence that you would show")  # refused, and asked for again
        await type_line(pilot, BASIS)
        await until_shown(pilot, "all channels, ")
        await pilot.press("n")
        await until_shown(pilot, "Which addresses get nothing")
        await type_line(pilot, "13800138000, not a number")
        await until_shown(pilot, "is not a phone number")
        await type_line(pilot, "13800138000 x@y.cn")
        await until_shown(pilot, "+8613800138000")
        await until_shown(pilot, "put on by staff")
        await pilot.press("delete")
        await until_shown(pilot, "Take x@y.cn off the list?")
        await pilot.press("y")
        await until_shown(pilot, "1 entry")

    play(shop, story, size=(100, 30))
    with Shop.open(shop) as opened, opened.database.read() as connection:
        assert bases(connection)["*"].basis == BASIS
        assert [one.value for one in listed(connection)[1]] == ["+8613800138000"]


def test_days_and_tiers_are_written_down_and_taken_back(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "Press n to make the first")
        await pilot.press("d")
        await until_shown(pilot, "double_11")
        await pilot.press("n")
        await until_shown(pilot, "A day of the shop's own")
        form = pilot.app.screen.query_one(Form)
        for name, text in {"name": "shop_day", "day": "13-45", "en": "Our day"}.items():
            form.set_value(name, text)
        await pilot.press("ctrl+s")
        await until_shown(pilot, "names no day")
        form.set_value("day", "5-20")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "shop_day is written down")
        await until_shown(pilot, "Our day")
        with Shop.open(shop) as other:
            other.segments.save(load_rule("name: soon\nwhere: {days_until_shop_day: {lte: 9}}"))
        table = pilot.app.screen.query_one(VirtualTable)
        days, _problems = occasions.days(pilot.app.shop)  # type: ignore[attr-defined]
        table.cursor = [one.name for one in days].index("shop_day")
        await pilot.press("delete")
        await until_shown(pilot, "segments/soon: ")
        pilot.app.clear_notifications()  # they would stand over the rest for a while
        await pilot.press("r")
        await until_shown(pilot, "北京")
        await pilot.press("enter")
        await until_shown(pilot, "Which cities are tier 1?")
        await type_line(pilot, "北京 苏州")
        await until_shown(pilot, "tier 1 is kept")
        await pilot.press("ctrl+z")
        await until_shown(pilot, "taken back")
        await until_shown(pilot, "上海")

    play(shop, story, size=(110, 40))
    with Shop.open(shop) as opened:
        assert opened.calendar.get("shop_day").en == "Our day"
        assert opened.playbook.get("regions", "city_tiers") is None


def test_a_template_is_written_checked_and_seen_as_she_gets_it(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "Press n to make the first")
        await pilot.press("m")
        await until_shown(pilot, "No templates yet.")
        await pilot.press("n")
        await until_shown(pilot, "No problems found.")
        text = pilot.app.screen.query_one(TemplateText)
        text.load_text(text.text.replace("#, …", "#, {{ nicknam }}"))
        await until_shown(pilot, "there is no variable 'nicknam'")
        text.load_text(text.text.replace("{{ nicknam }}", "it has been a while"))
        await until_shown(pilot, "No problems found.")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "new_template is kept")
        await pilot.press("ctrl+r")
        await until_shown(pilot, "What would who read?")
        await type_line(pilot, "小雨")
        await until_shown(pilot, "雨, it has been a while")
        await pilot.press("escape", "escape")
        await until_shown(pilot, "this shop's o")

    play(shop, story, size=(100, 30))
    with Shop.open(shop) as opened:
        assert opened.templates.get("new_template").purpose == "promotion"


def test_channels_tell_what_is_missing_and_never_a_secret(shop: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    report.write_text("address,what\nx@y.cn,退订\n", "utf-8")

    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "还没有活动")
        await pilot.press("c")
        shown = await until_shown(pilot, "电子邮件")
        assert "sms_aliyun_key_id" in shown  # what is missing
        await pilot.press("enter")
        shown = await until_shown(pilot, "已设置，在环境变量里")
        assert "hush-hush" not in shown
        await pilot.press("escape", "t")
        await until_shown(pilot, "用电子邮件把测试消息发到自己的哪个地址？")
        await type_line(pilot, "nobody")
        await until_shown(pilot, "'nobody' 不是 email 能用的地址")
        await pilot.press("escape", "escape", "i")
        await until_shown(pilot, "回执或用掉的优惠码在哪些文件里？")
        await type_line(pilot, str(report))
        shown = await until_shown(pilot, "读到的结果")
        assert "report.csv" in shown

    play(shop, story, lang="zh", size=(110, 34))


GATE = """
from pathlib import Path
import time
from crmcore import Channel, Receipt, hookimpl

class Gate(Channel):
    name, zh, en = "gate", "闸", "Gate"
    address_kinds = ("phone",)

    def send(self, messages):
        for number, one in enumerate(messages):
            while number == 2 and not Path(__file__).with_name("open").exists():
                time.sleep(0.02)
            yield Receipt(one.key, "accepted")

@hookimpl
def crm_channels():
    return [Gate()]
"""


def test_how_far_a_sending_is_is_seen_while_it_goes_on(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The channel waits after two of three: the screen says so before it is let through."""
    monkeypatch.setenv("CRM_PLUGINS", "gate,one_off")
    (shop / "plugins" / "gate.py").write_text(GATE, "utf-8")
    with Shop.open(shop, actor="Ann") as opened:
        for number in range(2):
            People(opened).add(Changes({"name": f"P{number}"}, phones=[f"1390013900{number + 1}"]))
        with opened.write("basis") as write:
            state_basis(write, "*", BASIS, None, opened.clock().now)
        opened.campaigns.change_rules({"quiet": "off"})
        body = {"where": {"orders": {"eq": 0}}, "channels": ["gate"], "control": 0, "purpose": "service"}
        opened.campaigns.new("may", "one_off", {**body, "messages": {"*": {"text": "hello"}}})

    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "may")
        await pilot.press("enter")
        await until_shown(pilot, "Nothing is planned yet.")
        await pilot.press("s")
        await until_shown(pilot, "Plan it and send it now?")
        await pilot.press("y")
        await until_shown(pilot, "2 of 3")
        (shop / "plugins" / "open").touch()
        await until_shown(pilot, "all sent")

    play(shop, story, size=(100, 30))
