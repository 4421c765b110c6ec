"""Who the records belong to, as far as the files themselves tell: roots, and what identifies them.

A *root* is one person of this import: all records with the same best identity (buyer id, else e-mail, else
phone, else name with address), joined with those that only gave one of the root's other identities. A person
known by masked values alone is a root for each record: a masked value never identifies.
"""

from __future__ import annotations

from dataclasses import dataclass

from crmcore.importing.staging.orders import Records, Shape
from crmcore.importing.staging.rows import are_few, columns_of
from crmcore.importing.staging.scratch import Scratch, literal

# About this many orders and lines go into one chunk: 30 ms of work. Where the machine is quiet several share
# a transaction; where it has six times as much to do as it can, one alone is as long as others should wait.
CHUNK_WEIGHT = 2_000
# From so many best identities on, people are numbered by these: each import then meets those whom another one
# brought in the order in which it made them. Looked for in the order they come, every one of them lies on
# other pages of a big shop, and applying takes twice as long.
MANY_PEOPLE = 20_000
_MASK_SIGN = "[*＊•●×]"
_SEPARATOR = "chr(31)"
_CLEAR = ("buyer_ref", "email", "phone", "name_address")
_HIDDEN = ("buyer_ref_mask", "email_mask", "phone_mask")


def build_people(
    scratch: Scratch, shape: Shape, source: str, records: Records | None, *, by_key: bool
) -> Told:
    """Make `who` (for the first row of every record: its root), `root` and `claim`; returns who was told of.

    `records`: the orders, None for rows of another kind. `by_key`: see `MANY_PEOPLE`; else people are
    numbered as they come.
    """
    present = columns_of(shape.fields)
    if records is None:
        _set_nobody_aside(scratch, shape.importer.record, present)
    told = _told(scratch, present)
    _keys(scratch, source, _known(shape.importer.record, records))
    linked = _links(scratch, told)
    _number(scratch, told, linked=linked, by_key=by_key)
    _roots(scratch, told)
    _claims(scratch, source, told)
    return told


@dataclass(frozen=True)
class Told:
    """What the usable rows tell of people: how many there are, how many fill each column (0: has none).

    `mails`, `phones`: whether somebody gave one beside a better identity and somebody (else) nothing better.
    `nobody`: whether there are rows that tell of nobody.
    """

    rows: int
    given: dict[str, int]
    mails: bool
    phones: bool
    nobody: bool

    @property
    def few(self) -> bool:
        """Whether there is room for several steps at once."""
        return are_few(self.rows)


def _told(scratch: Scratch, present: list[str]) -> Told:
    """See in one pass what is worth a statement of its own."""
    there = [one for one in _CLEAR + _HIDDEN if one in present]
    buyer, email, phone = (f"{one} IS NOT NULL" if one in there else "false" for one in _CLEAR[:3])
    asked = {
        "mailed": f"{email} AND {buyer}",
        "only_mail": f"{email} AND NOT {buyer}",
        "phoned": f"{phone} AND ({buyer} OR {email})",
        "only_phone": f"{phone} AND NOT ({buyer} OR {email})",
        "nobody": _none_of(_CLEAR + _HIDDEN, present),
    }
    listed = [f"count({one})" for one in there] + [f"count(*) FILTER ({one})" for one in asked.values()]
    rows, *found = scratch.rows(f"SELECT count(*), {', '.join(listed)} FROM kept WHERE problem IS NULL")[0]
    is_there = dict(zip(asked, found[len(there) :], strict=True))
    return Told(
        rows,
        dict(zip(there, found, strict=False)),
        bool(is_there["mailed"] and is_there["only_mail"]),
        bool(is_there["phoned"] and is_there["only_phone"]),
        bool(is_there["nobody"]),
    )


def _set_nobody_aside(scratch: Scratch, record: str, present: list[str]) -> None:
    if record in ("customer", "interaction"):
        nobody = _none_of(_CLEAR + _HIDDEN, present)
        scratch.run(f"UPDATE kept SET problem = 'nobody:' WHERE problem IS NULL AND {nobody}")
        if record == "customer":
            # Nothing would know them again: each import would make them anew.
            scratch.run(
                f"UPDATE kept SET problem = 'masked:' WHERE problem IS NULL AND {_none_of(_CLEAR, present)}"
            )


def _known(record: str, records: Records | None) -> str:
    """The row that tells who a record belongs to, with the weight of the record."""
    if records is None:
        seen = 'coalesce("at", 0)' if record == "interaction" else "0"
        return f"SELECT *, {seen} AS seen, 1 AS n_rows, 2 AS weight FROM rows WHERE problem IS NULL"
    first = (
        "SELECT r.*, g.n_rows FROM rows r JOIN gathered g ON g.seq = r.seq"
        if records.many
        else "SELECT *, 1 AS n_rows FROM rows WHERE problem IS NULL"
    )
    return f"SELECT *, coalesce(placed_at, 0) AS seen, 1 + n_rows AS weight FROM ({first})"


