"""What packs bring is met where it is needed: answers and articles on the card, presets, dashboards, tags."""

from __future__ import annotations

import asyncio

from crmcore.desk import knowledge
from crmcore.desk.brief import brief
from crmcore.desk.card_acts import tags_in_use
from crmcore.shop import Shop
from crmcore.tui.screens.dashboard import DashboardScreen
from crmcore.tui.screens.report import ReportScreen
from tests.playbook.test_playbook import lay
from tests.store import dossier
from tests.tui.seeing import running, text_of, until, until_shown

SORRY = {
    "title": {"zh": "致歉", "en": "Sorry"},
    "text": {"zh": "#客户昵称#，抱歉", "en": "Dear {{ called }}, sorry"},
}
STEPS = {
    "title": {"zh": "首购", "en": "First purchase"},
    "text": {"zh": "先问效果", "en": "Ask how it works\nthen offer"},
}


def fill(url: str) -> int:
    with Shop.open(url, actor="Ann") as shop:
        at = shop.clock().now - 86_400
        with shop.write("made") as write:
            who = dossier.customer(write, "王芳")
            dossier.order(write, who, "1", placed_at=at, paid_at=at, net_total=9_900)
            write.touch([who])
        lay(shop.playbook, "tea", 1, "texts", sorry=SORRY, banned_words={"own": ["x"], "allowed": []})
        lay(
            shop.playbook,
            "tea",
            1,
            "articles",
            steps={**STEPS, "segments": ["once"]},
            rare={**STEPS, "title": {"en": "Rare"}, "segments": ["three_or_more"]},
        )
        lay(shop.playbook, "tea", 1, "tags", tea_lover={"title": {"zh": "茶客", "en": "Tea lover"}})
        tile = {
            "report": "sales",
            "set": {"by": "month"},
            "table": "sales",
            "column": "orders",
            "what": "figure",
        }
        lay(shop.playbook, "tea", 1, "dashboards", tea={"title": {"zh": "茶", "en": "Tea"}, "tiles": [tile]})
        lay(
            shop.playbook,
            "tea",
            1,
            "presets",
            by_month={
                "title": {"zh": "按月", "en": "Month by month"},
                "report": "sales",
                "set": {"by": "month"},
            },
        )
        return who


def test_answers_articles_and_tags_are_for_her(sqlite_url: str) -> None:
    who = fill(sqlite_url)
    with Shop.open(sqlite_url, actor="Ann") as shop:
        her = brief(shop, who)
        assert [(one.name, one.text) for one in knowledge.answers(shop, her)] == [
            ("sorry", "Dear 王芳, sorry")
        ]
        assert [(one.title, one.fits) for one in knowledge.articles_for(shop, her)] == [
            ("First purchase", ("Bought once",))
        ]
        assert [one.name for one in knowledge.articles(shop, "offer works")] == ["steps", "rare"]
        assert "茶客" in tags_in_use(shop)
        assert shop.reports.run("by_month").typed["by"] == "month"


def test_they_are_found_in_the_terminal(sqlite_url: str) -> None:
    who = fill(sqlite_url)

    async def story() -> None:
        async with running(sqlite_url, size=(100, 40)) as pilot:
            pilot.app.show_customer(who)  # type: ignore[attr-defined]
            await until_shown(pilot, "1 order  99 CNY")
            await pilot.press("a")
            await until_shown(pilot, "read: First purchase (Bought once)")
            await pilot.press("enter")
            await until(pilot, lambda: pilot.app.clipboard == "Dear 王芳, sorry")
            await pilot.press("a")
            await until_shown(pilot, "What to say to her?")
            await pilot.press("down", "enter")
            await until_shown(pilot, "then offer")
            await pilot.press("escape", "ctrl+p")
            await until_shown(pilot, "Find a command")
            await pilot.press(*"works")
            await until_shown(pilot, "Rare")
            await pilot.press("escape", "f8")
            await until_shown(pilot, "Month by month")
            await pilot.press("end", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, ReportScreen))
            await until_shown(pilot, "An order counts when")
            await pilot.press("escape")
            await until_shown(pilot, "What it answers")
            await pilot.press("d")
            await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))
            await until_shown(pilot, "as of now")
            await pilot.press("b")
            await until_shown(pilot, "Tea (1)")
            await pilot.press("down", "enter")
            await until(
                pilot, lambda: "as of now" in text_of(pilot.app) and "Payment" not in text_of(pilot.app)
            )  # type: ignore[arg-type]
            await until_shown(pilot, "Sales: Orders")

    asyncio.run(story())
