"""Who the records belong to, as far as the files themselves tell: roots, and what identifies them.

A *root* is one person of this import: all records with the same best identity (buyer id, else e-mail, else
phone, else name with address), joined with those that only gave one of the root's other identities. A person
known by masked values alone is a root for each record: a masked value never identifies.
"""

from __future__ import annotations

from crmcore.importing.staging.orders import Shape
from crmcore.importing.staging.rows import columns_of
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


def build_people(scratch: Scratch, shape: Shape, source: str, *, many: bool, by_key: bool) -> None:
    """Make `who` (for the first row of every record: its root), `root` and `claim`.

    `many`: some orders have several rows. `by_key`: see `MANY_PEOPLE`; else people are numbered as they come.
    """
    _known(scratch, shape, many=many)
    _keys(scratch, source)
    _links(scratch)
    _number(scratch, by_key=by_key)
    _roots(scratch)
    _claims(scratch, source)


def _known(scratch: Scratch, shape: Shape, *, many: bool) -> None:
    """`known`: the row that tells who a record belongs to, with the weight of the record."""
    record = shape.importer.record
    if record in ("order", "order_line"):
        first = "SELECT r.*, g.n_rows FROM rows r JOIN gathered g ON g.seq = r.seq"
        if not many:
            first = "SELECT *, 1 AS n_rows FROM rows WHERE problem IS NULL"
        scratch.run(
            "CREATE OR REPLACE VIEW known AS SELECT *, coalesce(placed_at, 0) AS seen, 1 + n_rows AS weight "
            f"FROM ({first})"
        )
        return
    if record in ("customer", "interaction"):
        present = columns_of(shape.fields)
        nobody = _none_of(_CLEAR + _HIDDEN, present)
        scratch.run(f"UPDATE kept SET problem = 'nobody:' WHERE problem IS NULL AND {nobody}")
        if record == "customer":
            # Nothing would know them again: each import would make them anew.
            scratch.run(
                f"UPDATE kept SET problem = 'masked:' WHERE problem IS NULL AND {_none_of(_CLEAR, present)}"
            )
    seen = 'coalesce("at", 0)' if record == "interaction" else "0"
    scratch.run(
        f"CREATE OR REPLACE VIEW known AS SELECT *, {seen} AS seen, 1 AS n_rows, 2 AS weight FROM rows WHERE "
        f"problem IS NULL"
    )


def _none_of(columns: tuple[str, ...], present: list[str]) -> str:
    return " AND ".join(f"{one} IS NULL" for one in columns if one in present) or "true"


def _keys(scratch: Scratch, source: str) -> None:
    """`who`: the best identity of every record, and the person it leads to within these files."""
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
        f"{clear} + seen * 10000000 + seq % 10000000 AS newness FROM known"
    )


def _links(scratch: Scratch) -> None:
    """`link`: from the only e-mail or phone of somebody to the one better known person who gave it too."""
    weaker = "pk LIKE 'email%' OR pk LIKE 'phone%'"
    if not scratch.one(f"SELECT count(*) FROM (SELECT 1 FROM key WHERE {weaker} LIMIT 1)"):
        scratch.run("CREATE OR REPLACE TEMP TABLE link(child VARCHAR, parent VARCHAR)")
        return
    scratch.run(
        f"""
        CREATE OR REPLACE TEMP TABLE link AS
        SELECT child, min(pk) AS parent FROM (
            SELECT DISTINCT pk, 'email' || {_SEPARATOR} || k.mail_space || {_SEPARATOR} || r.email AS child
                FROM key k JOIN rows r USING (seq) WHERE r.email IS NOT NULL AND pk LIKE 'buyer%'
            UNION SELECT DISTINCT pk, 'phone' || {_SEPARATOR} || {_SEPARATOR} || r.phone
                FROM key k JOIN rows r USING (seq) WHERE r.phone IS NOT NULL AND (pk LIKE 'buyer%' OR pk LIKE
                    'email%')
        ) WHERE child IN (SELECT pk FROM key WHERE {weaker}) GROUP BY child HAVING count(DISTINCT pk) = 1
        """
    )


