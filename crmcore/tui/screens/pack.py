"""One config pack beside this shop: what it would change, text beside text; installed, upgraded, removed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import pack_view as view
from crmcore.desk.pack_view import PackLook, PackQuestion, Piece
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, ngettext
from crmcore.shop import Shop
from crmcore.shown import labelled
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Confirm, Dialog
from crmcore.tui.screens import pack_commands as commands
from crmcore.tui.screens.who_dialogs import Sheet
from crmcore.tui.widgets.campaign_lines import told_lines
from crmcore.tui.widgets.card_parts import line, rule
from crmcore.tui.widgets.form import Form, FormField
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable

# So many of the things that do not fit, or lead nowhere, stand in the head; the check shows all of them.
_MISFITS = 3


class PackScreen(Area):
    """The head (what it is, needs and asks), then its documents and what becomes of each."""

    NAME = "plugins"
    HELP_TEXT = mark(
        "Each document of the pack with what becomes of it here; Enter shows both texts side by side. Where "
        "you edited a text that the pack changes too, m keeps yours and t takes the pack's. Nothing is sent."
    )
    ACTS = commands.OF_ONE
    DEFAULT_CSS = "PackScreen #head { height: auto; max-height: 40%; padding: 0 1; }"

    def __init__(self, named: str) -> None:
        super().__init__()
        self._named = named
        self._look: PackLook | None = None
        self._typed: dict[str, str] = {}
        self._choices: dict[str, str] = {}

    def content(self) -> ComposeResult:
        """Head and table."""
        yield Static(id="head", markup=False)
        yield VirtualTable(
            Column(_("Document"), 28, share=1, most=56),
            Column(_("What becomes of it"), 32, share=1, most=44),
            Column(_("Whose stays"), 11, drop=1),
            Column(_("Name"), 28, share=1, most=48, drop=2),
        )

    def on_mount(self) -> None:
        """The arrow keys go through the table."""
        self.query_one(VirtualTable).focus()

    def refresh_content(self) -> None:
        """Look at it as things stand."""
        self.fetch(partial(view.look, self.shop, self._named, dict(self._typed)), self._show, busy=True)

    def _show(self, found: PackLook) -> None:
        self._look = found
        version = (
            f"{found.before} → {found.version}" if found.before not in ("", found.version) else found.version
        )
        state = _("installed") if found.before else _("not installed")
        words = [f"{found.title}  {version}  ({state})", *found.about]
        words += [_("Missing: {what}").format(what=one) for one in found.missing]
        if found.missing:
            words.append(_("i asks whether to switch on what is missing; then more of it fits."))
        words += [_("Does not fit: {what}").format(what=one) for one in found.misfits[:_MISFITS]]
        if (more := len(found.misfits) - _MISFITS) > 0:
            rest = ngettext("and {count} more fault", "and {count} more faults", more)
            words.append(rest.format(count=more))
        words += [_("Note: {what}").format(what=one) for one in found.notes[:_MISFITS]]
        if (more := len(found.notes) - _MISFITS) > 0:
            rest = ngettext("and {count} more note", "and {count} more notes", more)
            words.append(rest.format(count=more))
        words += ["? " + labelled(one.title, one.value) for one in found.questions]
        self.query_one("#head", Static).update(Text("\n".join(map(wide.clean, words))))
        rows = [self._row(one) for one in found.pieces]
        self.query_one(VirtualTable).show(ListSource(rows), keep=True, empty=_("It brings nothing."))
        self.show_commands()

    def _row(self, one: Piece) -> Row:
        words = f"{one.words} ({one.over})" if one.over else one.words
        whose = ""
        if one.conflict:
            whose = {"mine": _("mine"), "theirs": _("the pack's")}.get(self._choices.get(one.key, ""), "?")
        tone = "warning" if one.conflict else "muted" if one.state == "same" else ""
        return Row(one.key, (wide.clean(one.title), words, whose, one.key), tone, one)

    @property
    def _piece(self) -> Piece | None:
        row = self.query_one(VirtualTable).current
        return row.about if row else None

    def allows(self, command: type[Command]) -> bool:
        """What fits the pack, and the document under the cursor."""
        found, piece = self._look, self._piece
        if command is commands.LeavePacks:
            return True
        if found is None:
            return False
        if command is commands.ShowTexts:
            return piece is not None
        if command in (commands.KeepMine, commands.TakeTheirs):
            return piece is not None and piece.conflict
        if command is commands.InstallPack:
            return found.fresh
        if command is commands.RemovePack:
            return bool(found.before)
        return bool(found.questions) if command is commands.AnswerPack else True

    @on(VirtualTable.RowMoved)
    def moved(self) -> None:
        """Other commands."""
        self.show_commands()

    @on(VirtualTable.RowChosen)
    @on(commands.ShowTexts)
    def show_texts(self) -> None:
        """Both texts, laid over."""
        if (piece := self._piece) is not None:
            job = partial(view.beside, self.shop, self._named, dict(self._typed), piece.key)

            def show(rows: list[tuple[str, str, str]]) -> None:
                self.app.push_screen(Sheet(labelled(piece.key, piece.words), partial(beside_lines, rows)))

            self.fetch(job, show, group="texts")

    @on(commands.KeepMine)
    def keep_mine(self) -> None:
        """The shop's own stays."""
        self._choose("mine")

    @on(commands.TakeTheirs)
    def take_theirs(self) -> None:
        """The pack's takes its place."""
        self._choose("theirs")

    def _choose(self, whose: str) -> None:
        if (piece := self._piece) is not None and self._look is not None:
            self._choices[piece.key] = whose
            self._show(self._look)

    @on(commands.AnswerPack)
    def answer(self) -> None:
        """The form of what it asks."""
        self.in_background(self._answer(), "dialog")

    async def _answer(self) -> None:
        assert self._look is not None
        form = AnswersForm(self.shop, self._named, self._look.questions)
        if (typed := await self.app.push_screen_wait(form)) is not None:
            self._typed |= typed
            self.refresh_content()

    @on(commands.CheckPack)
    def check(self) -> None:
        """What it means for the data here."""

        def show(found: list[tuple[str, str]]) -> None:
            self.app.push_screen(Sheet(_("On the data of this shop"), partial(told_lines, found)))

        self.fetch(
            partial(view.check, self.shop, self._named, dict(self._typed)), show, group="check", busy=True
        )

    @on(commands.InstallPack)
    def install(self) -> None:
        """Install it, or upgrade; ask before plugins that it needs are switched on."""
        self.in_background(self._install(), "dialog")

    async def _install(self) -> None:
        assert self._look is not None
        missing = self._look.missing
        question = "\n".join([*missing, _("Switch on the plugins it needs, and install it?")])
        if missing and not await self.app.push_screen_wait(Confirm(question, _("Switch on"))):
            return
        job = partial(
            view.install,
            self.shop,
            self._named,
            dict(self._typed),
            dict(self._choices),
            enable=bool(missing),
        )
        self.fetch(job, self._changed, group="install", busy=True)

    def _changed(self, told: str) -> None:
        self._choices.clear()
        self.crm.done(told)
        self.refresh_content()

    @on(commands.RemovePack)
    def remove_pack(self) -> None:
        """Ask, then take it away."""
        self.in_background(self._remove(), "dialog")

    async def _remove(self) -> None:
        assert self._look is not None
        goes = await asyncio.to_thread(view.removal, self.shop, self._look.name)
        question = _("Remove {title}? {count} documents go; what you wrote stays.")
        count = sum(one.state == "removed" for one in goes)
        words = question.format(title=self._look.title, count=count)
        if await self.app.push_screen_wait(Confirm(words, _("Remove"))):
            self.fetch(
                partial(view.remove, self.shop, self._look.name), self._removed, group="install", busy=True
            )

    def _removed(self, told: str) -> None:
        self.crm.done(told)
        self.dismiss()

    @on(commands.LeavePacks)
    def leave(self) -> None:
        """Back."""
        self.dismiss()


