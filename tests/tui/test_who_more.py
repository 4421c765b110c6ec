"""What stands around the card: plugins' lines and panels, wide screens, the timeline, copying, tags."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import TextArea

from crmcore.config import FOLDERS, write_shop_file
from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.tui.widgets.card import Lines
from crmcore.wide import width
from tests.tui.seeing import text_of, until, until_shown
from tests.tui.test_who import ADVISER, made, paste, play, screen, shop, shown

__all__ = ["made", "shop"]  # fixtures


def test_plugins_add_lines_and_panels_beside_the_card_and_a_broken_one_costs_one_line(
    made: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "shop"
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    (folder / "shop.db").write_bytes(made.read_bytes())
    (folder / "plugins" / "adviser.py").write_text(ADVISER, "utf-8")
    write_shop_file(folder, "shop.db", ShopSettings("CNY", "Asia/Shanghai", "en"))

    async def story(pilot: Pilot[None]) -> None:
        await shown(pilot)
        text = await until_shown(pilot, "3 [bold]offer the gift box[/]")
        assert "60 orders" in text
        assert "! adviser: ValueError (adviser.py, line 5)" in text
        assert "林" not in text.partition("adviser: ")[2].partition("\n")[0]
        await until_shown(pilot, "3 creams")
        await until_shown(pilot, "── Bad ")
        for words in ("order T000", "面霜 0 x1", "── figures", "Orders: 60", "── known by"):
            await until_shown(pilot, words)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "── figures" not in text_of(pilot.app))  # type: ignore[arg-type]
        await pilot.press("i")
        await until_shown(pilot, "orders bought")

    play(str(folder), story, size=(130, 45))


def test_the_timeline_loads_as_one_goes_down_and_the_sheets_tell_copy_and_explain(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await shown(pilot)
        await pilot.press("o")
        await until_shown(pilot, "order T000")
        lines = pilot.app.screen.query_one(Lines)
        for _page in range(3):
            lines.scroll_end(animate=False)
            await pilot.pause(0.1)
        await until_shown(pilot, "order T059")
        await pilot.press("escape", "y")
        await until_shown(pilot, "phone: 13800001207")
        assert "! Promise #2 two masks" in pilot.app.screen.query_one(TextArea).text
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: pilot.app.clipboard == "13800001207")
        await pilot.press("w")
        text = await until_shown(pilot, "+ no refund in the last 14 days")
        assert "? was never asked" in text
        await pilot.press("escape", "t")
        await until_shown(pilot, "Tags of 小葵爱护肤7")
        await paste(pilot, ", VIP2")
        await pilot.press("enter")
        await until(pilot, lambda: screen(pilot).her.tags == ("VIP2", "敏感肌"))
        rows = text_of(pilot.app).split("\n")  # type: ignore[arg-type]
        row = next(number for number, one in enumerate(rows) if "[d] kept" in one)
        await pilot.click(offset=(width(rows[row].partition("[d]")[0]) + 1, row))  # keys can be clicked
        await until(pilot, lambda: not screen(pilot).her.alerts_of("promise"))

    play(shop, story)


def test_a_shop_without_customers_says_where_they_come_from(sqlite_url: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "There are no customers yet.")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "New customer")

    play(sqlite_url, story)


def test_it_speaks_chinese(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "这是谁？")
        await paste(pilot, "小葵爱护肤7")
        text = await until_shown(pilot, "推广：否")
        for words in (
            "[老顾客]",
            "累计 9,540 元",
            "投诉未结",
            "还欠她的",
            "上次聊",
            "买过 (60 单)",
            "现在该说什么",
        ):
            assert words in text

    play(shop, story, lang="zh")


def test_her_card_follows_when_somebody_else_merges_her_while_a_note_is_written(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await shown(pilot)
        gone = screen(pilot).her.id
        await pilot.press("n")
        await paste(pilot, "likes roses")
        with Shop.open(shop, actor="Mei") as other:
            people = People(other)
            keep = people.add(Changes({"name": "林小葵"}))[0]
            people.merge(keep, gone)
        await pilot.press("enter")
        await until(pilot, lambda: screen(pilot).her.id == keep)
        assert "likes roses" in text_of(pilot.app)  # type: ignore[arg-type]  # what was typed is not lost
        await pilot.press("enter")
        await until(pilot, lambda: any(talk.text == "likes roses" for talk in screen(pilot).her.talks))
        await pilot.press("ctrl+c")
        await until_shown(pilot, "^Q leaves crm")

    play(shop, story)
