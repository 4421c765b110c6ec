"""A message template as it is written down: its purpose, its texts, and what they may hold.

    name: refill_spring
    title: {zh: 春季补货, en: Spring refill}
    purpose: promotion                      # promotion, service or order
    channels: [sms_aliyun]                  # none: any
    text: "#客户昵称#，您的{{ product }}快用完了，{{ offer }}，{{ ends }}止。拒收请回复R"
    values: {product: 面霜, offer: 满200减30, ends: 2026-12-05}
    offer_ends: 2026-12-05

`text`, `subject` and `html` are a text, or one for each language. Templates come from packs too, so nothing
in them is trusted: see `language`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast, get_args

from crmcore.errors import CrmError, RuleError
from crmcore.hooks.channel_values import PURPOSES, Purpose
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, title_of
from crmcore.rules.fields import suggestion
from crmcore.rules.names import check_slug

LONGEST_TEXT, LONGEST_HTML, LONGEST_SUBJECT = 20_000, 400_000, 500
KEYS = (
    "name",
    "title",
    "description",
    "purpose",
    "channels",
    "subject",
    "text",
    "html",
    "values",
    "offer_ends",
)
PARTS = ("subject", "text", "html")
_LONGEST = {"subject": LONGEST_SUBJECT, "text": LONGEST_TEXT, "html": LONGEST_HTML}
_VALUE_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}\Z")
Scalar = str | int | float | bool | date


class TemplateError(CrmError):
    """A template that cannot be used; the message names the template, the place and the reason."""


@dataclass(frozen=True)
class Template:
    """One message template. Each part is a text by language ("" where it has none)."""

    name: str
    purpose: Purpose
    text: Mapping[str, str]
    subject: Mapping[str, str] = field(default_factory=dict)
    html: Mapping[str, str] = field(default_factory=dict)
    zh: str = ""
    en: str = ""
    description: Mapping[str, str] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    values: Mapping[str, Scalar] = field(default_factory=dict)
    offer_ends: date | None = None
    source: str = "shop"

    @property
    def title(self) -> str:
        """The title in the language in force, else the name."""
        return title_of(self.zh, self.en) or self.name

    def part(self, name: str, language: str) -> str:
        """The subject, text or html in that language, else in the other one; "" where there is none."""
        texts: Mapping[str, str] = getattr(self, name)
        return texts.get(language, "") or next(iter(texts.values()), "")


def load_template(body: object, source: str = "shop") -> Template:
    """The template that a mapping stands for; raises `TemplateError` with what is wrong and the choices."""
    if not isinstance(body, Mapping):
        raise TemplateError(_("a template is a mapping with the keys name, purpose and text"))
    try:
        name = check_slug(body.get("name"))
    except RuleError as error:
        raise TemplateError(str(error)) from None
    try:
        return _loaded(name, body, source)
    except TemplateError as error:
        raise TemplateError(_("template {name}: {reason}").format(name=name, reason=error)) from None


def _loaded(name: str, body: Mapping[Any, Any], source: str) -> Template:
    for key in body:
        if key not in KEYS:
            hint = suggestion(str(key), KEYS)
            raise TemplateError(_("it has no key {key}{hint}").format(key=repr(key), hint=hint))
    title = _texts(body, "title", 200)
    parts = {part: _texts(body, part, _LONGEST[part]) for part in PARTS}
    if not any(text.strip() for text in parts["text"].values()):
        raise TemplateError(_("it says nothing: the key text is missing"))
    return Template(
        name=name,
        purpose=_purpose(body.get("purpose")),
        zh=title.get("zh", ""),
        en=title.get("en", ""),
        description=_texts(body, "description", 2000),
        channels=_channels(body.get("channels")),
        values=_values(body.get("values")),
        offer_ends=_day(body.get("offer_ends")),
        source=source,
        **parts,
    )


def dump_template(template: Template) -> dict[str, Any]:
    """The mapping that `load_template` reads, made of plain JSON values."""
    body: dict[str, Any] = {"name": template.name}
    if title := {key: text for key, text in (("zh", template.zh), ("en", template.en)) if text}:
        body["title"] = title
    if template.description:
        body["description"] = dict(template.description)
    body["purpose"] = template.purpose
    if template.channels:
        body["channels"] = list(template.channels)
    for part in PARTS:
        if texts := dict(getattr(template, part)):
            body[part] = texts if len(set(texts.values())) > 1 or len(texts) == 1 else texts["zh"]
    if template.values:
        body["values"] = {name: _plain(value) for name, value in template.values.items()}
    if template.offer_ends:
        body["offer_ends"] = template.offer_ends.isoformat()
    return body


def _purpose(value: object) -> Purpose:
    if value not in get_args(Purpose):
        raise TemplateError(
            _("its purpose is needed: {purposes}; got {got}").format(
                purposes=joined(PURPOSES), got=repr(value)
            )
        )
    return cast(Purpose, value)


def _texts(body: Mapping[Any, Any], key: str, longest: int) -> dict[str, str]:
    value = body.get(key) or {}
    if isinstance(value, str):
        value = {"zh": value, "en": value}
    if not isinstance(value, Mapping) or not all(
        language in ("zh", "en") and isinstance(text, str) for language, text in value.items()
    ):
        raise TemplateError(_("{key} is a text or {{zh: …, en: …}}").format(key=key))
    if any(len(text) > longest for text in value.values()):
        raise TemplateError(_("{key} is longer than {most} characters").format(key=key, most=f"{longest:,}"))
    return {language: text for language, text in value.items() if text.strip()}


def _channels(value: object) -> tuple[str, ...]:
    named = [value] if isinstance(value, str) else value or []
    if not isinstance(named, list | tuple) or not all(isinstance(one, str) for one in named):
        raise TemplateError(_("channels is a list of names, such as [email]"))
    return tuple(named)


def _values(value: object) -> dict[str, Scalar]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TemplateError(_("values is a mapping of names and values"))
    for name, one in value.items():
        if not isinstance(name, str) or not _VALUE_NAME.match(name):
            raise TemplateError(
                _("{name} cannot be the name of a value: small letters, digits and _").format(name=repr(name))
            )
        if not isinstance(one, Scalar):
            raise TemplateError(_("the value {name} is a text, a number or a day").format(name=name))
    return {name: _typed(one) for name, one in value.items()}


def _typed(value: Scalar) -> Scalar:
    """A day that JSON keeps as text is a day again."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _plain(value: Scalar) -> str | int | float | bool:
    return value.isoformat() if isinstance(value, date) else value


def _day(value: object) -> date | None:
    if value is None or value == "":
        return None
    found = _typed(value) if isinstance(value, str) else value
    if not isinstance(found, date):
        raise TemplateError(_("offer_ends is a day such as 2026-12-05"))
    return found
