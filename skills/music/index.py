"""The index: what is known of each take, and the defaults "from now on", in one SQLite file.

The takes' own folders are the truth; the index can be made again from them at any time. Each call
opens the file, does one transaction and closes it, so several processes may work at once.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")
Row = dict[str, Any]

SCHEMA_VERSION: Final = 1
"""Kept in the file as ``user_version``."""
SCHEMA: Final = (
    """CREATE TABLE takes (
        name TEXT PRIMARY KEY, saved_at TEXT NOT NULL, seed INTEGER, seconds REAL, notes INTEGER,
        key TEXT, tempo_bpm REAL, model TEXT, changed TEXT,
        request TEXT NOT NULL, files TEXT NOT NULL
    )""",
    "CREATE TABLE defaults (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
COLUMNS: Final = (
    *("name", "saved_at", "seed", "seconds", "notes", "key", "tempo_bpm", "model", "changed"),
    *("request", "files"),
)
IN_JSON: Final = frozenset({"request", "files"})
WAIT_S: Final = 5.0
"""How long another process may hold the file."""
DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""Codes of a broken file, and of tables that are not the ones above."""


class IndexUnavailable(Exception):  # noqa: N818 - a state that is worked around, no failure
    """The index can be neither read nor written now; the text is one sentence."""


class Index:
    """The SQLite file; a damaged one is set aside and begun again, empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._checked = False

    def rows(self) -> dict[str, Row]:
        """Return what is known of each take, by name."""
        columns = ", ".join(COLUMNS)

        def read(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            return connection.execute(f"SELECT {columns} FROM takes").fetchall()

        return {row[0]: _row(row) for row in self._do(read)}

    def put(self, row: Mapping[str, Any]) -> None:
        """Write what is known of a take, in place of what was known before."""
        values = [json.dumps(row[c]) if c in IN_JSON else row[c] for c in COLUMNS]
        marks = ", ".join("?" * len(COLUMNS))
        self._do(lambda c: c.execute(f"INSERT OR REPLACE INTO takes VALUES ({marks})", values))

    def remove(self, name: str) -> None:
        """Forget a take."""
        self._do(lambda c: c.execute("DELETE FROM takes WHERE name = ?", (name,)))

    def defaults(self) -> dict[str, Any]:
        """Return the defaults by name; no file is made for that."""
        if not self.path.exists():
            return {}
        rows = self._do(lambda c: c.execute("SELECT name, value FROM defaults").fetchall())
        return {name: value for name, text in rows if (value := _loaded(text)) is not _BROKEN}

    def put_defaults(self, values: Mapping[str, Any]) -> None:
        """Keep these defaults; others stay."""
        rows = [(name, json.dumps(value)) for name, value in values.items()]
        self._do(lambda c: c.executemany("INSERT OR REPLACE INTO defaults VALUES (?, ?)", rows))

    def forget_defaults(self) -> None:
        """Drop all defaults."""
        if self.path.exists():
            self._do(lambda c: c.execute("DELETE FROM defaults"))

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do some work in one transaction; twice where the file was damaged the first time."""
        for last in (False, True):
            seen = _identity(self.path)
            try:
                return self._once(work)
            except sqlite3.Error as error:
                if last or not _is_damage(error):
                    raise IndexUnavailable(f"{self.path} cannot be used: {error}.") from error
                self._set_aside(seen, error)
        raise AssertionError

    def _once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with closing(sqlite3.connect(self.path, WAIT_S, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._prepare(connection)
            result = work(connection)
            connection.execute("COMMIT")
            return result

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables of a new file; check an old one, once a process."""
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise IndexUnavailable(f"{self.path} was written by a newer Encore.")
        if version == 0:
            for statement in SCHEMA:
                connection.execute(statement)
        if not self._checked and connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("its pages are damaged")
        self._checked = True

    def _set_aside(self, seen: int | None, error: sqlite3.Error) -> None:
        """Rename the damaged file, unless another process did so meanwhile."""
        if _identity(self.path) != seen:
            return
        beside = self.path.with_name
        name = self.path.name
        number = next(n for n in count(1) if not beside(f"{name}.damaged-{n}").exists())
        try:
            for ending in ("-journal", ""):  # an old journal would be played into the new file
                with suppress(FileNotFoundError):
                    beside(name + ending).rename(beside(f"{name}.damaged-{number}{ending}"))
        except OSError as failure:
            raise IndexUnavailable(f"{self.path} is damaged and cannot be renamed.") from failure
        log.warning(
            "The index of takes was damaged (%s): it was renamed to %s.damaged-%d and is made "
            "again from the takes; defaults that were said are forgotten.",
            *(error, name, number),
        )


_BROKEN: Final = object()


def _loaded(text: object) -> Any:
    try:
        return json.loads(str(text))
    except ValueError:
        return _BROKEN


def _row(values: tuple[Any, ...]) -> Row:
    row = dict(zip(COLUMNS, values, strict=True))
    request, files = _loaded(row["request"]), _loaded(row["files"])
    row["request"] = request if isinstance(request, dict) else {}
    row["files"] = [str(name) for name in files] if isinstance(files, list) else []
    return row


def _is_damage(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return type(error) is sqlite3.DatabaseError  # quick_check's, above
    return int(code) & 0xFF in DAMAGE


def _identity(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None