class AnswersForm(Dialog[dict[str, str] | None]):
    """What a pack asks; returns what was typed, None when Esc was pressed."""

    def __init__(self, shop: Shop, named: str, asked: tuple[PackQuestion, ...]) -> None:
        super().__init__()
        self._shop, self._named, self._asked = shop, named, asked

    def compose(self) -> ComposeResult:
        """The form."""
        with Vertical(classes="sheet"):
            yield Static(Text(_("What the pack asks"), style="bold"))
            yield Form([self._field(one) for one in self._asked], save=_("Go on"))

    def _field(self, one: PackQuestion) -> FormField:
        def check(text: str) -> str | None:
            return view.wrong_answer(self._shop, self._named, one.name, text)

        kind = "choice" if one.choices else "text"
        choices = tuple((choice, choice) for choice in one.choices)
        return FormField(one.name, one.title, kind, one.value, one.hint, choices, check, needed=True)

    @on(Form.Saved)
    def saved(self, event: Form.Saved) -> None:
        """Go on with that."""
        typed: Mapping[str, str] = event.values
        self.dismiss(dict(typed))

    @on(Form.Left)
    def left(self) -> None:
        """As before."""
        self.dismiss(None)


def beside_lines(rows: list[tuple[str, str, str]], width: int) -> list[Content]:
    """Two texts side by side, a sign where they differ."""
    half = max((width - 3) // 2, 8)
    here, theirs = _("here"), _("the pack")
    head = f"{wide.pad(here, half)}   {theirs}"
    found = [line([(head, "bold")], width), rule("", width)]
    for left, sign, right in rows:
        style = "$text-warning" if sign.strip() else ""
        text = f"{wide.pad(wide.cut(left, half), half)} {sign} {wide.cut(right, half)}"
        found.append(line([(text, style)], width))
    return found
