"""A plugin's settings: declared once, checked against the shop's values, described for forms.

A plugin module may define a frozen dataclass `Settings` whose fields all have defaults; the settings of its
facts (`Fact(…, settings={"kg_a_day": 0.2})`) join it in the same namespace. Types are msgspec's: int,
float, str, bool, date, Literal, lists and dicts of them; `Annotated[int, "what it means"]` explains one, and
`Annotated[int, {"zh": "…", "en": "…"}]` in both languages; `Title("…", "…")` beside it is what forms call it.
"""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass
from typing import Annotated, Any

from crmcore.errors import UsageError
from crmcore.hooks.setting_types import NO_TITLE, Title, expected, type_name
from crmcore.i18n import Words, in_words, joined, title_of
from crmcore.i18n import gettext as _


class SettingError(UsageError):
    """A value that a plugin's setting cannot take; names the plugin, the key and the reason."""


@dataclass(frozen=True)
class SettingField:
    """One setting: its type (and the type's name), its default, what it means and is called."""

    name: str
    type: Any
    type_name: str
    default: object
    about: Words = ""
    title: Title = NO_TITLE

    @property
    def label(self) -> str:
        """What a form calls it, in the language in force: its title, else its name as words."""
        return title_of(self.title.zh, self.title.en) or self.name.replace("_", " ").strip().capitalize()

    @property
    def doc(self) -> str:
        """What it means, in the language in force."""
        return inspect.cleandoc(in_words(self.about))

    def convert(self, value: object, *, text: bool) -> object:
        """The value as the declared type; raises `ValueError` with the reason. `text`: it was typed."""
        import msgspec

        try:
            return msgspec.convert(value, self.type, strict=not text)
        except msgspec.ValidationError as error:
            if text and isinstance(value, str):
                return self._from_json(value)
            raise ValueError(self._reason(value, error)) from None

    def _from_json(self, text: str) -> object:
        # Lists and dicts typed as text are JSON: --set words='["a","b"]'
        import msgspec

        try:
            return msgspec.json.decode(text.encode(), type=self.type, strict=False)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise ValueError(self._reason(text, error)) from None

    def _reason(self, value: object, error: Exception) -> str:
        """Why a value does not fit, with the place inside of a list or a table where the check names one."""
        said = _("{value} does not fit: {expected} is expected").format(
            value=repr(value), expected=expected(self.type)
        )
        _detail, _at, place = str(error).partition(" - at ")
        return f"{said} ({place.strip('`')})" if place else said


def fields_of_class(cls: type, *, need_defaults: bool = True) -> list[SettingField]:
    """The settings that a `Settings` dataclass declares, or the parameters of an action's.

    Its own stand first, as they are written; what it inherits follows.
    Raises `SettingError` when it is no dataclass, or a field has no default: a plugin must work before
    anybody has set anything. Without `need_defaults` such a field's `default` is `dataclasses.MISSING`.
    """
    if not dataclasses.is_dataclass(cls):
        raise SettingError(_("Settings must be a dataclass: write @dataclass(frozen=True) above it"))
    hints = typing.get_type_hints(cls, include_extras=True)
    found = []
    own = {name: place for place, name in enumerate(cls.__annotations__)}
    for one in sorted(dataclasses.fields(cls), key=lambda one: own.get(one.name, len(own))):
        default = one.default if one.default_factory is MISSING else one.default_factory()
        if default is MISSING and need_defaults:
            raise SettingError(_("Settings.{name} needs a default").format(name=one.name))
        found.append(_field(one.name, hints[one.name], default, one.metadata.get("doc", "")))
    return found


def fields_of_function(function: Callable[..., object], defaults: Mapping[str, object]) -> list[SettingField]:
    """The settings of a fact: its function's further parameters, typed by annotation or else by default."""
    hints = typing.get_type_hints(function, include_extras=True)
    return [_field(name, hints.get(name, _type_of(default)), default) for name, default in defaults.items()]


def check(
    plugin: str, fields: Iterable[SettingField], values: Mapping[str, object], *, text: bool = False
) -> dict[str, object]:
    """The values as their declared types; `text`: they were typed (`--set K=V`), so "3" is a number.

    Raises `SettingError` for an unknown key, with the nearest known one, and for a value that does not fit.
    """
    known = {one.name: one for one in fields}
    checked = {}
    for name, value in values.items():
        if name not in known:
            raise SettingError(unknown_key(plugin, name, known))
        try:
            checked[name] = known[name].convert(value, text=text)
        except ValueError as error:
            raise SettingError(
                _("plugin {plugin!r}, setting {key!r}: {reason}").format(
                    plugin=plugin, key=name, reason=error
                )
            ) from None
    return checked


def unknown_key(plugin: str, name: str, known: Iterable[str]) -> str:
    """The sentence about a setting that does not exist."""
    known = list(known)
    if near := nearest(name, known):
        return _("plugin {plugin!r} has no setting {key!r}; did you mean {near!r}?").format(
            plugin=plugin, key=name, near=near
        )
    if known:
        return _("plugin {plugin!r} has no setting {key!r}; it has: {known}").format(
            plugin=plugin, key=name, known=joined(known)
        )
    return _("plugin {plugin!r} has no setting {key!r}; it has none at all").format(plugin=plugin, key=name)


def build(plugin: str, cls: type, values: Mapping[str, object]) -> object:
    """The plugin's `Settings` with the shop's values over the defaults; keys it does not have are ignored."""
    fields = fields_of_class(cls)
    names = {one.name for one in fields}
    checked = check(plugin, fields, {name: value for name, value in values.items() if name in names})
    try:
        return cls(**checked)
    except (TypeError, ValueError) as error:  # __post_init__ is the plugin's own check
        raise SettingError(
            _("plugin {plugin!r}, settings: {reason}").format(plugin=plugin, reason=error)
        ) from None


def fitting(fields: Iterable[SettingField], values: Mapping[str, object]) -> dict[str, object]:
    """Those of the kept values that exist and fit."""
    known = {one.name: one for one in fields}
    found = {}
    for name, value in values.items():
        try:
            found[name] = known[name].convert(value, text=False)
        except (KeyError, ValueError):
            continue
    return found


def to_builtins(value: object) -> object:
    """A checked value as plain JSON: what the shop's document keeps (a date becomes its text)."""
    import msgspec

    return msgspec.to_builtins(value)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that somebody who wrote `name` most likely meant."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return found[0] if found else None


def _field(name: str, hint: Any, default: object, about: Words = "") -> SettingField:
    bare, title = hint, NO_TITLE
    if typing.get_origin(hint) is Annotated:
        bare, *notes = typing.get_args(hint)
        texts = [note for note in notes if isinstance(note, str | Mapping)]
        about = about or (texts[0] if texts else "")
        # What is no text may be msgspec.Meta(ge=0): it stays and is checked.
        title = next((note for note in notes if isinstance(note, Title)), title)
        rest = [note for note in notes if not isinstance(note, str | Mapping | Title)]
        hint = Annotated[(bare, *rest)] if rest else bare
    return SettingField(name, hint, type_name(bare), default, about, title)


def _type_of(default: object) -> Any:
    return Any if default is None else type(default)