def _none_of(columns: tuple[str, ...], present: list[str]) -> str:
    return " AND ".join(f"{one} IS NULL" for one in columns if one in present) or "true"


def _keys(scratch: Scratch, source: str, known: str) -> None:
    """`key`: the best identity of every record."""
    alias = "email LIKE '%@marketplace.amazon.%'"
    mail_space = f"CASE WHEN {alias} THEN {literal(source)} ELSE '' END"
    key = f"""CASE
        WHEN buyer_ref IS NOT NULL THEN 'buyer' || {_SEPARATOR} || {literal(source)} || {_SEPARATOR} ||
            buyer_ref
        WHEN email IS NOT NULL THEN 'email' || {_SEPARATOR} || {mail_space} || {_SEPARATOR} || email
        WHEN phone IS NOT NULL THEN 'phone' || {_SEPARATOR} || {_SEPARATOR} || phone
        WHEN name_address IS NOT NULL THEN 'name_address' || {_SEPARATOR} || {_SEPARATOR} || name_address
        WHEN coalesce(buyer_ref_mask, phone_mask, email_mask) IS NOT NULL
            THEN 'mask' || {_SEPARATOR} || {_SEPARATOR} || number
        END"""
    # A name that can be read is preferred to a masked one, then the newest counts.
    clear = (
        f"CASE WHEN name IS NULL OR regexp_matches(name, '{_MASK_SIGN}') THEN 0 ELSE 4000000000000000000 END"
    )
    scratch.run(
        f"CREATE OR REPLACE TABLE key AS SELECT seq, seen, n_rows, weight, {mail_space} AS mail_space, {key} "
        f"AS pk, "
        f"{clear} + seen * 10000000 + seq % 10000000 AS newness FROM ({known})"
    )


def _links(scratch: Scratch, told: Told) -> bool:
    """`link`: from the only e-mail or phone of somebody to the one better known person who gave it too.

    Returns whether there is anything of that kind.
    """
    mail = f"""
        SELECT DISTINCT pk, 'email' || {_SEPARATOR} || k.mail_space || {_SEPARATOR} || r.email AS child
            FROM key k JOIN rows r USING (seq) WHERE r.email IS NOT NULL AND pk LIKE 'buyer%'
    """
    phone = f"""
        SELECT DISTINCT pk, 'phone' || {_SEPARATOR} || {_SEPARATOR} || r.phone AS child
            FROM key k JOIN rows r USING (seq) WHERE r.phone IS NOT NULL AND (pk LIKE 'buyer%' OR pk LIKE
                'email%')
    """
    ways = [way for way, is_there in ((mail, told.mails), (phone, told.phones)) if is_there]
    if not ways:
        return False
    scratch.run(
        f"""
        CREATE OR REPLACE TEMP TABLE link AS
        SELECT child, min(pk) AS parent FROM ({" UNION ".join(ways)})
        WHERE child IN (SELECT pk FROM key WHERE pk LIKE 'email%' OR pk LIKE 'phone%')
        GROUP BY child HAVING count(DISTINCT pk) = 1
        """
    )
    return True


def _number(scratch: Scratch, told: Told, *, linked: bool, by_key: bool) -> None:
    """`numbered`: the root of each best identity, as they come or in their own order; and `who`."""
    firsts = "SELECT pk, min(seq) AS first FROM key WHERE pk IS NOT NULL GROUP BY pk"
    of_pk = f"SELECT pk, pk AS top, first FROM ({firsts})"
    if linked:
        of_pk = (
            f"SELECT pk, coalesce(b.parent, a.parent, pk) AS top, first FROM ({firsts}) "
            "LEFT JOIN link a ON a.child = pk LEFT JOIN link b ON b.child = a.parent"
        )
    scratch.run(f"CREATE OR REPLACE TEMP TABLE of_pk AS {of_pk}")
    by_key = by_key and told.rows >= MANY_PEOPLE and scratch.one("SELECT count(*) FROM of_pk") >= MANY_PEOPLE
    # Sorted first and counted while they come by, as in `_roots`.
    scratch.run(
        f"""
        CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT pk, root, top = pk AS is_top FROM of_pk JOIN (
            SELECT t, row_number() OVER () AS root FROM (
                SELECT top AS t FROM of_pk GROUP BY top ORDER BY {"top" if by_key else "min(first)"})
        ) ON t = top
        """
    )
    scratch.run(
        "CREATE OR REPLACE TABLE who AS SELECT k.* EXCLUDE (pk), n.root FROM key k LEFT JOIN numbered n ON "
        "n.pk = k.pk"
    )
    scratch.run("DROP TABLE key")


