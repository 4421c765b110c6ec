"""One rule, one meaning: in memory, on SQLite and on PostgreSQL, for any rule and any customers."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.records.clock import Clock
from crmcore.rules.bind import Definition, bind
from crmcore.rules.bound import Bound
from crmcore.rules.explain import describe, explain
from crmcore.rules.fields import FieldType
from crmcore.rules.memory import matches
from crmcore.rules.tree import Node
from crmcore.rules.where import where
from crmcore.segments.plugin_tests import PluginTests
from crmcore.segments.question import Question, Sources
from crmcore.store.database import Database
from crmcore.store.events import streams
from tests.examples import examples
from tests.rules import strategies
from tests.rules.oracle import means
from tests.rules.people import CARDS, CATALOGUE, Person, Stored, add_fact_columns, store
from tests.rules.probes import Probe, probes

SEGMENTS = {
    "regulars": Definition((where("orders") >= 2).tree),
    "silent": Definition((~(where("days_since_last_order") < 90)).tree),
}
SOURCES = Sources(CARDS, streams().get)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def with_facts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A shop whose cards have the columns of plugins' facts; every example takes back what it wrote."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("rules") / "shop.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        database = Database(f"sqlite:///{path}")
    else:
        database = Database(request.getfixturevalue("module_postgresql_url"))
    with database.engine.connect() as connection, connection.begin():
        add_fact_columns(connection)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def module_postgresql_url(postgresql_server_url: str, postgresql_template: str) -> Iterator[str]:
    """A PostgreSQL database for the whole module."""
    server = sa.create_engine(
        sa.make_url(postgresql_server_url.format(database="postgres")).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
    )
    name = f"rules_{uuid.uuid4().hex}"
    with server.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} TEMPLATE {postgresql_template} STRATEGY FILE_COPY"
        )
        yield postgresql_server_url.format(database=name)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


# Occasions are compared in tests/calendar.
_KINDS = [kind for kind in FieldType if kind not in (FieldType.EVENTS, FieldType.OCCASION)]
_LONG = settings(
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@settings(_LONG, max_examples=examples(15))
@given(rule=strategies.rules, people=strategies.people, clock=strategies.clocks())
def test_any_rule_has_the_same_members_everywhere(
    with_facts: Database, rule: Node, people: list[Person], clock: Clock
) -> None:
    _agree(with_facts, [rule], people, clock)


@pytest.mark.parametrize("kind", _KINDS)
@settings(_LONG, max_examples=examples(5))
@given(data=st.data())
def test_every_comparison_draws_the_same_line_everywhere(
    with_facts: Database, kind: FieldType, data: st.DataObject
) -> None:
    probe = data.draw(probes(kind))
    _agree(with_facts, probe.rules, probe.people, probe.clock)


@pytest.mark.stress
@settings(_LONG, max_examples=800)
@given(
    rule=strategies.rules,
    people=strategies.people,
    clock=strategies.clocks(),
    probe=st.sampled_from(_KINDS).flatmap(probes),
)
def test_hundreds_of_rules_mean_the_same_everywhere(
    with_facts: Database, rule: Node, people: list[Person], clock: Clock, probe: Probe
) -> None:
    _agree(with_facts, [rule], people, clock)
    _agree(with_facts, probe.rules, probe.people, probe.clock)


def _agree(database: Database, rules: list[Node], people: list[Person], clock: Clock) -> None:
    with database.engine.connect() as connection, connection.begin() as transaction:
        stored = store(connection, people)
        for rule in rules:
            bound = bind(rule, CATALOGUE, currency="CNY", segments=SEGMENTS)
            _agree_on(bound, stored, Question(connection, bound, clock, SOURCES, PluginTests(list)))
        transaction.rollback()


def _agree_on(bound: Bound, stored: Stored, question: Question) -> None:
    in_database, counted, clock = list(question.ids()), question.count(), question.clock
    cards = stored.cards.items()
    in_memory = [id_ for id_, card in cards if matches(bound, card, clock, stored.events[id_])]
    meant = [id_ for id_, card in cards if means(bound, card, clock, stored.events[id_])]
    told = [
        id_ for id_, card in cards if explain(bound, card, clock, stored.events[id_], currency="CNY").held
    ]
    assert in_memory == meant
    assert in_database == meant
    assert told == meant
    assert counted == len(meant)
    assert describe(bound, clock, "CNY")