def _number(scratch: Scratch, *, by_key: bool) -> None:
    """`numbered`: the root of each best identity, as they come or in their own order; and `who`."""
    scratch.run(
        """
        CREATE OR REPLACE TEMP TABLE of_pk AS
        SELECT pk, coalesce(b.parent, a.parent, pk) AS top, first FROM (SELECT pk, min(seq) AS first FROM key
            WHERE pk IS NOT NULL GROUP BY pk)
        LEFT JOIN link a ON a.child = pk LEFT JOIN link b ON b.child = a.parent
        """
    )
    by_key = by_key and scratch.one("SELECT count(*) FROM of_pk") >= MANY_PEOPLE
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


def _roots(scratch: Scratch) -> None:
    """`root`: the person's best identity, the row with the newest profile, and the chunk of the records."""
    # In two steps, and added up while the sorted rows come by: a window that sorts holds all of them in
    # memory at once, and beside a join there is no room for 600,000 people.
    scratch.run(
        f"""
        CREATE OR REPLACE TEMP TABLE told AS
        SELECT *, CAST((sum(weight) OVER (ROWS UNBOUNDED PRECEDING) - weight) // {CHUNK_WEIGHT} AS INTEGER)
            AS chunk
        FROM (
            SELECT root, sum(n_rows) AS n_rows, sum(weight) + 1 AS weight, nullif(min(seen), 0) AS seen,
                arg_max(seq, newness) AS newest
            FROM who WHERE root IS NOT NULL GROUP BY root ORDER BY root
        )
        """
    )
    scratch.run(
        f"""
        CREATE OR REPLACE TABLE root AS
        SELECT t.*, split_part(n.pk, {_SEPARATOR}, 1) AS kind, split_part(n.pk, {_SEPARATOR}, 2) AS namespace,
            split_part(n.pk, {_SEPARATOR}, 3) AS value, n.pk[1:4] NOT IN ('mask', 'name') AS strong
        FROM told t JOIN numbered n ON n.root = t.root AND n.is_top
        """
    )
    scratch.run("DROP TABLE told")


def _claims(scratch: Scratch, source: str) -> None:
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
    filled = {*scratch.columns("kept")}
    # Kind by kind, and nothing in a window that need not be: each step has room for a million people.
    scratch.run(
        "CREATE OR REPLACE TABLE given (root BIGINT, kind VARCHAR, namespace VARCHAR, value VARCHAR, "
        "strong BOOLEAN, seq BIGINT)"
    )
    for kind, space, column, strong in kinds:
        if column in filled:
            scratch.run(
                f"INSERT INTO given SELECT w.root, '{kind}', {space} AS namespace, r.{column} AS value, "
                f"{strong}, min(seq) FROM who w JOIN rows r USING (seq) "
                f"WHERE w.root IS NOT NULL AND r.{column} IS NOT NULL GROUP BY w.root, namespace, value"
            )
    scratch.run(
        "CREATE OR REPLACE TEMP TABLE doubled AS SELECT kind, namespace, value, min(root) AS owner "
        "FROM given WHERE strong GROUP BY ALL HAVING count(*) > 1"
    )
    best = "c.kind = r.kind AND c.namespace = r.namespace AND c.value = r.value"
    first = "row_number() OVER (PARTITION BY c.root ORDER BY c.kind, c.value) = 1"
    every = " UNION ALL ".join(
        f"""
        SELECT c.root, c.kind, c.namespace, c.value, c.seq,
            c.strong AND coalesce(d.owner = c.root, true) AS strong,
            c.strong AND coalesce(d.owner <> c.root, false) AS shared, {is_best} AS is_best
        FROM given c JOIN root r ON r.root = c.root LEFT JOIN doubled d
            ON d.kind = c.kind AND d.namespace = c.namespace AND d.value = c.value WHERE {whose}
        """
        for is_best, whose in ((best, "r.kind <> 'mask'"), (first, "r.kind = 'mask'"))
    )
    scratch.run(f"CREATE OR REPLACE TABLE claim AS {every}")
    scratch.run("DROP TABLE given")