def _roots(scratch: Scratch, told: Told) -> None:
    """`root`: the person's best identity, the row with the newest profile, and the chunk of the records."""
    # In two steps, and added up while the sorted rows come by: a window that sorts holds all of them in
    # memory at once, and beside a join there is no room for 600,000 people.
    summed = scratch.step(
        "summed",
        f"""
        SELECT *, CAST((sum(weight) OVER (ROWS UNBOUNDED PRECEDING) - weight) // {CHUNK_WEIGHT} AS INTEGER)
            AS chunk
        FROM (
            SELECT root, sum(n_rows) AS n_rows, sum(weight) + 1 AS weight, nullif(min(seen), 0) AS seen,
                arg_max(seq, newness) AS newest
            FROM who WHERE root IS NOT NULL GROUP BY root ORDER BY root
        )
        """,
        at_once=told.few,
    )
    scratch.run(
        f"""
        CREATE OR REPLACE TABLE root AS
        SELECT t.*, split_part(n.pk, {_SEPARATOR}, 1) AS kind, split_part(n.pk, {_SEPARATOR}, 2) AS namespace,
            split_part(n.pk, {_SEPARATOR}, 3) AS value, n.pk[1:4] NOT IN ('mask', 'name') AS strong
        FROM {summed} t JOIN numbered n ON n.root = t.root AND n.is_top
        """
    )
    scratch.forget(summed)


def _claims(scratch: Scratch, source: str, told: Told) -> None:
    """`claim`: everything that identifies each root; a strong value given by two belongs to the first."""
    kinds = [
        ("buyer", literal(source), "buyer_ref", "true"),
        ("email", "w.mail_space", "email", "true"),
        ("phone", "''", "phone", "true"),
        ("name_address", "''", "name_address", "false"),
        ("buyer", literal(source), "buyer_ref_mask", "false"),
        ("email", "''", "email_mask", "false"),
        ("phone", "''", "phone_mask", "false"),
    ]
    # Kind by kind, and nothing in a window that need not be: each step has room for a million people.
    scratch.run(
        "CREATE OR REPLACE TABLE given (root BIGINT, kind VARCHAR, namespace VARCHAR, value VARCHAR, "
        "strong BOOLEAN, seq BIGINT)"
    )
    for kind, space, column, strong in kinds:
        if told.given.get(column):
            scratch.run(
                f"INSERT INTO given SELECT w.root, '{kind}', {space} AS namespace, r.{column} AS value, "
                f"{strong}, min(seq) FROM who w JOIN rows r USING (seq) "
                f"WHERE w.root IS NOT NULL AND r.{column} IS NOT NULL GROUP BY w.root, namespace, value"
            )
    scratch.run(f"CREATE OR REPLACE TABLE claim AS {_owned(scratch, told)}")
    scratch.run("DROP TABLE given")


def _owned(scratch: Scratch, told: Told) -> str:
    """What was given, each with whether it is certain, is somebody else's too, and is the root's best."""
    owner = doubled = "NULL"
    joined = ""
    # What all are known by alone, each gives alone.
    if sum(bool(told.given.get(one)) for one in _CLEAR[:3]) > 1:
        scratch.run(
            "CREATE OR REPLACE TEMP TABLE doubled AS SELECT kind, namespace, value, min(root) AS owner "
            "FROM given WHERE strong GROUP BY ALL HAVING count(*) > 1"
        )
        owner, doubled = "d.owner = c.root", "d.owner <> c.root"
        joined = "LEFT JOIN doubled d ON d.kind = c.kind AND d.namespace = c.namespace AND d.value = c.value"
    best = "c.kind = r.kind AND c.namespace = r.namespace AND c.value = r.value"
    first = "row_number() OVER (PARTITION BY c.root ORDER BY c.kind, c.value) = 1"
    ways = [(best, "r.kind <> 'mask'")]
    if any(told.given.get(one) for one in _HIDDEN):
        ways.append((first, "r.kind = 'mask'"))
    return " UNION ALL ".join(
        f"""
        SELECT c.root, c.kind, c.namespace, c.value, c.seq,
            c.strong AND coalesce({owner}, true) AS strong,
            c.strong AND coalesce({doubled}, false) AS shared, {is_best} AS is_best
        FROM given c JOIN root r ON r.root = c.root {joined} WHERE {whose}
        """
        for is_best, whose in ways
    )
