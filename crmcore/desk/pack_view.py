"""Config packs as people look at them: which there are, what one would change here, text beside text."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmcore.errors import CrmError
from crmcore.i18n import clauses, joined, ngettext, title_of
from crmcore.i18n import gettext as _
from crmcore.packs.checking import SegmentFinding
from crmcore.packs.faults import PackError
from crmcore.packs.pack import Pack
from crmcore.packs.plan import Choice, Item, Plan, State
from crmcore.packs.sources import Source, loadable
from crmcore.packs.writing import as_yaml
from crmcore.shop import Shop
from crmcore.shown import labelled
from crmcore.store.playbook_tables import TITLES


@dataclass(frozen=True)
class PackLine:
    """One pack of the list: `installed` is the version that is, "" where it is not; `error`: not usable."""

    named: str
    title: str
    version: str
    installed: str
    error: str = ""


@dataclass(frozen=True)
class PackQuestion:
    """What a pack asks: `value` is the answer so far as text, `choices` those there are ((): free text)."""

    name: str
    title: str
    value: str
    hint: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """One document of a pack: what becomes of it here, in words; `conflict`: somebody has to choose."""

    key: str
    title: str
    state: str
    words: str
    over: str
    conflict: bool


@dataclass(frozen=True)
class PackLook:
    """A pack beside this shop: what it says of itself, what it needs, asks, and would change.

    `misfits` are what of it nobody here knows, `notes` what leads nowhere, each with its place; `before` is
    the installed version, "" where there is none; `fresh`: there is something to install or to upgrade.
    """

    named: str
    name: str
    title: str
    version: str
    before: str
    about: tuple[str, ...]
    missing: tuple[str, ...]
    misfits: tuple[str, ...]
    notes: tuple[str, ...]
    questions: tuple[PackQuestion, ...]
    pieces: tuple[Piece, ...]
    fresh: bool


def packs(shop: Shop) -> list[PackLine]:
    """The installed packs, then those that could be."""
    there = {one.name: one for one in shop.packs.all()}
    found, seen = [], set()
    for source, pack in loadable():
        if isinstance(pack, PackError):
            found.append(PackLine(source.named, source.named, "", "", str(pack).splitlines()[0]))
            continue
        manifest = pack.manifest
        seen.add(manifest.name)
        installed = there[manifest.name].version if manifest.name in there else ""
        found.append(PackLine(source.named, manifest.shown, manifest.version, installed))
    elsewhere = [one for one in there.values() if one.name not in seen]
    found += [PackLine(one.name, one.shown, one.version, one.version) for one in elsewhere]
    return sorted(found, key=lambda one: not one.installed)


def look(shop: Shop, named: str, typed: Mapping[str, str]) -> PackLook:
    """What a pack is and would change here, with these answers; raises `CrmError` with all its faults."""
    _source, pack = shop.packs.find(named)
    plan = shop.packs.plan(pack, typed)
    manifest = pack.manifest
    about = [title_of(manifest.description.get("zh", ""), manifest.description.get("en", "")).strip()]
    about.append(_("Written by {authors}.").format(authors=joined(manifest.authors)))
    pieces = [_piece(one) for one in plan.items]
    before = plan.before or ""
    changes = any(one.state is not State.SAME for one in plan.items)
    return PackLook(
        named,
        manifest.name,
        manifest.shown,
        manifest.version,
        before,
        tuple(one for one in about if one),
        tuple(shop.packs.missing(pack)),
        tuple(str(fault) for fault in shop.packs.misfits(pack, typed)),
        tuple(shop.packs.notes(pack, typed)),
        tuple(_questions(pack, plan)),
        tuple(sorted(pieces, key=lambda one: (not one.conflict, one.state == "same"))),
        not before or before != manifest.version or changes,
    )


def _questions(pack: Pack, plan: Plan) -> list[PackQuestion]:
    found = []
    for one in pack.manifest.inputs.values():
        title = title_of(one.title["zh"], one.title["en"]) or one.name
        hint = title_of(one.description.get("zh", ""), one.description.get("en", ""))
        choices = tuple(_written(choice) for choice in one.choices)
        found.append(PackQuestion(one.name, title, _written(plan.answers[one.name]), hint, choices))
    return found


def _written(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)  # as it is typed
    return str(value).lower() if isinstance(value, bool) else str(value)


def _piece(item: Item) -> Piece:
    state = item.state.value
    over = item.over or "" if item.state.names_another else ""
    body = item.theirs or item.mine or item.base or {}
    title = _titled(item.family, item.name, body)
    return Piece(item.key, title, state, item.state.words, over, item.state is State.CONFLICT)


def _titled(family: str, name: str, body: Mapping[str, Any]) -> str:
    own = body.get("title")
    named = title_of(own.get("zh", ""), own.get("en", "")) if isinstance(own, Mapping) else ""
    return labelled(_(TITLES[family]), named or name)


def known_as(shop: Shop, key: str) -> str:
    """A document of the playbook, FAMILY/NAME, as staff know it (`segments: Wake up`); else as it is."""
    family, _slash, name = key.partition("/")
    if family not in TITLES:
        return key
    entry = shop.playbook.get(family, name)
    return _titled(family, name, entry.body if entry else {})


def typed_place(typed: str) -> str:
    """The place of a pack that somebody typed: `~` is the home."""
    return str(Path(typed.strip().strip("'\"")).expanduser())


def removal(shop: Shop, name: str) -> list[Piece]:
    """What removing an installed pack would change."""
    return [_piece(one) for one in shop.packs.plan_removal(name).items]


def beside(shop: Shop, named: str, typed: Mapping[str, str], key: str) -> list[tuple[str, str, str]]:
    """A document's text here and as it would be, line by line: (left, a sign where they differ, right)."""
    _source, pack = shop.packs.find(named)
    item = next(one for one in shop.packs.plan(pack, typed).items if one.key == key)
    return lined_up(item.mine if item.mine is not None else item.base, item.theirs)


