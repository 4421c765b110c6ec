"""What faces do with customers: find, show, keep, join, give out, erase; each asks the shop's gate first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.playbook.own_fields import cleaned
from crmcore.records.customer import CustomerCard, Duplicate, TimelinePage
from crmcore.records.identity import IdentityValue, email_identity, phone_identity
from crmcore.records.interaction import InteractionKind
from crmcore.shop import Shop
from crmcore.shown import word
from crmcore.store import candidates, consents, customers, erasing, interactions, merging, orders
from crmcore.store.candidates import Candidate
from crmcore.store.dossier import dossier
from crmcore.store.erasing import Receipt
from crmcore.store.identities import add_identity
from crmcore.store.search import Hit, find
from crmcore.store.tags import add_tag, remove_tag
from crmcore.store.timeline import timeline


@dataclass(frozen=True)
class Changes:
    """What is to become of a customer's record.

    `profile` holds the fields to set (None or blank empties one; own fields as `extra.NAME`); `phones` and
    `emails`, as they were typed, are added to what she is known by.
    """

    profile: Mapping[str, Any]
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    tags: Sequence[str] = ()
    untags: Sequence[str] = ()

    def __bool__(self) -> bool:
        """Whether anything is to change at all."""
        return bool(self.profile or self.phones or self.emails or self.tags or self.untags)


class People:
    """The customers of one open shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    # --- looking --------------------------------------------------------------------------------------------

    def find(self, text: str, limit: int = 20) -> list[Hit]:
        """The customers that a name, phone, address, handle or order number fits, the best first."""
        self._shop.permit("customer.find")
        with self._shop.database.read() as connection:
            return find(connection, text, limit, currency=self._shop.settings.currency)

    def show(self, customer_id: int, limit: int = 50) -> tuple[CustomerCard, TimelinePage]:
        """Her card and the newest of her timeline; raises `NotFoundError`."""
        self._shop.permit("customer.show")
        with self._shop.database.read() as connection:
            card = customers.show(connection, customer_id, self._shop.facts.cards)
            return card, timeline(connection, card.id, self._shop.kinds, limit=limit)

    def held_on(self, customer_id: int) -> dict[str, Any]:
        """Everything the shop holds on her, as plain data; that it was given out is kept in the changes."""
        self._shop.permit("customer.export")
        with self._shop.database.read() as connection:
            held = dossier(connection, customer_id)
        why = _("gave out all held on customer {id}").format(id=held["id"])
        with self._shop.write(why, kind="export") as write:
            write.note()
        return held

    # --- keeping --------------------------------------------------------------------------------------------

    def add(self, told: Changes) -> tuple[int, list[Duplicate]]:
        """Add a customer; returns her id, and who may be the same person.

        Raises `UsageError` for a value that cannot be, `CrmError` when a phone or address is somebody else's.
        """
        self._shop.permit("customer.add")
        known_as, profile = self._identities(told), cleaned(self._shop.playbook, told.profile)
        maybe = self.maybe_known(told)
        with self._shop.write(_("added a customer")) as write:
            number = customers.add(write, profile, known_as, told.tags, at=self._shop.clock().now)
        return number, [one for one in maybe if not one.certain]

    def maybe_known(self, told: Changes) -> list[Duplicate]:
        """Who may be the person about to be added; raises `UsageError` for a phone that cannot be."""
        self._shop.permit("customer.find")
        known_as = self._identities(told)
        with self._shop.database.read() as connection:
            return customers.duplicates(connection, told.profile.get("name"), known_as)

    def edit(self, customer_id: int, told: Changes, *, version: int | None = None) -> None:
        """Change her in one act; raises as `add` does, and `UsageError` when nothing is to change.

        `version` is the `CustomerCard.version` that the editor saw: `CrmError` when her profile has another.
        """
        self._shop.permit("customer.edit")
        if not told:
            raise UsageError(_("say what to change: --name, --phone, --email, --tag, --untag or --set"))
        known_as, profile = self._identities(told), cleaned(self._shop.playbook, told.profile)
        with self._shop.write(_("edited a customer")) as write:
            number = customers.living(write.connection, customer_id)
            if profile:
                customers.edit(write, number, profile, version=version)
            for identity in known_as:
                add_identity(write, number, identity)
            for tag in told.tags:
                add_tag(write, [number], tag)
            for tag in told.untags:
                remove_tag(write, [number], tag)

    def consent(
        self, customer_id: int, channel: str, purpose: str, state: str, proof: str | None, reason: str | None
    ) -> int:
        """Write down what she allowed or refused; raises `UsageError`, `CrmError`."""
        self._shop.permit("customer.consent")
        why = _("consent of customer {id}: {channel} {state}")
        with self._shop.write(why.format(id=customer_id, channel=word(channel), state=word(state))) as write:
            number = customers.living(write.connection, customer_id)
            return consents.record(
                write,
                number,
                channel=channel,
                purpose=purpose,
                state=state,
                at=self._shop.clock().now,
                source="staff",
                proof=proof,
                reason=reason,
            )

    def log(
        self,
        customer_id: int,
        kind: str,
        text: str,
        *,
        at: int | None = None,
        order: str | None = None,
        source: str | None = None,
        **more: Any,
    ) -> int:
        """Write an interaction onto her timeline; `at` is an instant, by default now; `order` a number.

        `more` goes to `store.interactions.log`: state, due_at, owner, channel, payload. Raises as that does.
        """
        self._shop.permit("log")
        happened = self._shop.clock().now if at is None else at
        known = self._shop.kinds.get(kind)
        said = (title_of(known.zh, known.en) if known else "") or kind
        with self._shop.write(_("wrote down {kind}").format(kind=said), kind="log") as write:
            if order is not None:
                more["order_id"] = orders.find_order(write.connection, order, source).id
            return interactions.log(write, self._shop.kinds, customer_id, kind, text, at=happened, **more)

    # --- moving on what was written down ------------------------------------------------------------------

    def move(self, interaction_id: int, state: str) -> bool:
        """Move an interaction on: a promise kept, a complaint settled, a call made; False when it was so.

        Raises `CrmError` naming the moves its kind allows, `NotFoundError` when there is no such interaction.
        """
        self._shop.permit("log")
        kind, words = self._written(interaction_id)
        with self._shop.write(f"{words}: {kind.state_title(state)}", kind="log") as write:
            return interactions.move(
                write, self._shop.kinds, interaction_id, state, at=self._shop.clock().now
            )

    def reschedule(self, interaction_id: int, due_at: int | None) -> bool:
        """Set the instant until which an interaction is to be dealt with (None: none); False when it was so.

        Raises `UsageError` for a kind that cannot be due, `NotFoundError`.
        """
        self._shop.permit("log")
        _kind, words = self._written(interaction_id)
        with self._shop.write(_("{what}: another day").format(what=words), kind="log") as write:
            return interactions.edit(write, self._shop.kinds, interaction_id, {"due_at": due_at})

    def assign(self, interaction_id: int, owner: str | None) -> bool:
        """Say who is to deal with an interaction (None or blank: nobody); False when it was so."""
        self._shop.permit("log")
        _kind, words = self._written(interaction_id)
        name = (owner or "").strip() or None
        why = _("{what}: given to {owner}").format(what=words, owner=name or _("nobody"))
        with self._shop.write(why, kind="log") as write:
            return interactions.edit(write, self._shop.kinds, interaction_id, {"owner": name})

    def move_on(
        self,
        interaction_id: int,
        *,
        state: str | None = None,
        due_at: int | None = None,
        owner: str | None = None,
    ) -> None:
        """Do of `move`, `reschedule` and `assign` what is named, as one act: all of it, or nothing.

        Raises what they raise.
        """
        self._shop.permit("log")
        kind, words = self._written(interaction_id)
        values: dict[str, Any] = {} if due_at is None else {"due_at": due_at}
        if owner is not None:
            values["owner"] = owner.strip() or None
        why = _("{what}: given to {owner}").format(what=words, owner=values.get("owner") or _("nobody"))
        if state or due_at is not None:
            moved = f"{words}: {kind.state_title(state)}" if state else ""
            why = moved or _("{what}: another day").format(what=words)
        with self._shop.write(why, kind="log") as write:
            if values:
                interactions.edit(write, self._shop.kinds, interaction_id, values)
            if state:
                interactions.move(write, self._shop.kinds, interaction_id, state, at=self._shop.clock().now)

    def _written(self, interaction_id: int) -> tuple[InteractionKind, str]:
        """The kind of an interaction, and its words in the changes: `Promise 12`."""
        with self._shop.database.read() as connection:
            found = interactions.find(connection, interaction_id)
        kind = interactions.kind_of(self._shop.kinds, found.kind)
        return kind, f"{title_of(kind.zh, kind.en)} {interaction_id}"

    # --- joining --------------------------------------------------------------------------------------------

    def merge(self, keep: int, gone: int) -> None:
        """Let customer `gone` live on inside `keep`."""
        self._shop.permit("customer.merge")
        why = _("merged customer {gone} into {keep}").format(gone=gone, keep=keep)
        with self._shop.write(why, kind="merge") as write:
            merging.merge(write, keep, gone)

    def split(self, customer_id: int, identities: Sequence[int] = ()) -> tuple[int, int]:
        """Bring a merged customer back, or make one of some identities; returns (her, whom she leaves)."""
        self._shop.permit("customer.split")
        with self._shop.write(_("split customer {id}").format(id=customer_id), kind="split") as write:
            if identities:
                return merging.split_identities(write, customer_id, identities), customer_id
            return customer_id, merging.split(write, customer_id)

    def duplicates(self, limit: int = 50) -> tuple[int, list[Candidate]]:
        """How many pairs may be one person, and the first of them."""
        self._shop.permit("customer.find")
        with self._shop.database.read() as connection:
            return candidates.count_open(connection), candidates.list_candidates(connection, limit=limit)

    def settle(self, pair: int, *, same: bool) -> int | None:
        """Say of a pair that it is one person (returns whom they are now), or that it is two for good."""
        self._shop.permit("customer.merge")
        if same:
            with self._shop.write(_("pair {pair} is one person").format(pair=pair), kind="merge") as write:
                return candidates.accept(write, pair)
        with self._shop.write(_("pair {pair} is two people").format(pair=pair)) as write:
            candidates.refuse(write, pair)
        return None

    # --- erasing --------------------------------------------------------------------------------------------

    def living(self, customer_id: int) -> int:
        """The record she lives on in; raises `NotFoundError`."""
        with self._shop.database.read() as connection:
            return customers.resolve(connection, customer_id)

    def forget(self, customer_id: int) -> Receipt:
        """Erase who she is, for good; see `store.erasing`."""
        self._shop.permit("customer.forget")
        why = _("erased customer {id}").format(id=customer_id)
        with self._shop.write(why, kind="erase") as write:
            receipt = erasing.erase(write, customer_id)
        erasing.sweep(self._shop.database)
        return receipt

    def _identities(self, told: Changes) -> list[IdentityValue]:
        return [
            *(phone_identity(phone, self._shop.settings.currency) for phone in told.phones),
            *(email_identity(email) for email in told.emails),
        ]
