"""The service's own database: what people read of it. The queue never needs it, and losing it loses no review.

Its tables are those of the code, which may only grow: a version that finds a table, an index or a column missing adds
it, whenever it opens the database. So no migration is written down, none can be forgotten, and the former version
still runs beside the new one on what it knows. Where nothing is missing nothing is asked for either, so that who may
only read and write rows can open what `greffier migrate` has made as another user.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import Unusable

LOCK = 0x67726566  # any number of our own


def opened(url: str, tables: sa.MetaData) -> sa.Engine:
    """Return the database at `url`, its `tables` and their columns created where they are missing.

    On SQLite it is a file that many processes share; what a statement holds never shows in an error.
    """
    made = sa.make_url(url)
    if made.get_backend_name() == "postgresql":
        made = made.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(made, hide_parameters=True)
    if made.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _prepare)
    for table in tables.sorted_tables:
        _fill(table)
    with engine.connect() as connection:
        missing = list(_missing(connection, tables))
    if missing:
        with engine.begin() as connection:
            _lock(connection)
            for statement in _missing(connection, tables):
                connection.execute(statement)
    return engine


def require_utf8(url: sa.URL, most: int) -> None:
    """Raise Unusable where a PostgreSQL database, which has `most` seconds to answer, is not in UTF-8: it would refuse
    some of what people write, or give it back as bytes. https://www.postgresql.org/docs/current/multibyte.html"""
    if url.get_backend_name() != "postgresql":
        return
    told = {"client_encoding": "utf8", "connect_timeout": most}
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg"), connect_args=told)
    with engine.connect() as connection:
        spelled = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    engine.dispose()
    if spelled != "UTF8":
        raise Unusable(
            f"La base de données est en {spelled}, il la faut en UTF8 : faites-en une par « createdb --encoding UTF8 "
            "--template template0 ».",
            f"The database is in {spelled}, it must be in UTF8: make one by “createdb --encoding UTF8 --template "
            "template0”.",
        )


def _lock(connection: sa.Connection) -> None:
    """Have other processes that open the database wait, until this transaction ends: of two that see something
    missing, the second one must look again."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _fill(table: sa.Table) -> None:
    """Have the columns that can't be null be zero or empty where a row says nothing of them: those that another
    version wrote, or writes beside this one."""
    for column in table.columns:
        if not column.nullable and not column.primary_key:
            nothing = "0" if isinstance(column.type, sa.Float | sa.Integer) else "''"
            column.server_default = sa.DefaultClause(sa.text(nothing))


def _missing(
    connection: sa.Connection, tables: sa.MetaData
) -> Iterator[sa.schema.ExecutableDDLElement | sa.TextClause]:
    """Yield what makes the tables, columns and indexes that are not there."""
    there = sa.inspect(connection)
    for table in tables.sorted_tables:
        if not there.has_table(table.name):
            yield sa.schema.CreateTable(table)
            yield from map(sa.schema.CreateIndex, table.indexes)
            continue
        columns = {column["name"] for column in there.get_columns(table.name)}
        for column in table.columns:
            if column.name not in columns:
                told = str(sa.schema.CreateColumn(column).compile(connection))
                yield sa.text(f"ALTER TABLE {table.name} ADD COLUMN {told}")
        indexes = {index["name"] for index in there.get_indexes(table.name)}
        yield from (sa.schema.CreateIndex(index) for index in table.indexes if index.name not in indexes)


def hurried(url: str, most: int) -> sa.Engine:
    """Return the database of the queue, for what may wait `most` seconds: the queue's own connections wait for a
    lock for as long as it is held, whatever they are told."""
    if sa.make_url(url).get_backend_name() == "sqlite":
        engine = sa.create_engine(url, connect_args={"timeout": most, "isolation_level": "IMMEDIATE"})
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
        return engine
    made = sa.make_url(url).set(drivername="postgresql+psycopg")
    waits = {"connect_timeout": most, "options": f"-c statement_timeout={most * 1000}"}
    return sa.create_engine(made, connect_args=waits, pool_timeout=most, pool_pre_ping=True)


def insert(engine: sa.Engine, table: sa.Table) -> Any:
    """Return an INSERT that may say what to do on a conflict, in the engine's dialect."""
    return (sqlite if engine.dialect.name == "sqlite" else postgresql).insert(table)


def _prepare(connection: Any, _record: Any) -> None:
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {setting}")