def lined_up(mine: Mapping[str, Any] | None, theirs: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Two texts of a document line by line: (left, a sign where they differ, right)."""
    left, right = lines_of(mine), lines_of(theirs)
    found = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for place in range(max(i2 - i1, j2 - j1)):
            one = left[i1 + place] if i1 + place < i2 else ""
            other = right[j1 + place] if j1 + place < j2 else ""
            found.append((one, " " if tag == "equal" else "│", other))
    return found


def lines_of(body: Mapping[str, Any] | None) -> list[str]:
    """A document's text as a pack's file has it, line by line; none where there is no document."""
    if body is None:
        return []
    return as_yaml({name: value for name, value in body.items() if name != "name"}).splitlines()


def check(shop: Shop, named: str, typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the pack would mean for the data of this shop: (segment or test, what was found)."""
    _source, pack = shop.packs.find(named)
    found = shop.packs.check(pack, typed)
    rows = [(_("Missing"), words) for words in found.missing]
    rows += [(_("Does not fit"), str(fault)) for fault in found.misfits]
    rows += [(_("Remark"), sentence) for sentence in found.notes]
    rows += [(one.title, _finding(one)) for one in found.segments]
    passed = _("test passed")
    return rows + [
        (case.title, passed if case.passed else "! " + clauses(case.faults)) for case in found.cases
    ]


def _finding(found: SegmentFinding) -> str:
    if found.count is None:
        return f"! {found.error}"
    people = ngettext("{count} customer", "{count} customers", found.count).format(count=f"{found.count:,}")
    return clauses([people, *found.remarks])


def install(
    shop: Shop, named: str, typed: Mapping[str, str], choices: Mapping[str, str], *, enable: bool = False
) -> str:
    """Install or upgrade it as one act; returns what was done, in words.

    `choices` say mine or theirs by document's key; `enable` switches on the plugins it needs. Raises
    `CrmError` where it does not fit, or a choice is missing.
    """
    source, pack = shop.packs.find(named)
    with shop.packs.enabling(pack) if enable else nullcontext():
        return _install(shop, source, pack, typed, choices)


def _install(
    shop: Shop, source: Source, pack: Pack, typed: Mapping[str, str], choices: Mapping[str, str]
) -> str:
    if any(one.name == pack.name for one in shop.packs.all()):
        chosen = {key: Choice(whose) for key, whose in choices.items()}
        plan, _act = shop.packs.upgrade(source, pack, chosen, typed)
        words = _("Upgraded {name} from {before} to {after}.")
        return words.format(name=plan.pack, before=plan.before, after=plan.after)
    shop.packs.install(source, pack, typed)
    return _("Installed {name} {version}.").format(name=pack.name, version=pack.version)


def remove(shop: Shop, name: str) -> str:
    """Take an installed pack away; returns what was done. Raises `CrmError` where others need it."""
    shop.packs.remove(name)
    return _("{name} is removed; what the shop wrote stays").format(name=name)


def wrong_answer(shop: Shop, named: str, name: str, text: str) -> str | None:
    """What is wrong with an answer that was typed; None where nothing is."""
    try:
        _source, pack = shop.packs.find(named)
        pack.manifest.inputs[name].answer(text)
    except CrmError as error:
        return str(error)
    return None
