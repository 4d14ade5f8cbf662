"""What is above an entity and the entity itself, held and locked by one statement where each level has one row."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import locking
from ocsportal.entities.store.chains import fetch_chain, way_up
from ocsportal.entities.store.reading import HOLD, LOCK, fetch_path
from ocsportal.transactions import edition
from ocsportal.transactions.errors import OperationRefused
from subscribers import operations as subscribers
from subscribers.models import Subscriber
from tests.entities.conftest import days
from tests.entities.tree import Tree
from tests.rest.test_queries import remember_configuration

UP = ("account", "customer")


@pytest.fixture
def tree(change: Any, other_reasons: None) -> Tree:
    """Customer c with accounts p and q; subscriber s on p, and t on a, which is below p."""
    made = Tree(change)
    made.customer("c")
    made.account("p")
    made.account("q")
    made.account("a", "p")
    made.subscribers("p", "s")
    made.subscribers("a", "t")
    return made


def rename(tree: Tree, name: str, **options: Any) -> Any:
    """Rename a subscriber."""
    change = tree.change(at=days(2), **options)
    subscribers.update_subscriber_custom_name(change, subscriber=Ref(external_id=name), custom_name="renamed")
    return change


def selected(captured: CaptureQueriesContext) -> list[str]:
    """Return the statements that read entities."""
    tables = ("customers_customer", "accounts_account", "subscribers_subscriber")
    return [
        query["sql"]
        for query in captured
        if query["sql"].startswith(("SELECT", "WITH")) and any(f'"{table}"' in query["sql"] for table in tables)
    ]


@pytest.mark.django_db
class TestOneStatement:
    def test_finds_the_way_and_one_more_takes_it(self, tree: Tree) -> None:
        rename(tree, "s")
        remember_configuration()
        with CaptureQueriesContext(connection) as captured:
            rename(tree, "s")
        assert len(selected(captured)) == 2

    def test_returns_each_row_whole_and_hung_below_the_next(self, tree: Tree) -> None:
        way = fetch_path(Subscriber, Ref(external_id="s"))
        assert way is not None
        assert way_up(way) == UP
        with CaptureQueriesContext(connection) as captured:
            found, above = fetch_chain(Subscriber, {"external_id": "s"}, UP, LOCK) or (None, [])
        asked = len(captured)
        assert [row.external_id for row in (*above, found)] == ["c", "p", "s"]
        assert (found.account, found.account.customer) == (above[1], above[0])
        assert not any(row.partial or row.torn for row in (*above, found))
        for row, model in zip((*above, found), (Customer, Account, Subscriber), strict=True):
            stands = model.objects.get(pk=row.pk)
            names = [field.attname for field in model._meta.concrete_fields]
            assert [getattr(row, name) for name in names] == [getattr(stands, name) for name in names]
        with CaptureQueriesContext(connection) as captured:
            assert [row.state_reason.code for row in (*above, found)] == ["dfltActive"] * 3
            assert (found.account.parent, found.account.customer.external_id) == (None, "c")
        assert (len(captured), asked >= 1) == (0, True)

    def test_is_of_the_edition_that_stands(self, tree: Tree) -> None:
        found, above = fetch_chain(Subscriber, {"external_id": "s"}, UP, HOLD) or (None, [])
        assert {row.stands for row in (*above, found)} == {edition.read()}

    @pytest.mark.parametrize("name", ["t", "nobody"])
    def test_finds_nothing_where_something_hangs_below_its_own_level(self, tree: Tree, name: str) -> None:
        assert fetch_chain(Subscriber, {"external_id": name}, UP, LOCK) is None
        way = fetch_path(Subscriber, Ref(external_id=name))
        assert way is None or way_up(way) is None


@pytest.mark.django_db
class TestRules:
    def test_below_its_own_level_it_is_done_level_by_level_with_no_statement_more(self, tree: Tree) -> None:
        rename(tree, "t")
        remember_configuration()
        with CaptureQueriesContext(connection) as captured:
            rename(tree, "t")
        # The way, the customer, the parents, each parent, the account, the subscriber.
        assert len(selected(captured)) == 6

    def test_an_account_that_was_hung_elsewhere_meanwhile_is_held_where_it_hangs(
        self, tree: Tree, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        genuine, tried = locking.fetch_chain, []

        def late(*given: Any) -> Any:
            if not tried:
                Account.objects.filter(external_id="p").update(parent=Account.objects.get(external_id="q"))
            tried.append(genuine(*given))
            return tried[-1]

        tree.go("q", "SUSPENDED", since=days(1))
        monkeypatch.setattr(locking, "fetch_chain", late)
        rename(tree, "s")
        assert tried == [None]
        # What hangs above it by now was held, and its due plan came into force first.
        assert tree.states("p", "q", "s") == ["ACTIVE", "SUSPENDED", "ACTIVE"]
        assert tree.row("s").custom_name == "renamed"

    @pytest.mark.parametrize("name", ["c", "p"])
    def test_a_due_plan_above_comes_first(self, tree: Tree, name: str) -> None:
        tree.go(name, "SUSPENDED", since=days(1))
        change = rename(tree, "s")
        assert change.due == {(type(tree.row(name)), tree.row(name).pk)}
        assert (tree.state(name), tree.row("s").custom_name) == ("SUSPENDED", "renamed")

    def test_a_due_plan_of_its_own_comes_first(self, tree: Tree) -> None:
        tree.go("s", "SUSPENDED", since=days(1))
        assert rename(tree, "s").due == set()
        assert (tree.state("s"), tree.row("s").custom_name) == ("SUSPENDED", "renamed")

    @pytest.mark.parametrize(("name", "parameter"), [("c", "customer"), ("p", "account"), ("s", "subscriber")])
    def test_what_is_deactivated_is_named(self, tree: Tree, name: str, parameter: str) -> None:
        kind = tree.kinds[name]
        kind._default_manager.filter(external_id=name).update(state="DEACTIVATED")
        before = tree.everything()
        with pytest.raises(OperationRefused) as refused:
            rename(tree, "s")
        assert (refused.value.code, refused.value.parameter) == ("CASM-STATE-DEACTIVATED", parameter)
        assert tree.everything() == before


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestOrder:
    """Who waits for something above has not locked what is below it, and who waits below holds all that is above."""

    def test_is_from_the_top_down(self, tree: Tree) -> None:
        for name, held in (("c", []), ("p", ["c"]), ("s", ["c", "p"])):
            with other() as first, ThreadPoolExecutor(1) as pool:
                first.execute(f"SELECT 1 FROM {table(tree, name)} WHERE external_id = %s FOR UPDATE", [name])
                waiting = pool.submit(self.renaming, tree)
                until_somebody_waits(first)
                assert [one for one in "cps" if one != name and not free(tree, one)] == held
                first.rollback()
                waiting.result(20)
        assert tree.row("s").version == 4

    @staticmethod
    def renaming(tree: Tree) -> None:
        try:
            rename(tree, "s")
        finally:
            connection.close()


@contextmanager
def other() -> Iterator[psycopg.Connection[Any]]:
    """A session of its own, which takes back what it did."""
    known = connection.settings_dict
    address = {"host": known["HOST"], "port": known["PORT"], "user": known["USER"], "dbname": known["NAME"]}
    with psycopg.connect(**address) as session:
        yield session
        session.rollback()


def table(tree: Tree, name: str) -> str:
    return tree.kinds[name]._meta.db_table


def free(tree: Tree, name: str) -> bool:
    """Whether somebody else could write a row."""
    with other() as session:
        try:
            session.execute(
                f"SELECT 1 FROM {table(tree, name)} WHERE external_id = %s FOR NO KEY UPDATE NOWAIT", [name]
            )
        except psycopg.errors.LockNotAvailable:
            return False
        return True


def until_somebody_waits(session: psycopg.Connection[Any]) -> None:
    """Return when another session waits for a lock."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with other() as looking:
        for _ in range(400):
            found = looking.execute(waits).fetchone()
            if found and found[0]:
                return
            looking.execute("SELECT pg_sleep(0.05), pg_stat_clear_snapshot()")
    raise AssertionError("Nobody waits.")
