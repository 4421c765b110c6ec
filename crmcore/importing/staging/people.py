"""Who the records belong to, as far as the files themselves tell: roots, and what identifies them.

A *root* is one person of this import: all records with the same best identity (buyer id, else e-mail, else
phone, else name with address), joined with those that only gave one of the root's other identities. A person
known by masked values alone is a root for each record: a masked value never identifies.
"""

from __future__ import annotations

from crmcore.importing.staging.orders import PERSON, Shape
from crmcore.importing.staging.rows import COLUMNS, PROFILE, WORDS, columns_of
from crmcore.importing.staging.scratch import Scratch, literal, name

# About this many orders and lines go into one chunk, which keeps the shop's write lock below 0.2 s.
CHUNK_WEIGHT = 6_000
_MASK_SIGN = "[*＊•●×]"
_SEPARATOR = "chr(31)"


def build_people(scratch: Scratch, shape: Shape, source: str) -> None:
    """Make `who` (a row a record, with its root), `root` and `claim`."""
    _who(scratch, shape)
    scratch.widen("w", "known", {one: COLUMNS[one] for one in (*PERSON, "note", "extra")})
    _keys(scratch, source)
    scratch.widen("who", "keyed", {one: COLUMNS[one] for one in (*PERSON, "note", "extra")})
    _roots(scratch, shape)
    _claims(scratch, source)


def _who(scratch: Scratch, shape: Shape) -> None:
    present = columns_of(shape.fields)
    person = "".join(f", {name(one)}" for one in PERSON if one in present)
    texts = "".join(f", {one}" for one in ("note", "extra") if one in present and shape.importer.record == "customer")
    if shape.importer.record in ("order", "order_line"):
        scratch.run(
            f"CREATE OR REPLACE TABLE known AS SELECT number, seq, coalesce(placed_at, 0) AS seen, n_rows, "
            f"1 + n_rows AS weight{person} FROM o"
        )
        return
    seen = 'coalesce("at", 0)' if shape.importer.record == "interaction" else "0"
    if shape.importer.record == "customer":
        nobody = "coalesce(buyer_ref, email, phone, name_address, buyer_ref_mask, email_mask, phone_mask) IS NULL"
        scratch.run(f"UPDATE kept SET problem = 'nobody:' WHERE problem IS NULL AND {nobody}")
    scratch.run(
        f"CREATE OR REPLACE TABLE known AS SELECT number, seq, {seen} AS seen, 1 AS n_rows, 2 AS weight{texts}{person} "
        "FROM rows WHERE problem IS NULL"
    )


def _keys(scratch: Scratch, source: str) -> None:
    """`who`: the best identity of every record, and the person it leads to within these files."""
    alias = "email LIKE '%@marketplace.amazon.%'"
    mail_space = f"CASE WHEN {alias} THEN {literal(source)} ELSE '' END"
    key = f"""CASE
        WHEN buyer_ref IS NOT NULL THEN 'buyer' || {_SEPARATOR} || {literal(source)} || {_SEPARATOR} || buyer_ref
        WHEN email IS NOT NULL THEN 'email' || {_SEPARATOR} || {mail_space} || {_SEPARATOR} || email
        WHEN phone IS NOT NULL THEN 'phone' || {_SEPARATOR} || '' || {_SEPARATOR} || phone
        WHEN name_address IS NOT NULL THEN 'name_address' || {_SEPARATOR} || '' || {_SEPARATOR} || name_address
        WHEN coalesce(buyer_ref_mask, phone_mask, email_mask) IS NOT NULL
            THEN 'mask' || {_SEPARATOR} || '' || {_SEPARATOR} || number
        END"""
    scratch.run(f"CREATE OR REPLACE VIEW k AS SELECT *, {mail_space} AS mail_space, {key} AS pk FROM w")
    # Somebody known only by an e-mail or phone that exactly one better known person also gave is that person.
    scratch.run(
        f"""
        CREATE OR REPLACE TEMP TABLE link AS
        SELECT child, min(pk) AS parent FROM (
            SELECT pk, 'email' || {_SEPARATOR} || mail_space || {_SEPARATOR} || email AS child FROM k
                WHERE email IS NOT NULL AND pk LIKE 'buyer%'
            UNION SELECT pk, 'phone' || {_SEPARATOR} || '' || {_SEPARATOR} || phone FROM k
                WHERE phone IS NOT NULL AND (pk LIKE 'buyer%' OR pk LIKE 'email%')
        ) WHERE child IN (SELECT pk FROM k WHERE pk NOT LIKE 'buyer%') GROUP BY child HAVING count(DISTINCT pk) = 1
        """
    )
    scratch.run(
        """
        CREATE OR REPLACE TEMP TABLE of_pk AS
        SELECT pk, coalesce(b.parent, a.parent, pk) AS top, first FROM (SELECT pk, min(seq) AS first FROM k WHERE pk IS NOT NULL GROUP BY pk)
        LEFT JOIN link a ON a.child = pk LEFT JOIN link b ON b.child = a.parent
        """
    )
    scratch.run(
        """
        CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT pk, root, top = pk AS is_top FROM of_pk
        JOIN (SELECT top AS t, row_number() OVER (ORDER BY min(first)) AS root FROM of_pk GROUP BY top) ON t = top
        """
    )
    scratch.run(
        "CREATE OR REPLACE TABLE keyed AS SELECT known.*, k.mail_space, n.root FROM known JOIN k USING (seq) "
        "LEFT JOIN numbered n ON n.pk = k.pk ORDER BY known.seq"
    )


