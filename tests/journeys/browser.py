"""A real headless Chromium, spoken to in its own protocol (CDP): pages opened, keys typed, the terminal read back.

What the page's terminal shows is drawn on a canvas; the screen is read from the frames that reach it, played into
a terminal emulator of the same size.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pyte
import pytest

PATIENCE = 120.0
CHROMIUM = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="NOT SHOWN HERE: the browser journeys need Chromium (apt install chromium)"
)
_QUIET = (
    "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--window-size=1200,800",
)  # fmt: skip
_KEYS = {
    "Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, "\t"), "F2": (113, ""), "F3": (114, ""), "F4": (115, ""),
    "F6": (117, ""), "F7": (118, ""), "F9": (120, ""), "ArrowDown": (40, ""), "ArrowUp": (38, ""),
}  # fmt: skip


class Page:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._session: str | None = None
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._terminal = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._terminal)

    async def start(self) -> None:
        """Open the tab."""
        target = await self._do("Target.createTarget", url="about:blank")
        attached = await self._do("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            await self._do(f"{domain}.enable")

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self._do("Page.navigate", url=url)

    async def run(self, script: str) -> Any:
        """The value of a script in the page."""
        made = await self._do("Runtime.evaluate", expression=script, returnByValue=True)
        return made["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait until a script in the page is true."""
        deadline = time.monotonic() + PATIENCE
        while not await self.run(script):
            assert time.monotonic() < deadline, f"never true: {script}"
            await asyncio.sleep(0.05)

    async def press(self, key: str) -> None:
        """Press and release a key."""
        code, text = _KEYS[key]
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        await self._do(
            "Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **common
        )
        await self._do("Input.dispatchKeyEvent", type="keyUp", **common)

    async def type(self, text: str) -> None:
        """Type characters, each as its own key."""
        for char in text:
            await self._do("Input.dispatchKeyEvent", type="char", text=char)

    async def compose(self, spelled: str, chosen: str) -> None:
        """Type as an input method does: the spelling under composition, then the text that was chosen."""
        for end in range(1, len(spelled) + 1):
            part = spelled[:end]
            await self._do("Input.imeSetComposition", text=part, selectionStart=end, selectionEnd=end)
        await self._do("Input.insertText", text=chosen)

    def screen(self) -> str:
        """What stands in the page's terminal."""
        return "\n".join(line.rstrip() for line in self._terminal.display)

    async def see(self, *texts: str) -> str:
        """Wait until all of these stand in the terminal; returns its screen."""
        deadline = time.monotonic() + PATIENCE
        while not all(text in self.screen() for text in texts):
            assert time.monotonic() < deadline, f"never seen: {texts}\n{self.screen()}"
            await asyncio.sleep(0.03)
        return self.screen()

    async def listen(self) -> None:
        """Take in what the browser says; runs beside the story."""
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                if (future := self._answers.pop(said["id"], None)) and not future.done():
                    future.set_result(said)
            elif said.get("method") == "Network.webSocketCreated":
                self._resize(said["params"]["url"])
            elif said.get("method") == "Network.webSocketFrameReceived":
                frame = said["params"]["response"]
                if frame["opcode"] == 2:
                    self._stream.feed(base64.b64decode(frame["payloadData"]))

    def _resize(self, url: str) -> None:
        asked = parse_qs(urlsplit(url).query)
        self._terminal.reset()
        self._terminal.resize(int(asked["height"][0]), int(asked["width"][0]))

    async def _do(self, method: str, **given: Any) -> Any:
        self._number += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = future
        message = {"id": self._number, "method": method, "params": given}
        if self._session is not None:
            message["sessionId"] = self._session
        await self._socket.send_json(message)
        answer = await asyncio.wait_for(future, PATIENCE)
        assert "error" not in answer, answer
        return answer["result"]


@asynccontextmanager
async def browsing() -> AsyncIterator[Page]:
    """A browser with nothing in it and one tab; gone at the end of the block."""
    assert CHROMIUM is not None
    profile = Path(tempfile.mkdtemp(prefix="crm-chromium-"))
    sandbox = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    process = subprocess.Popen(
        [CHROMIUM, *_QUIET, *sandbox, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = await _address(profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as client, client.ws_connect(address, max_msg_size=0) as socket:
            page = Page(socket)
            listening = asyncio.create_task(page.listen())
            await page.start()
            try:
                yield page
            finally:
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


async def _address(file: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError):
            lines = file.read_text().split()
            if len(lines) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        assert time.monotonic() < deadline, "Chromium did not start"
        await asyncio.sleep(0.05)
