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

from crmcore.accounts import Accounts, Cost
from crmcore.shop import Shop
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
        process.wait(10)


async def sign_in(page: Page, address: str) -> None:
    await page.open(f"{address}/")
    await page.until("document.querySelector('input[name=name]') !== null")
    for name, value in (("name", "amy"), ("password", PASSWORD)):
        await page.run(f"document.querySelector('input[name={name}]').value = {json.dumps(value)}")
    await page.run("document.querySelector('form').submit()")
    await page.until("document.querySelector('.xterm-helper-textarea') !== null")
    await page.run("document.querySelector('.xterm-helper-textarea').focus()")


@pytest.mark.parametrize(("lang", "who", "customers"), [("en", "Who?", "Customers"), ("zh", "是谁", "客户")])
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