def _roots(scratch: Scratch, shape: Shape) -> None:
    """`root`: the person's best identity and newest profile, and the chunk all her records go into."""
    newest = "seen * 10000000 + seq % 10000000"

    def last(column: str, *, visible: bool = False) -> str:
        plain = f"arg_max({name(column)}, {newest})"
        if not visible:
            return plain
        clear = f"arg_max({name(column)}, {newest}) FILTER (WHERE NOT regexp_matches({name(column)}, '{_MASK_SIGN}'))"
        return f"coalesce({clear}, {plain})"

    said = shape.fields | ({"name"} if shape.fields & {"first_name", "last_name"} else set())
    owned = shape.importer.record == "customer"
    columns = {
        one: last(one, visible=one in ("name", "nickname", "address")) if one in said else "NULL"
        for one in PROFILE
        if owned or one not in ("note", "extra")
    }
    for one in PROFILE:
        columns.setdefault(one, "NULL")
    if owned and any(one.startswith("extra.") for one in said):
        columns["extra"] = last("extra")
    columns |= {one: last(one) if one in said else "NULL" for one in WORDS if one not in PROFILE}
    # A masked buyer with nothing else to be called by is shown by the mask.
    columns["nickname"] = f"coalesce({columns['nickname']}, {last('buyer_ref_shown')})" if "buyer_ref" in said else columns["nickname"]
    listed = ", ".join(f"CAST({way} AS VARCHAR) AS {name(column)}" for column, way in columns.items())
    scratch.run(
        f"""
        CREATE OR REPLACE TABLE root AS
        WITH g AS (
            SELECT root, sum(n_rows) AS n_rows, sum(weight) + 1 AS weight, nullif(min(seen), 0) AS seen, {listed}
            FROM who WHERE root IS NOT NULL GROUP BY root
        )
        SELECT g.*, split_part(n.pk, {_SEPARATOR}, 1) AS kind, split_part(n.pk, {_SEPARATOR}, 2) AS namespace,
            split_part(n.pk, {_SEPARATOR}, 3) AS value, n.pk[1:4] NOT IN ('mask', 'name') AS strong,
            CAST((sum(weight) OVER (ORDER BY g.root) - weight) // {CHUNK_WEIGHT} AS INTEGER) AS chunk
        FROM g JOIN numbered n ON n.root = g.root AND n.is_top ORDER BY g.root
        """
    )


def _claims(scratch: Scratch, source: str) -> None:
    """`claim`: everything that identifies each root; a strong value given by two belongs to the first."""
    parts = [
        f"SELECT root, seq, 'buyer' AS kind, {literal(source)} AS namespace, buyer_ref AS value, buyer_ref_shown AS shown, true AS strong FROM who WHERE buyer_ref IS NOT NULL",
        "SELECT root, seq, 'email', mail_space, email, email_shown, true FROM who WHERE email IS NOT NULL",
        "SELECT root, seq, 'phone', '', phone, phone_shown, true FROM who WHERE phone IS NOT NULL",
        "SELECT root, seq, 'name_address', '', name_address, name || ' ' || address, false FROM who WHERE name_address IS NOT NULL",
        f"SELECT root, seq, 'buyer', {literal(source)}, buyer_ref_mask, buyer_ref_shown, false FROM who WHERE buyer_ref_mask IS NOT NULL",
        "SELECT root, seq, 'email', '', email_mask, email_shown, false FROM who WHERE email_mask IS NOT NULL",
        "SELECT root, seq, 'phone', '', phone_mask, phone_shown, false FROM who WHERE phone_mask IS NOT NULL",
    ]
    scratch.run(
        f"""
        CREATE OR REPLACE TABLE claim AS
        WITH every AS (
            SELECT root, kind, namespace, value, arg_min(shown, seq) AS shown, bool_or(strong) AS strong
            FROM ({" UNION ALL ".join(parts)}) WHERE root IS NOT NULL GROUP BY root, kind, namespace, value
        ), owned AS (
            SELECT *, root = min(root) OVER (PARTITION BY kind, namespace, value, strong) AS is_first FROM every
        )
        SELECT c.root, c.kind, c.namespace, c.value, coalesce(c.shown, c.value) AS shown,
            c.strong AND c.is_first AS strong, c.strong AND NOT c.is_first AS shared,
            CASE WHEN r.kind = 'mask' THEN row_number() OVER (PARTITION BY c.root ORDER BY c.kind, c.value) = 1
                ELSE c.kind = r.kind AND c.namespace = r.namespace AND c.value = r.value END AS is_best,
            CASE WHEN c.kind = 'phone' THEN nullif(regexp_extract(c.value, '[0-9]{{4}}$'), '') END AS tail,
            CASE WHEN NOT c.strong AND c.kind <> 'name_address' THEN
                regexp_extract(c.value, '^[^*＊•●×]*') || '*' || regexp_extract(c.value, '[^*＊•●×]*$') END AS mask_key
        FROM owned c JOIN root r ON r.root = c.root ORDER BY c.root, c.kind, c.namespace, c.value
        """
    )
