"""Imports that are held where a test wants them, so that nothing depends on who is quicker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

# Whatever number no other lock has.
_LOCK = 4711
_GATE = f"""
CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock({_LOCK}); RETURN NEW; END $$;
CREATE TRIGGER gate BEFORE UPDATE ON imports FOR EACH ROW WHEN (NEW.chunks_done > 1)
EXECUTE FUNCTION wait_at_the_gate()
"""


@contextmanager
def after_the_first_chunk(url: str) -> Iterator[None]:
    """While the block runs, no import into that PostgreSQL shop comes further than its first chunk."""
    engine = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"), poolclass=sa.pool.NullPool
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(_GATE)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        yield
    engine.dispose()
