"""The service's own database: what people read of it. The queue never needs it, and losing it loses no review.

Its tables are those of the code, which may only grow: a version that finds a table, an index or a column missing adds
it, whenever it opens the database. So no migration is written down, none can be forgotten, and the former version
still runs beside the new one on what it knows.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

_LOCK = 0x67726566  # any number of our own


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
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # where IF NOT EXISTS alone fails for two that start at once
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        for table in tables.sorted_tables:
            _fill(table)
            connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
            _grow(connection, table)
            for index in table.indexes:
                connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
    return engine


def _fill(table: sa.Table) -> None:
    """Have the columns that can't be null be zero or empty where a row says nothing of them: those that another
    version wrote, or writes beside this one."""
    for column in table.columns:
        if not column.nullable and not column.primary_key:
            nothing = "0" if isinstance(column.type, sa.Float | sa.Integer) else "''"
            column.server_default = sa.DefaultClause(sa.text(nothing))


def _grow(connection: sa.Connection, table: sa.Table) -> None:
    """Add the columns that a former version did not know."""
    known = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in known:
            told = str(sa.schema.CreateColumn(column).compile(connection))
            connection.execute(sa.text(f"ALTER TABLE {table.name} ADD COLUMN {told}"))


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
