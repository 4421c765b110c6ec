"""The message templates of one shop: kept, checked, written out for customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from crmcore.errors import NotFoundError, UsageError
from crmcore.hooks.channel_values import Address, Checked, Outgoing
from crmcore.i18n import gettext as _
from crmcore.messages.channels import Channels
from crmcore.messages.lint import Finding, Frame, lint
from crmcore.messages.people import read_contacts, read_people, sample_ids
from crmcore.messages.render_job import Rendered, lacks
from crmcore.messages.rendering import Renderer, names_in
from crmcore.messages.template import Scalar, Template, TemplateError, dump_template, load_template
from crmcore.messages.variables import meanings, personal, variable_titles, variables
from crmcore.messages.words import FAMILY as WORDS_FAMILY
from crmcore.messages.words import NAME as WORDS_NAME
from crmcore.messages.words import Words
from crmcore.rules.fields import suggestion

if TYPE_CHECKING:
    from crmcore.playbook.playbook import Playbook
    from crmcore.records.clock import Clock
    from crmcore.records.settings import ShopSettings
    from crmcore.rules.catalogue import Catalogue
    from crmcore.store.database import Database
    from crmcore.store.facts import Facts

FAMILY = "templates"
SAMPLE = 200  # customers that a template is tried on
_SHOP_NAME = "shop_name"  # the document among the texts


class ShopLike(Protocol):
    """What templates need of a shop."""

    @property
    def database(self) -> Database: ...  # noqa: D102
    @property
    def settings(self) -> ShopSettings: ...  # noqa: D102
    @property
    def facts(self) -> Facts: ...  # noqa: D102
    @property
    def catalogue(self) -> Catalogue: ...  # noqa: D102
    @property
    def playbook(self) -> Playbook: ...  # noqa: D102
    @property
    def channels(self) -> Channels: ...  # noqa: D102
    def clock(self, as_of: date | None = None) -> Clock: ...  # noqa: D102
    def permit(self, action: str) -> None: ...  # noqa: D102


@dataclass(frozen=True)
class Listed:
    """A template of the list; one that cannot be read says why in `error`."""

    name: str
    source: str
    template: Template | None = None
    error: str = ""


@dataclass(frozen=True)
class Preview:
    """One customer's message: where it would go, what it says, how the channel sees it."""

    customer_id: int
    rendered: Rendered
    address: Address | None = None
    checked: Checked | None = None


@dataclass(frozen=True)
class Report:
    """What was found about a template, and how it looks for the `tried` customers.

    `missing` counts what they lack; `parts` and `cost` (major units) are the most that any of them took.
    """

    template: Template
    findings: Sequence[Finding]
    tried: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)
    parts: int = 0
    cost: Decimal = Decimal(0)

    @property
    def usable(self) -> bool:
        """Whether a campaign may use it."""
        return not any(one.error for one in self.findings)


