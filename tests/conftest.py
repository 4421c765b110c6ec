"""What tests share: real databases of both kinds, made cheaply, and a clock that stands still."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa

from crmcore.records.clock import Clock
from crmcore.store.database import Database
from crmcore.store.migrations import migrate
from crmcore.store.settings import ShopSettings, write_settings
from tests import postgresql_server
from tests.quick_start import quick_start

SETTINGS = ShopSettings("CNY", "Asia/Shanghai", "zh")
# 2026-03-05 10:00 in Shanghai, a Thursday.
NOW = 1_772_676_000
# The one server of a run, and where the shared data lie: what the tests are told by their environment.
_OURS = (postgresql_server.FOLDER_VARIABLE, "CRM_SHARED_DATA")


# A busy machine draws an example slowly, and works on it slowly: that says nothing of the code.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the run's first process; workers inherit its environment
        # Hundreds of processes are started: where none may keep what it compiled, each would do it again.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        # The keyring of whoever runs the tests is none of theirs; those that need one bring it.
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        # A shell lets what it starts in the background ignore Ctrl-C, and everything that starts in turn.
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        folder = postgresql_server.claim_folder()
        config.add_cleanup(lambda: postgresql_server.stop(folder))


def pytest_collection_finish() -> None:
    """What lives as long as the run is not looked through again and again for garbage: a tenth of the run's work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 10, 10)  # most tests are over before they have made so much


def _fill(url: str) -> None:
    database = Database(url)
    migrate(database)
    with database.write("settings", actor="test", kind="settings") as write:
        write_settings(write, SETTINGS)
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated shop, to be copied."""
    path = tmp_path_factory.mktemp("template") / "shop.db"
    _fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_server_url() -> str:
    """The run's PostgreSQL server; `{database}` stands for the name of a database."""
    folder = postgresql_server.start()
    return f"postgresql://postgres@/{{database}}?host={folder}"


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server_url: str) -> str:
    """The name of an empty migrated database, to be copied."""
    name = f"template_{uuid.uuid4().hex}"
    _on_server(postgresql_server_url, f"CREATE DATABASE {name}")
    _fill(postgresql_server_url.format(database=name))
    return name


def _on_server(server_url: str, statement: str) -> None:
    engine = sa.create_engine(
        sa.make_url(server_url.format(database="postgres")).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.pool.NullPool,
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def postgresql_url(postgresql_server_url: str, postgresql_template: str) -> Iterator[str]:
    """The URL of a PostgreSQL database of its own with an empty migrated shop."""
    name = f"test_{uuid.uuid4().hex}"
    # Files copied as files: a tenth of the time that writing them to the log first takes.
    copied = f"TEMPLATE {postgresql_template} STRATEGY FILE_COPY"
    _on_server(postgresql_server_url, f"CREATE DATABASE {name} {copied}")
    yield postgresql_server_url.format(database=name)
    _on_server(postgresql_server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_postgresql_url(postgresql_server_url: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without any table."""
    name = f"test_{uuid.uuid4().hex}"
    _on_server(postgresql_server_url, f"CREATE DATABASE {name} STRATEGY FILE_COPY")
    yield postgresql_server_url.format(database=name)
    _on_server(postgresql_server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a SQLite file of its own with an empty migrated shop."""
    path = tmp_path / "shop.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def open_database() -> Iterator[Callable[[str], Database]]:
    """Opens databases and closes them when the test is over."""
    opened: list[Database] = []

    def open_(url: str) -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield open_
    for database in opened:
        database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, open_database: Callable[[str], Database]) -> Database:
    """An empty shop (CNY, Asia/Shanghai, zh), once on SQLite and once on PostgreSQL."""
    return open_database(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def sqlite_database(sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
    """An empty shop on SQLite, for tests that the kind of database does not matter to."""
    return open_database(sqlite_url)


@pytest.fixture
def postgresql_database(postgresql_url: str, open_database: Callable[[str], Database]) -> Database:
    """An empty shop on PostgreSQL."""
    return open_database(postgresql_url)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still at 2026-03-05 10:00 in Shanghai."""
    return Clock("Asia/Shanghai", NOW)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the shop or language of whoever runs it."""
    for name in [one for one in os.environ if one.startswith("CRM_") and one not in _OURS]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _quick_start() -> Iterator[None]:
    """Processes begin without doing the imports of all the others once more: see quick_start.py."""
    with quick_start():
        yield


@pytest.fixture(scope="session", autouse=True)
def _frozen() -> Iterator[None]:
    """An import puts aside what was there before it; its end would bring back what the run has put aside."""
    from crmcore.importing import run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_nothing_old_to_search", contextlib.nullcontext)
        yield


@pytest.fixture(scope="session", autouse=True)
def _patient() -> Iterator[None]:
    """What a person at a desk is not kept waiting for may take a busy machine longer: the rest is asked as usual."""
    from crmcore.cli import app
    from crmcore.demo import making
    from crmcore.desk import advice, pages
    from crmcore.hooks import testing
    from crmcore.messages import channels

    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (advice, "SECONDS"),
            (pages, "SECONDS"),
            (testing, "_CARD_SECONDS"),
            (testing, "_LOAD_SECONDS"),
            (channels, "_QUICK_SECONDS"),
            (app, "PATIENCE"),
            (making, "_FACTS_SECONDS"),
        ):
            patch.setattr(module, name, 600.0)
        yield
