"""What is wrong with a template before anybody gets it: findings, each with its reason and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from crmcore.hooks.channels import Channel
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.messages.dates import days_in
from crmcore.messages.language import hashed_names
from crmcore.messages.rendering import names_in
from crmcore.messages.template import PARTS, Template, TemplateError
from crmcore.messages.words import Words
from crmcore.rules.fields import suggestion

LONGEST_SUBJECT = 50  # characters that a list of mails shows


@dataclass(frozen=True)
class Finding:
    """One thing about a template. An `error` keeps a campaign from using it; `code` names the check."""

    code: str
    text: str
    error: bool = False

    def as_json(self) -> dict[str, object]:
        """The finding as JSON values."""
        return {"code": self.code, "text": self.text, "level": "error" if self.error else "warning"}


@dataclass(frozen=True)
class Frame:
    """What a template is checked against.

    `known` are the names of all variables, `personal` those that differ from customer to customer, `meanings`
    what may stand between two #. `sent` is the day of sending. `channel` None: whichever it is.
    """

    language: str
    known: frozenset[str]
    personal: frozenset[str]
    meanings: Mapping[str, str]
    words: Words
    sent: date
    channel: Channel | None = None


def lint(template: Template, frame: Frame) -> list[Finding]:
    """Everything that can be said without knowing who gets it; errors first."""
    try:
        names = names_in(template, frame.meanings, frame.language)
    except TemplateError as error:
        return [Finding("syntax", str(error), error=True)]
    found = [
        *_unknown(template, names, frame),
        *_impersonal(template, names, frame),
        *_missing_parts(template, frame),
        *_forbidden(template, frame),
        *_dates(template, frame),
        *_fitting(template, frame),
    ]
    return sorted(found, key=lambda one: not one.error)


def _unknown(template: Template, names: set[str], frame: Frame) -> Iterator[Finding]:
    known = frame.known | template.values.keys()
    for name in sorted(names - known):
        hint = suggestion(name, known, frame.meanings)
        text = _("there is no variable {name}{hint}").format(name=repr(name), hint=hint)
        yield Finding("unknown", text, error=True)
    for part in PARTS:
        for word in hashed_names(template.part(part, frame.language)):
            if word in frame.meanings or word in template.values:
                continue
            hint = suggestion(word, list(frame.meanings))
            near = hint and "'" in hint
            text = _("#{word}# is no variable and will stand there as it is{hint}")
            yield Finding("unknown", text.format(word=word, hint=hint if near else ""), error=bool(near))


def _impersonal(template: Template, names: set[str], frame: Frame) -> Iterator[Finding]:
    if template.purpose != "promotion" or names & frame.personal:
        return
    must = frame.channel is not None and frame.channel.personal
    text = _("a promotion without anything of her own (such as #客户昵称#) is soon taken for spam")
    yield Finding("impersonal", text, error=must)


def _missing_parts(template: Template, frame: Frame) -> Iterator[Finding]:
    for part in PARTS:
        texts: Mapping[str, str] = getattr(template, part)
        if texts and frame.language not in texts:
            text = _("its {part} is there in the other language only").format(part=part)
            yield Finding("language", text)
    channel = frame.channel
    subject = template.part("subject", frame.language)
    if channel is not None and channel.has_subject and not subject:
        yield Finding("subject", _("{channel} needs a subject").format(channel=channel.name), error=True)
    if channel is not None and not channel.has_html and template.html:
        yield Finding("html", _("{channel} sends the text alone, not the HTML").format(channel=channel.name))
    if len(subject) > LONGEST_SUBJECT:
        text = _("the subject is longer than {most} characters: lists of mails cut it")
        yield Finding("subject", text.format(most=LONGEST_SUBJECT))


def _forbidden(template: Template, frame: Frame) -> Iterator[Finding]:
    if template.purpose != "promotion":
        return
    texts = [template.part(part, frame.language) for part in PARTS]
    texts += [value for value in template.values.values() if isinstance(value, str)]
    reasons = {
        "law": _("the Advertising Law forbids it"),
        "gateway": _("gateways stop it"),
        "shop": _("the shop's own list forbids it"),
    }
    for banned in frame.words.found("\n".join(texts)):
        text = _("{word}: {reason} (crm template words)")
        yield Finding("word", text.format(word=banned.word, reason=reasons[banned.list]), error=True)


def _dates(template: Template, frame: Frame) -> Iterator[Finding]:
    days = {found for part in PARTS for found in days_in(template.part(part, frame.language), frame.sent)}
    days |= {(value, False) for value in template.values.values() if isinstance(value, date)}
    if template.offer_ends:
        days.add((template.offer_ends, True))
    for day, last in sorted(days):
        if day < frame.sent:
            text = _("{day} is over on the day of sending, {sent}").format(day=day, sent=frame.sent)
            yield Finding("date", text, error=last)
    ends = min((day for day, last in days if last and day >= frame.sent), default=None)
    if ends is None or frame.channel is None or template.purpose != "promotion":
        return
    read_by = frame.sent + timedelta(days=frame.channel.reading_days)
    if ends < read_by:
        text = _("the offer ends on {ends}, but a message sent on {sent} by {channel} is read by {read_by}")
        told = text.format(ends=ends, sent=frame.sent, channel=frame.channel.name, read_by=read_by)
        yield Finding("ends", told)


def _fitting(template: Template, frame: Frame) -> Iterator[Finding]:
    channel = frame.channel
    if channel is None:
        return
    if template.channels and channel.name not in template.channels:
        text = _("it was written for {channels}, not for {channel}")
        told = text.format(channels=joined(template.channels), channel=channel.name)
        yield Finding("channel", told)
    if template.purpose not in channel.purposes:
        text = _("{channel} takes no messages of the purpose {purpose}")
        told = text.format(channel=channel.name, purpose=template.purpose)
        yield Finding("purpose", told, error=True)