class Templates:
    """The templates of one shop. `NotFoundError` for a name that is none, `TemplateError` for a bad one."""

    def __init__(self, shop: ShopLike) -> None:
        self._shop = shop
        self._renderer = Renderer()

    def close(self) -> None:
        """End the process that writes templates out."""
        self._renderer.close()

    # --- what there is ------------------------------------------------------------------------------------

    def all(self) -> list[Listed]:
        """Every template by name, the shop's own and those of its packs."""
        found = []
        for entry in self._shop.playbook.all(FAMILY):
            try:
                found.append(Listed(entry.name, entry.source, load_template(entry.body, entry.source)))
            except TemplateError as error:
                found.append(Listed(entry.name, entry.source, error=str(error)))
        return sorted(found, key=lambda one: one.name)

    def get(self, name: str) -> Template:
        """The template of that name."""
        if entry := self._shop.playbook.get(FAMILY, name):
            return load_template(entry.body, entry.source)
        known = [one.name for one in self._shop.playbook.all(FAMILY)]
        raise NotFoundError(
            _("there is no template {name}{hint}").format(
                name=repr(name), hint=suggestion(name, known, see="crm template list")
            )
        )

    def save(self, template: Template) -> Template:
        """Keep a template as the shop's own; one that cannot be read is refused with `TemplateError`."""
        self._shop.permit("template.save")
        names_in(template, self._meanings(), self._shop.settings.language)
        entry = self._shop.playbook.save(FAMILY, template.name, dump_template(template))
        return replace(template, source=entry.source)

    def remove(self, name: str) -> Template | None:
        """Forget a template of the shop's own; the pack's of that name, which shows again."""
        self._shop.permit("template.remove")
        under = self._shop.playbook.remove(FAMILY, name)
        return load_template(under.body, under.source) if under else None

    @property
    def words(self) -> Words:
        """The words that must not stand in a promotion."""
        entry = self._shop.playbook.get(WORDS_FAMILY, WORDS_NAME)
        return Words.of(entry.body if entry else None)

    def save_words(self, words: Words) -> None:
        """Keep the shop's own words and those it allows."""
        self._shop.permit("template.save")
        self._shop.playbook.save(WORDS_FAMILY, WORDS_NAME, words.body())

    @property
    def shop_name(self) -> str:
        """What the shop calls itself in messages; "" where it has not said."""
        entry = self._shop.playbook.get(WORDS_FAMILY, _SHOP_NAME)
        return str(entry.body.get("text", "")) if entry else ""

    def save_shop_name(self, text: str) -> None:
        """Keep what the shop calls itself in messages; raises `UsageError` for a blank name."""
        self._shop.permit("template.save")
        if not text.strip():
            raise UsageError(_("the name is empty: write what the shop calls itself"))
        self._shop.playbook.save(WORDS_FAMILY, _SHOP_NAME, {"text": text.strip()})

    # --- checking -----------------------------------------------------------------------------------------

    def check(
        self,
        template: Template,
        channel: str = "",
        *,
        sent: date | None = None,
        ids: Sequence[int] | None = None,
        language: str = "",
    ) -> Report:
        """Everything there is to say about a template, as sent by a channel on a day (today).

        It is tried on the customers `ids`, by default on some of the shop's; raises `NotFoundError` for an
        unknown channel.
        """
        frame = Frame(
            language or self._shop.settings.language,
            variables(self._shop.catalogue),
            personal(self._shop.catalogue),
            self._meanings(),
            self.words,
            sent or self._shop.clock().today,
            self._shop.channels.get(channel) if channel else None,
        )
        findings = lint(template, frame)
        if any(one.code == "syntax" for one in findings):
            return Report(template, findings)
        tried = self.preview(template, channel, self.some(SAMPLE) if ids is None else ids, language=language)
        return self._tried(template, findings, tried)

    def preview(
        self,
        template: Template,
        channel: str,
        ids: Sequence[int],
        *,
        language: str = "",
        values: Mapping[str, Scalar] | None = None,
    ) -> list[Preview]:
        """The message of each of these customers, in their order; who is not there is left out."""
        written = self.write_out(template, ids, language=language, values=values)
        if not channel:
            return [Preview(one, rendered) for one, rendered in written.items()]
        contacts = self._contacts(list(written))
        addresses = self._shop.channels.addresses(channel, [contacts[one] for one in written])
        messages = [
            outgoing(template, f"preview-{one}", address.value if address else "", rendered)
            for (one, rendered), address in zip(written.items(), addresses, strict=True)
        ]
        checks = self._shop.channels.checks(channel, messages)
        return [
            Preview(one, rendered, address, None if rendered.problem else checked)
            for (one, rendered), address, checked in zip(written.items(), addresses, checks, strict=True)
        ]

    def write_out(
        self,
        template: Template,
        ids: Sequence[int],
        *,
        language: str = "",
        values: Mapping[str, Scalar] | None = None,
        theirs: Mapping[int, Mapping[str, Scalar]] | None = None,
    ) -> dict[int, Rendered]:
        """The message of each customer by id, written out as it would go out.

        `values` stand over the template's own, `theirs` (a code of her own) over both. Who lacks something
        that the template says has a `problem`. Raises `TemplateError` for one that does not come to an end.
        """
        spoken = language or self._shop.settings.language
        catalogue = self._shop.catalogue
        said = meanings(catalogue)
        wanted = names_in(template, said, spoken)
        clock = self._shop.clock()
        common = {"shop": self.shop_name, "today": clock.today, **template.values, **(values or {})}
        common = {name: value for name, value in common.items() if value != ""}
        with self._shop.database.read() as connection:
            people = read_people(
                connection,
                self._shop.facts.cards,
                ids,
                catalogue,
                wanted,
                clock,
                self._shop.settings.currency,
            )
        order = [one for one in dict.fromkeys(ids) if one in people]
        given: list[dict[str, Any]] = [
            {**people[one], **common, **(theirs or {}).get(one, {})} for one in order
        ]
        titles = {**variable_titles(), **{one.name: one.title for one in catalogue}}
        written = self._renderer.each(template, said, spoken, given)
        return {one: _told(found, titles) for one, found in zip(order, written, strict=True)}

    def some(self, size: int) -> list[int]:
        """Some customers, spread over all there are, to look at a template with."""
        with self._shop.database.read() as connection:
            return sample_ids(connection, self._shop.facts.cards, size)

    # --- inside -------------------------------------------------------------------------------------------

    def _tried(self, template: Template, findings: list[Finding], tried: list[Preview]) -> Report:
        missing = Counter(one.rendered.problem for one in tried if one.rendered.problem)
        lacking = {one.rendered.problem for one in tried if one.rendered.lacks}
        for problem, count in missing.most_common():
            text = _("{problem} ({count} of {all} customers tried)")
            if problem in lacking:
                text = _("{problem} ({count} of {all} customers tried): write {{{{ … or '…' }}}} for them")
            findings.append(Finding("missing", text.format(problem=problem, count=count, all=len(tried))))
        checks = [one.checked for one in tried if one.checked]
        problems = Counter((one.shown, one.error) for check in checks for one in check.problems)
        findings += [Finding("message", text, error) for (text, error), _count in problems.most_common()]
        parts = max((one.parts for one in checks), default=0)
        if parts > 1:
            text = _("some go in {parts} parts, each of which is paid for").format(parts=parts)
            findings.append(Finding("length", text))
        cost = max((one.cost for one in checks), default=Decimal(0))
        findings.sort(key=lambda one: not one.error)
        return Report(template, findings, len(tried), dict(missing), parts, cost)

    def _meanings(self) -> dict[str, str]:
        return meanings(self._shop.catalogue)

    def _contacts(self, ids: Sequence[int]) -> dict[int, list[Any]]:
        with self._shop.database.read() as connection:
            return read_contacts(connection, ids)


def _told(found: Rendered, titles: Mapping[str, str]) -> Rendered:
    """What she lacks, by its title."""
    if found.lacks not in titles:
        return found
    return replace(found, problem=lacks(titles[found.lacks]))


def outgoing(template: Template, key: str, to: str, rendered: Rendered, *, unsubscribe: str = "") -> Outgoing:
    """The message as a channel takes it."""
    return Outgoing(
        key, to, template.purpose, rendered.text, rendered.subject, rendered.html, unsubscribe=unsubscribe
    )
