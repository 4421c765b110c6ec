"""The form: what is wrong stands under its field, and only what is right is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from crmcore.tui.widgets.form import Form, FormField
from tests.tui.seeing import lines_of, text_of, until, until_shown

FIELDS = (
    FormField("name", "姓名", needed=True, hint="as on the parcel"),
    FormField("count", "Count", "int", "3"),
    FormField("rate", "Rate", "decimal"),
    FormField("day", "Day", "date", check=lambda text: "before 2000" if text < "2000" else None),
    FormField("on", "On", "bool", "true"),
    FormField("sex", "Gender", "choice", "m", choices=(("", "-"), ("f", "woman"), ("m", "man"))),
)


class Filling(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[Any] = []

    def compose(self) -> ComposeResult:
        yield Form(FIELDS)

    def on_form_saved(self, event: Form.Saved) -> None:
        self.said.append((event.values, event.changed))

    def on_form_left(self, event: Form.Left) -> None:
        self.said.append(event.changed)


def play(scene: Callable[[Pilot[None], Form], Awaitable[None]], height: int = 20) -> list[Any]:
    async def run() -> list[Any]:
        app = Filling()
        async with app.run_test(size=(60, height)) as pilot:
            await scene(pilot, app.query_one(Form))  # type: ignore[arg-type]
            await pilot.pause()
        return app.said

    return asyncio.run(run())


def test_what_is_wrong_stands_under_its_field_and_nothing_is_saved() -> None:
    async def scene(pilot: Pilot[None], form: Form) -> None:
        for name, text in (("count", "three"), ("rate", "1,5"), ("day", "1999-02-03")):
            form.set_value(name, text)
        await pilot.press("ctrl+s")
        shown = await until_shown(pilot, "write something here")
        lines = shown.split("\n")
        row = next(i for i, one in enumerate(lines) if one.startswith("Count"))
        assert "! 'three' is not a whole number: write 3" in lines[row + 1]
        assert "'1,5' is not a number" in shown
        assert "before 2000" in shown
        assert "as on the parcel" in shown  # the focus stands on the first one that is wrong
        form.set_value("count", "4")
        await until(pilot, lambda: "not a whole number" not in text_of(pilot.app))  # type: ignore[arg-type]

    assert play(scene) == []


def test_what_is_right_is_saved_with_what_changed_apart() -> None:
    async def scene(pilot: Pilot[None], form: Form) -> None:
        form.set_value("name", " 王芳 ")
        form.set_value("day", "2001-02-03")
        form.set_value("sex", "f")
        await pilot.press("ctrl+s")

    ((values, changed),) = play(scene)
    assert values == {"name": "王芳", "count": "3", "rate": "", "day": "2001-02-03", "on": "true", "sex": "f"}
    assert changed == {"name": "王芳", "day": "2001-02-03", "sex": "f"}


def test_what_saving_takes_is_done_once_however_often_the_key_is_pressed() -> None:
    begun: list[str] = []

    async def scene(pilot: Pilot[None], form: Form) -> None:
        gate = asyncio.Event()

        async def work() -> None:
            begun.append(form.values["name"])
            await gate.wait()

        form.set_value("name", "王芳")
        for _time in range(2):
            form.work_on(work)
        await until(pilot, lambda: begun == ["王芳"])
        await pilot.press("escape")  # it goes on: leaving would only hide that
        form.work_on(work)
        gate.set()
        await until(pilot, lambda: all(one.is_finished for one in pilot.app.workers))
        await pilot.press("escape")

    assert play(scene) == [True]
    assert begun == ["王芳"]


def test_the_keyboard_alone_fills_it_and_saving_may_still_fail() -> None:
    async def scene(pilot: Pilot[None], form: Form) -> None:
        form.query("TextLine").first().focus()
        await pilot.press("A", "enter", "down", "down", "down", "space", "ctrl+s")
        await until(pilot, lambda: bool(pilot.app.said))  # type: ignore[attr-defined]
        form.fail("name", "taken already")
        await until_shown(pilot, "! taken already")
        await pilot.press("escape")

    (_values, changed), left = play(scene)
    assert changed == {"name": "A", "on": "false"}
    assert left is True


def test_the_arrow_keys_walk_through_a_form_that_is_higher_than_its_screen() -> None:
    async def scene(pilot: Pilot[None], form: Form) -> None:
        await pilot.press("A", "down", "4", "down", "2", "up", "5", "ctrl+s")

    [(values, _changed)] = play(scene, height=8)
    assert (values["name"], values["count"], values["rate"]) == ("A", "345", "2")


def test_what_saving_said_leaves_the_keys_in_view() -> None:
    async def scene(pilot: Pilot[None], form: Form) -> None:
        form.fail(
            None, "The segment is asked for by two campaigns that go out today: change these first. " * 2
        )
        shown = await until_shown(pilot, "Save ^S")
        assert "The segment is asked for" in shown

    play(scene, height=10)


def test_titles_line_up_whatever_their_script() -> None:
    async def scene(pilot: Pilot[None], form: Form) -> None:
        await pilot.pause()
        lines = lines_of(pilot.app)  # type: ignore[arg-type]
        assert lines[5].startswith("Gender  < man >")
        assert lines[4].startswith("On      < yes >")

    play(scene)
