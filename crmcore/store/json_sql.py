"""Reading one key out of a column of JSON text, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class _JsonText(sa.sql.functions.GenericFunction[str]):
    """Key `key` of the JSON object in a text column, as text; NULL when absent or no scalar."""

    name = "crm_json_text"
    inherit_cache = True
    type = sa.Text()


class _JsonInteger(sa.sql.functions.GenericFunction[int]):
    """Key `key` of the JSON object in a text column, when it is a number, cut to an integer; else NULL."""

    name = "crm_json_integer"
    inherit_cache = True
    type = sa.BigInteger()


def json_text(column: sa.ColumnElement[Any], key: str) -> sa.ColumnElement[Any]:
    """The text under `key` (an identifier) of the JSON object that `column` holds; else NULL."""
    return _JsonText(column, sa.literal_column(_quoted(key)))


def json_integer(column: sa.ColumnElement[Any], key: str) -> sa.ColumnElement[Any]:
    """The number under `key` of the JSON object that `column` holds, cut to an integer; else NULL."""
    return _JsonInteger(column, sa.literal_column(_quoted(key)))


def _quoted(key: str) -> str:
    if not key.isidentifier():
        raise ValueError(f"{key!r} cannot be a key here")
    return f"'{key}'"


def _parts(element: Any, compiler: SQLCompiler, **kw: Any) -> tuple[str, str]:
    column, key = element.clauses
    return compiler.process(column, **kw), compiler.process(key, **kw)


@compiles(_JsonText, "sqlite")
def _text_sqlite(element: _JsonText, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = _parts(element, compiler, **kw)
    return f"json_extract({column}, '$.' || {key})"


@compiles(_JsonText, "postgresql")
def _text_postgresql(element: _JsonText, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = _parts(element, compiler, **kw)
    return f"(CAST({column} AS jsonb) ->> {key})"


@compiles(_JsonInteger, "sqlite")
def _integer_sqlite(element: _JsonInteger, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = _parts(element, compiler, **kw)
    found = f"CAST(json_extract({column}, '$.' || {key}) AS INTEGER)"
    return f"CASE WHEN json_type({column}, '$.' || {key}) IN ('integer', 'real') THEN {found} END"


@compiles(_JsonInteger, "postgresql")
def _integer_postgresql(element: _JsonInteger, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = _parts(element, compiler, **kw)
    found = f"CAST(trunc(CAST(CAST({column} AS jsonb) ->> {key} AS numeric)) AS bigint)"
    return f"CASE WHEN jsonb_typeof(CAST({column} AS jsonb) -> {key}) = 'number' THEN {found} END"
