"""The statement by which the guards decide, in words that SQLite and PostgreSQL share.

Every value is bound, every name in it is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crmcore.records.sending import COUNTED, REACHED, TURN, Event, Reason
from crmcore.store.glob_sql import matches
from crmcore.store.guard_ask import FIELD, KINDS, PARTS, Ask

_PRIME = 2_147_483_647


def values_of(ask: Ask, *, sqlite: bool) -> dict[str, Any]:
    """What the statement binds."""
    values: dict[str, Any] = {
        "purpose": ask.purpose,
        "campaign": ask.campaign_id,
        "cap_since": ask.cap_since,
        "cap": ask.cap,
        "refund_since": ask.refund_since,
        "seed": ask.seed,
        "control": ask.control,
        "until": ask.until,
    }
    for place, one in enumerate(ask.via):
        values[f"channel{place}"] = one.name
        values[f"consent{place}"] = one.consent or one.name
        for number, kind in enumerate(one.kinds):
            if kind.startswith(FIELD):
                name = kind.removeprefix(FIELD)
                values[f"field{place}_{number}"] = f'$."{name}"' if sqlite else name
        if one.basis_since:
            values[f"basis{place}"] = one.basis_since
    return values | {f"quiet{place}": country for place, country in enumerate(sorted(ask.quiet))}


@dataclass(frozen=True)
class Statement:
    """The statement for an `Ask`; `merged`: some have several records; `sqlite`: in its words for JSON."""

    ask: Ask
    merged: bool
    sqlite: bool

    def text(self) -> str:
        """The whole of it: see `guards.prepared`."""
        via = range(len(self.ask.via))
        refusals = "".join(f", {self._refusal(place)} AS no{place}" for place in via)
        wished = " ".join(f"WHEN {self._wished(place)} AND no{place} = 0 THEN {place}" for place in via)
        first_free = f"{wished} " + " ".join(f"WHEN no{place} = 0 THEN {place}" for place in via)
        chosen = f"CASE {first_free} ELSE -1 END" if via else "-1"
        numbers = " ".join(f"WHEN {place} THEN {one.number}" for place, one in enumerate(self.ask.via))
        homes = " ".join(f"WHEN {place} THEN at{place}" for place in via)
        reached = "".join(f", {self._address(place)} AS at{place}" for place in via)
        draw = self._control() if self.ask.control else "0"
        return f"""
            WITH {self._said()}, {self._known()}, {self._had()},
            looked AS (
                SELECT a.id, a.step, {self._hold()} AS hold, {draw} AS drawn,
                    cards.contact_by AS wish {reached} {refusals}
                FROM asked a
                LEFT JOIN cards ON cards.customer_id = a.id
                LEFT JOIN said ON said.id = a.id
                LEFT JOIN known k ON k.id = a.id
                LEFT JOIN had ON had.id = a.id
            ),
            chosen AS (SELECT looked.*, {chosen} AS place FROM looked)
            SELECT id, step,
                CASE WHEN hold > 0 THEN hold WHEN place < 0 THEN {"no0" if via else int(Reason.CHANNEL_OFF)}
                    WHEN drawn = 1 THEN {int(Reason.CONTROL)} ELSE 0 END AS reason,
                {f"CASE place {numbers} ELSE 0 END" if via else "0"} AS channel,
                {f"CASE place {homes} END" if via else "NULL"} AS identity_id,
                {self._wish()} AS wish
                {"".join(f", no{place}" for place in via)}
            FROM chosen
        """

    def _wished(self, place: int) -> str:
        """Whether this is the channel that she wishes, by its own name or its sort."""
        return f"wish IN (:channel{place}, :consent{place})"

    def _wish(self) -> str:
        """Why not by the channel she wishes; 0: by it; NULL: she wishes none."""
        via = range(len(self.ask.via))
        free = " ".join(f"WHEN {self._wished(place)} AND no{place} = 0 THEN 0" for place in via)
        not_free = " ".join(f"WHEN {self._wished(place)} THEN no{place}" for place in via)
        return f"CASE WHEN wish IS NULL THEN NULL {free} {not_free} ELSE {int(Reason.CHANNEL_OFF)} END"

    def _said(self) -> str:
        """The last thing each one said, by channel: an odd number is a no, an even one a proven yes.

        What was only claimed never counts: it neither takes a no back nor proves anything.
        """
        columns = "".join(
            f", max(CASE WHEN c.channel IN (:channel{place}, :consent{place}, '*') "
            "THEN (c.at * 536870912 + c.id) * 2 + "
            f"(CASE WHEN c.state = 'denied' THEN 1 ELSE 0 END) END) AS said{place}"
            for place in range(len(self.ask.via))
        )
        return f"""said AS (
            SELECT asked.id {columns} FROM asked JOIN consents c ON c.customer_id = asked.id
            WHERE c.purpose IN (:purpose, '*') AND c.state <> 'claimed' AND c.at <= :until
            GROUP BY asked.id)"""

    def _known(self) -> str:
        """The newest usable address of each kind; whether one is suppressed (2), or some cannot be used (1).

        A channel that takes addresses of one form only has columns of its own.
        """

        def newest(kind: str, name: str, test: str = "") -> str:
            usable = f"i.kind = '{kind}' AND i.strong AND s.value IS NULL{test}"
            return f"max(CASE WHEN {usable} THEN i.id END) AS {name}"

        kinds = [newest(kind, kind) for kind in KINDS]
        for place, one in enumerate(self.ask.via):
            kinds += [
                newest(kind, f"{kind}{place}", matches(form, sqlite=self.sqlite))
                for kind, form in one.forms.items()
                if kind in KINDS
            ]
        bad = ", ".join(
            f"max(CASE WHEN i.kind = '{kind}' THEN CASE WHEN s.value IS NOT NULL THEN 2 ELSE 1 END END) "
            f"AS bad_{kind}"
            for kind in KINDS
        )
        return f"""bad AS (SELECT DISTINCT kind, value FROM suppressions
            WHERE kind <> 'person' AND at <= :until),
        known AS (
            SELECT asked.id, {", ".join(kinds)}, {bad}, min(i.id) AS own,
                max(CASE WHEN i.value LIKE 'erased:%' THEN 1 ELSE 0 END) AS erased
            FROM asked JOIN identities i ON i.customer_id = asked.id
            LEFT JOIN bad s ON s.value = i.value AND s.kind = i.kind
            GROUP BY asked.id)"""

    def _had(self) -> str:
        """What she had: promotions since `cap_since`, and whether this very message."""
        counted = ", ".join(str(int(state)) for state in COUNTED)
        own = "AND NOT (s.campaign_id = :campaign AND s.step = asked.step)" if self.ask.again else ""
        return f"""promotions AS (SELECT id FROM campaigns WHERE purpose = 'promotion'),
        had AS (
            SELECT asked.id,
                sum(CASE WHEN s.at >= :cap_since AND s.at <= :until AND s.state IN ({counted})
                    AND s.campaign_id IN (SELECT id FROM promotions) {own} THEN 1 ELSE 0 END) AS promotions,
                max(CASE WHEN s.campaign_id = :campaign AND s.step = asked.step THEN 1 ELSE 0 END) AS this
            FROM asked JOIN sends s ON s.customer_id = asked.id GROUP BY asked.id)"""

    def _hold(self) -> str:
        """What holds her back whatever the channel; 0: nothing."""
        tests = [
            ("cards.customer_id IS NULL", Reason.GONE),
            ("k.erased = 1", Reason.ERASED),
            (
                """EXISTS (SELECT 1 FROM suppressions p
                    WHERE p.customer_id = a.id AND p.kind = 'person' AND p.at <= :until)""",
                Reason.SUPPRESSED,
            ),
        ]
        if not self.ask.again:
            tests.append(("had.this = 1", Reason.ALREADY))
        if self.ask.unless is not None:
            tests += self._follows(self.ask.unless)
        if self.ask.promotes:
            tests += [("cards.complaints_open > 0", Reason.COMPLAINT), (_REFUNDING, Reason.REFUND)]
            if self.ask.cap:
                tests.append(("had.promotions >= :cap", Reason.CAP))
        if self.ask.quiet:
            names = ", ".join(f":quiet{place}" for place in range(len(self.ask.quiet)))
            tests.append((f"coalesce(cards.country, '') IN ({names})", Reason.QUIET))
        whens = " ".join(f"WHEN {test} THEN {int(reason)}" for test, reason in tests)
        return f"CASE {whens} ELSE 0 END"

    def _follows(self, unless: Sequence[str]) -> list[tuple[str, Reason]]:
        """A follow-up is for whoever had the message before it and neither did what it is for nor said no."""
        before = f"p.campaign_id = :campaign AND p.customer_id = a.id AND p.step % {TURN} = a.step % {TURN}"
        reached = ", ".join(str(int(state)) for state in REACHED)
        ends = [Event.UNSUBSCRIBED, Event.COMPLAINED, *([Event.REPLIED] if "replied" in unless else [])]
        words = ", ".join(str(int(event)) for event in ends)
        over = (
            f"EXISTS (SELECT 1 FROM sends p JOIN send_events e ON e.send_id = p.id WHERE {before} "
            f"AND e.what IN ({words}) AND NOT e.machine)"
        )
        if "bought" in unless:
            over += (
                f" OR EXISTS (SELECT 1 FROM sends p JOIN orders o ON o.customer_id = a.id WHERE {before} "
                "AND o.paid_at >= p.at AND o.paid_at <= :until)"
            )
        had_it = (
            f"EXISTS (SELECT 1 FROM sends p WHERE {before} AND p.step = a.step - {TURN} "
            f"AND p.state IN ({reached}))"
        )
        return [(f"NOT {had_it}", Reason.LEFT), (over, Reason.THROUGH)]

    def _refusal(self, place: int) -> str:
        """Why this channel cannot be used for her; 0: it can."""
        one = self.ask.via[place]
        said = f"said.said{place}"
        no, yes = f"{said} % 2 = 1", f"{said} % 2 = 0"
        if self.merged:
            told = f"(SELECT m.said FROM asked_said m WHERE m.id = a.id AND m.channel = {one.number})"
            no = f"CASE WHEN {told} IS NULL THEN {no} ELSE {told} = 'denied' END"
            yes = f"CASE WHEN {told} IS NULL THEN {yes} ELSE {told} = 'granted' END"
        whens = [f"WHEN {no} THEN {int(Reason.REFUSED)}"]
        if one.kinds:
            usable = self._address(place)
            found = [f"coalesce(k.bad_{kind}, 0)" for kind in _columns(one.kinds)]
            bad, some = (" OR ".join(f"{column} = {mark}" for column in found) or "1 = 0" for mark in (2, 1))
            whens.append(
                f"WHEN {usable} IS NULL THEN CASE WHEN {bad} THEN {int(Reason.BAD_ADDRESS)} "
                f"WHEN {some} THEN {int(Reason.UNFIT_ADDRESS)} ELSE {int(Reason.NO_ADDRESS)} END"
            )
        if self.ask.promotes:
            whens.append(f"WHEN {yes} THEN 0")
            if one.basis_since is None:
                whens.append(f"ELSE {int(Reason.UNASKED)}")
            else:
                bought = "cards.orders > 0"
                if one.basis_since:
                    bought += f" AND cards.last_order_at >= :basis{place}"
                whens.append(f"WHEN {bought} THEN 0 ELSE {int(Reason.UNASKED)}")
        else:
            whens.append("ELSE 0")
        return f"CASE {' '.join(whens)} END"

    def _address(self, place: int) -> str:
        """The identity that this channel would use; her own stands for a field of the profile."""
        kinds = self.ask.via[place].kinds
        if not kinds:
            return "k.own"
        parts = []
        for number, kind in enumerate(kinds):
            if kind in KINDS:
                parts.append(f"k.{kind}{place}" if kind in self.ask.via[place].forms else f"k.{kind}")
            elif kind.startswith(FIELD):
                field = f"field{place}_{number}"
                path = (
                    f"json_extract(x.extra, :{field})"
                    if self.sqlite
                    else f"CAST(x.extra AS json) ->> :{field}"
                )
                parts.append(
                    "(SELECT coalesce(k.own, 0) FROM customers x "
                    f"WHERE x.id = a.id AND x.extra IS NOT NULL AND coalesce({path}, '') <> '')"
                )
        if not parts:
            return "NULL"
        return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"

    def _control(self) -> str:
        """1 for those drawn: the same ones whenever it is asked, others for another seed.

        Squares modulo a prime scatter neighbouring ids; both databases work them out exactly in 64 bits.
        """
        first = f"((a.id * 48271 + :seed) % {_PRIME})"
        second = f"((({first}) * ({first}) + :seed) % {_PRIME})"
        third = f"((({second}) * ({second}) + a.id) % {_PRIME})"
        return f"CASE WHEN {third} % {PARTS} < :control THEN 1 ELSE 0 END"


# Money that went back lately, or an order whose platform says that its refund is under way. Few have either:
# the card tells who is worth looking at.
_REFUNDING = """((cards.refunds_total > 0 OR cards.orders_refunded > 0) AND EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_id = a.id AND o.refunded_total > 0
    AND coalesce(o.refunded_at, o.closed_at, o.paid_at) BETWEEN :refund_since AND :until)
  OR cards.refunds_total > 0 AND EXISTS (
    SELECT 1 FROM refunds r WHERE r.customer_id = a.id AND r.at BETWEEN :refund_since AND :until)
  OR (cards.last_order_at >= :refund_since OR cards.orders_unpaid > 0) AND EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_id = a.id AND o.placed_at BETWEEN :refund_since AND :until
    AND (o.status_text LIKE '%退款中%' OR o.status_text LIKE '%refund pending%')))"""


def _columns(kinds: Sequence[str]) -> list[str]:
    return [kind for kind in kinds if kind in KINDS]
