"""The guards: who may be sent what, by which channel, and why not. One path for every sender.

A plan asks them about everybody, sending asks them again about each batch in the very transaction that takes
the places, and a card asks them about one customer. All three run the same statement over a temporary table
of those in question, so that they cannot disagree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from crmcore.records.sending import COUNTED, Reason
from crmcore.store import consents
from crmcore.store.database import BATCH, batches

# The control group is drawn in ten-thousandths.
PARTS = 10_000
# What a contact may be beside the kinds of identity: a field of the profile.
FIELD = "extra."
_KINDS = ("email", "phone", "buyer")
_PRIME = 2_147_483_647


@dataclass(frozen=True)
class Via:
    """One channel that may be used: its number in `send_channels`, and the kinds of identity it can use.

    `consent` is the name under which people say yes or no to it: sms for every gateway of text messages.
    No kinds: it needs no address. `basis_since`: people who were never asked may be written to when they
    bought since that instant (0: ever); None: the shop has stated no basis.
    """

    number: int
    name: str
    kinds: tuple[str, ...]
    basis_since: int | None = None
    consent: str = ""


@dataclass(frozen=True)
class Ask:
    """What is asked about everybody in question.

    `via` are the channels, the preferred one first. `cap` promotions are the most since the instant
    `cap_since` (0: no cap). Money that went back since `refund_since` holds her back. `control` is the share
    of the control group in ten-thousandths, drawn by `seed`. `quiet` are the countries where it is night now
    ("" for customers without one); planning asks without. `again`: they have their place in this
    campaign, which neither speaks against them nor counts.
    """

    purpose: str
    via: tuple[Via, ...]
    cap: int = 0
    cap_since: int = 0
    refund_since: int = 0
    campaign_id: int = 0
    seed: int = 0
    control: int = 0
    quiet: frozenset[str] = frozenset()
    again: bool = False

    @property
    def promotes(self) -> bool:
        """Whether it is a promotion: only these are capped, held back and need a yes."""
        return self.purpose == "promotion"

    def only(self, channel: str) -> Ask:
        """The same about one channel: that another one may be used is then no answer."""
        return replace(self, via=tuple(one for one in self.via if one.name == channel))


@dataclass(frozen=True)
class Verdict:
    """What the guards say about one customer: `channel` and `identity_id` where `reason` is 0.

    `refusals` tells for each channel why it cannot be used (0: it can).
    """

    person: int
    step: int
    reason: Reason
    channel: int
    identity_id: int | None
    refusals: tuple[Reason, ...] = ()


def name_people(connection: sa.Connection, people: Iterable[tuple[int, int]]) -> None:
    """Put (customer, step) where `verdicts` looks for them; what stood there goes."""
    _temporary(connection)
    sqlite = connection.dialect.name == "sqlite"
    rows = list(people)
    for part in batches(rows, 20_000):
        ids, steps = [row[0] for row in part], [row[1] for row in part]
        if sqlite:
            connection.exec_driver_sql(
                "INSERT OR IGNORE INTO asked (id, step) SELECT json_extract(value, '$[0]'), "
                "json_extract(value, '$[1]') FROM json_each(?)",
                (json.dumps(part),),
            )
        else:
            connection.exec_driver_sql(
                "INSERT INTO asked (id, step) SELECT * FROM unnest(CAST(%s AS bigint[]), "
                "CAST(%s AS bigint[])) ON CONFLICT DO NOTHING",
                (ids, steps),
            )


def _temporary(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        "CREATE TEMP TABLE IF NOT EXISTS asked (id BIGINT PRIMARY KEY, step BIGINT NOT NULL)"
        if connection.dialect.name != "sqlite"
        else "CREATE TEMP TABLE IF NOT EXISTS asked (id INTEGER PRIMARY KEY, step INTEGER NOT NULL)"
    )
    connection.exec_driver_sql(
        "CREATE TEMP TABLE IF NOT EXISTS asked_said "
        "(id BIGINT NOT NULL, channel INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (id, channel))"
    )
    connection.exec_driver_sql("DELETE FROM asked")
    connection.exec_driver_sql("DELETE FROM asked_said")


def verdicts(connection: sa.Connection, ask: Ask, *, size: int = 5_000) -> Iterator[Verdict]:
    """What the guards say about everybody named by `name_people`, in the order of ids."""
    text, values = prepared(connection, ask)
    query = sa.text(f"{text} ORDER BY id").execution_options(yield_per=size)
    found = connection.execute(query, values)
    for row in found:
        refusals = tuple(Reason(row[5 + place]) for place in range(len(ask.via)))
        yield Verdict(row[0], row[1], Reason(row[2]), row[3], row[4], refusals)


def verdict(connection: sa.Connection, ask: Ask) -> Verdict:
    """What they say about the one customer named by `name_people`."""
    [found] = list(verdicts(connection, ask))  # to its end: an open cursor would outlive the question
    return found


def prepared(connection: sa.Connection, ask: Ask) -> tuple[str, dict[str, Any]]:
    """The statement over the named people (id, step, reason, channel, identity, a refusal for each channel).

    Those whom several records were merged into are looked at first: what holds for them is worked out by the
    ledger of consents itself.
    """
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("ANALYZE asked")
    merged = _say_for_merged(connection, ask)
    sqlite = connection.dialect.name == "sqlite"
    return _Statement(ask, merged=merged, sqlite=sqlite).text(), _values(ask, sqlite=sqlite)


def _say_for_merged(connection: sa.Connection, ask: Ask) -> bool:
    query = sa.text(
        "SELECT DISTINCT merged_into FROM customers JOIN asked ON asked.id = merged_into "
        "WHERE merged_into IS NOT NULL AND EXISTS "
        "(SELECT 1 FROM consents WHERE consents.customer_id = merged_into)"
    )
    ids = [int(row[0]) for row in connection.execute(query)]
    for part in batches(ids, BATCH):
        for one in ask.via:
            said = consents.state_of(connection, part, one.name, ask.purpose, one.consent)
            rows = [{"id": i, "channel": one.number, "said": said.get(i, "")} for i in part]
            connection.execute(sa.text("INSERT INTO asked_said VALUES (:id, :channel, :said)"), rows)
    return bool(ids)


def _values(ask: Ask, *, sqlite: bool) -> dict[str, Any]:
    values: dict[str, Any] = {
        "purpose": ask.purpose,
        "campaign": ask.campaign_id,
        "cap_since": ask.cap_since,
        "cap": ask.cap,
        "refund_since": ask.refund_since,
        "seed": ask.seed,
        "control": ask.control,
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
class _Statement:
    """The statement in words that SQLite and PostgreSQL share; every value is bound, every name is ours."""

    ask: Ask
    merged: bool
    sqlite: bool

    def text(self) -> str:
        via = range(len(self.ask.via))
        refusals = "".join(f", {self._refusal(place)} AS no{place}" for place in via)
        first_free = " ".join(f"WHEN no{place} = 0 THEN {place}" for place in via)
        chosen = f"CASE {first_free} ELSE -1 END" if via else "-1"
        numbers = " ".join(f"WHEN {place} THEN {one.number}" for place, one in enumerate(self.ask.via))
        homes = " ".join(f"WHEN {place} THEN at{place}" for place in via)
        reached = "".join(f", {self._address(place)} AS at{place}" for place in via)
        draw = self._control() if self.ask.control else "0"
        return f"""
            WITH {self._said()}, {self._known()}, {self._had()},
            looked AS (
                SELECT a.id, a.step, {self._hold()} AS hold, {draw} AS drawn {reached} {refusals}
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
                {f"CASE place {homes} END" if via else "NULL"} AS identity_id
                {"".join(f", no{place}" for place in via)}
            FROM chosen
        """

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
            WHERE c.purpose IN (:purpose, '*') AND c.state <> 'claimed' GROUP BY asked.id)"""

    def _known(self) -> str:
        """The newest usable address of each kind, and whether one is suppressed."""

        def newest(kind: str) -> str:
            return (
                f"max(CASE WHEN i.kind = '{kind}' AND i.strong AND s.value IS NULL THEN i.id END) AS {kind}"
            )

        kinds = ", ".join(newest(kind) for kind in _KINDS)
        bad = ", ".join(
            f"max(CASE WHEN i.kind = '{kind}' AND s.value IS NOT NULL THEN 1 ELSE 0 END) AS bad_{kind}"
            for kind in _KINDS
        )
        return f"""bad AS (SELECT DISTINCT kind, value FROM suppressions WHERE kind <> 'person'),
        known AS (
            SELECT asked.id, {kinds}, {bad}, min(i.id) AS own,
                max(CASE WHEN i.value LIKE 'erased:%' THEN 1 ELSE 0 END) AS erased
            FROM asked JOIN identities i ON i.customer_id = asked.id
            LEFT JOIN bad s ON s.value = i.value AND s.kind = i.kind
            GROUP BY asked.id)"""

    def _had(self) -> str:
        """What she had: promotions since `cap_since`, and whether this very message."""
        counted = ", ".join(str(int(state)) for state in COUNTED)
        own = "AND s.campaign_id <> :campaign" if self.ask.again else ""
        return f"""promotions AS (SELECT id FROM campaigns WHERE purpose = 'promotion'),
        had AS (
            SELECT asked.id,
                sum(CASE WHEN s.at >= :cap_since AND s.state IN ({counted})
                    AND s.campaign_id IN (SELECT id FROM promotions) {own} THEN 1 ELSE 0 END) AS promotions,
                max(CASE WHEN s.campaign_id = :campaign AND s.step = asked.step THEN 1 ELSE 0 END) AS this
            FROM asked JOIN sends s ON s.customer_id = asked.id GROUP BY asked.id)"""

    def _hold(self) -> str:
        """What holds her back whatever the channel; 0: nothing."""
        tests = [
            ("cards.customer_id IS NULL", Reason.GONE),
            ("k.erased = 1", Reason.ERASED),
            (
                "EXISTS (SELECT 1 FROM suppressions p WHERE p.customer_id = a.id AND p.kind = 'person')",
                Reason.SUPPRESSED,
            ),
        ]
        if not self.ask.again:
            tests.append(("had.this = 1", Reason.ALREADY))
        if self.ask.promotes:
            tests += [("cards.complaints_open > 0", Reason.COMPLAINT), (_REFUNDING, Reason.REFUND)]
            if self.ask.cap:
                tests.append(("had.promotions >= :cap", Reason.CAP))
        if self.ask.quiet:
            names = ", ".join(f":quiet{place}" for place in range(len(self.ask.quiet)))
            tests.append((f"coalesce(cards.country, '') IN ({names})", Reason.QUIET))
        whens = " ".join(f"WHEN {test} THEN {int(reason)}" for test, reason in tests)
        return f"CASE {whens} ELSE 0 END"

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
            bad = " + ".join(f"coalesce(k.bad_{kind}, 0)" for kind in _columns(one.kinds)) or "0"
            whens.append(
                f"WHEN {usable} IS NULL THEN CASE WHEN {bad} > 0 THEN {int(Reason.BAD_ADDRESS)} "
                f"ELSE {int(Reason.NO_ADDRESS)} END"
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
            if kind in _KINDS:
                parts.append(f"k.{kind}")
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
    AND coalesce(o.refunded_at, o.closed_at, o.paid_at) >= :refund_since)
  OR cards.refunds_total > 0 AND EXISTS (
    SELECT 1 FROM refunds r WHERE r.customer_id = a.id AND r.at >= :refund_since)
  OR (cards.last_order_at >= :refund_since OR cards.orders_unpaid > 0) AND EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_id = a.id AND o.placed_at >= :refund_since
    AND (o.status_text LIKE '%退款中%' OR o.status_text LIKE '%refund pending%')))"""


def _columns(kinds: Sequence[str]) -> list[str]:
    return [kind for kind in kinds if kind in _KINDS]
