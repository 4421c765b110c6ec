"""Journeys through a real browser: signing in, working, signing out."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from crmcore.accounts import Accounts, Cost
from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.store import schema
from tests.journeys.browser import PATIENCE, Page, browsing, needs_chromium

pytestmark = needs_chromium
PASSWORD = "correct horse"


@contextmanager
def served(url: str, lang: str) -> Iterator[str]:
    """`crm serve` as a process of its own, with an account for amy; its address."""
    with Shop.open(url, actor="owner") as shop:
        Accounts(shop.documents, Cost(n=2**4)).add("amy", PASSWORD)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["--shop", url, "--lang", lang, "serve", "--port", str(port)]
    process = subprocess.Popen([sys.executable, "-m", "crmcore.cli.main", *words], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "crm serve ended"
            assert time.monotonic() < deadline, "crm serve does not answer"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


async def sign_in(page: Page, address: str) -> None:
    await page.open(f"{address}/")
    await page.until("document.querySelector('input[name=name]') !== null")
    for name, value in (("name", "amy"), ("password", PASSWORD)):
        await page.run(f"document.querySelector('input[name={name}]').value = {json.dumps(value)}")
    await page.run("document.querySelector('form').submit()")
    await page.until("document.querySelector('.xterm-helper-textarea') !== null")
    await page.run("document.querySelector('.xterm-helper-textarea').focus()")


@pytest.mark.parametrize(
    ("lang", "who", "customers"),
    [("en", "Who?", "Customers"), pytest.param("zh", "是谁", "客户", marks=pytest.mark.stress)],
)
def test_sign_in_look_around_sign_out(sqlite_url: str, lang: str, who: str, customers: str) -> None:
    async def story() -> None:
        with served(sqlite_url, lang) as address:
            async with browsing() as page:
                await sign_in(page, address)
                await page.see(f"[F2 {who}")
                await page.press("F4")
                await page.see(f"[F4 {customers}")
                await page.run("document.querySelector('form[action=\"/sign-out\"]').submit()")
                await page.until("location.pathname === '/sign-in'")

    asyncio.run(story())


@pytest.fixture
def shop_with_her(sqlite_url: str) -> str:
    with Shop.open(sqlite_url, actor="owner") as shop:
        People(shop).add(Changes({"name": "林晓葵", "nickname": "小葵爱护肤7"}))
    return sqlite_url


@pytest.mark.stress
def test_a_nickname_typed_with_an_input_method_opens_her_card(shop_with_her: str) -> None:
    async def story() -> None:
        with served(shop_with_her, "zh") as address:
            async with browsing() as page:
                await sign_in(page, address)
                await page.see("[F2 是谁]", "首字母")
                await page.compose("xiaokui", "小葵")
                await page.see("> 小葵 ")  # nobody begins the next word before this one stands there
                await page.compose("aihufu", "爱护肤")
                await page.see("> 小葵爱护肤 ", "林晓葵")  # and nothing of what was spelled
                await page.press("Enter")
                await page.see("记一笔", "林晓葵")

    asyncio.run(story())


@pytest.mark.stress
def test_a_note_written_in_a_browser_bears_the_name_that_was_signed_in_with(shop_with_her: str) -> None:
    async def story() -> None:
        with served(shop_with_her, "en") as address:
            async with browsing() as page:
                await sign_in(page, address)
                await page.see("[F2 Who?]", "pinyin")
                await page.compose("xiaokui", "小葵")
                await page.see("林晓葵")
                await page.press("Enter")
                await page.see("Note (what was said)")
                await page.compose("minganji", "敏感肌，只要清爽的")
                await page.see("敏感肌，只要清爽的")
                await page.press("Enter")
                await page.see("noted")

    asyncio.run(story())
    with Shop.open(shop_with_her, actor="owner") as shop, shop.database.read() as connection:
        change, note = schema.changes.c, schema.interactions.c
        query = sa.select(change.actor, note.text).join(schema.interactions, note.created_by == change.id)
        assert connection.execute(query).all() == [("amy", "敏感肌，只要清爽的")]
