"""Tables filled by SQL with as many rows as are asked for: a few rare ones among them, all else frequent.

Each row is a copy of one that the examples of REST made, with other IDs, names, states and references. What is rare is
held by seven rows, and what is unused by none, however many rows there are.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from accounts.models import Account, AccountSegment, AccountType
from balances.models import Balance
from customers.models import Customer, CustomerSegment
from ocsportal.entities.models import ConfigurationItem, StateReason, entity_models
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Offer, Service, Subscription
from subscribers.models import ResourceType, Subscriber, SubscriberResource, SubscriberSegment
from tests.asleep import triggers_asleep
from tests.client import RestClient
from tests.world import world

# The key of the first row that is filled in; those before it are the examples'.
FIRST = 1_000_000
# The rows that have a page: their first version is in the history.
KNOWN = (1, 500)
RARE = "n % 150 = 75 AND n < 1000"
BEGIN = "TIMESTAMPTZ '2026-01-01'"
HELD = SubscriberResource.history.model
FILLED: tuple[Any, ...] = (
    Customer, Account, Subscriber, SubscriberResource, HELD, Subscription, Balance, BusinessTransaction,
)  # fmt: skip
CONFIGURATION: tuple[type[ConfigurationItem], ...] = (CustomerSegment, AccountSegment, SubscriberSegment, AccountType)


def rarely(rare: Any, frequent: Any) -> str:
    """Return the SQL of a column that has one value in the rare rows and another one in all others."""
    return f"CASE WHEN {RARE} THEN {rare} ELSE {frequent} END"


def number(name: str) -> str:
    """Return the SQL of a text that no other row has."""
    return f"'{name}' || lpad(n::text, 13, '0')"


def searched(*texts: str) -> str:
    """Return the SQL of a search text, of plain words, as ocsportal/values/searching.py would make it."""
    return " || ".join(["' '", *(f"lower({text}) || ' '" for text in texts)])


def entity(letter: str, *found_by: str, **columns: str) -> dict[str, str]:
    """Return the columns that the rows of every level have of their own; `found_by` is what their search texts say besides."""
    fraud = StateReason.objects.get(code="fraud").pk
    plan = (
        "CASE WHEN n % 150 = 30 AND n < 1000 THEN 'PENDING' WHEN n % 150 = 60 AND n < 1000 THEN 'REFUSED' "
        "WHEN n % 3 = 2 THEN 'SCHEDULED' ELSE '' END"
    )
    name = rarely("'Zarathustra Xylander'", f"CASE n % 7 WHEN 0 THEN 'Name Tied' ELSE {number('Name ')} END")
    return {
        "id": f"{FIRST} + n",
        "ref_id": number(letter),
        "external_id": number(f"{letter}-"),
        "custom_name": name,
        "search_text": searched(f"{name} || ' !'", *found_by, rarely("'gold'", "'tin'")),
        "custom_attributes": rarely("""'{"tier": "gold"}'::jsonb""", """'{"tier": "tin"}'::jsonb"""),
        "state": rarely("'SUSPENDED'", "CASE n % 4 WHEN 3 THEN 'DEACTIVATED' ELSE 'ACTIVE' END"),
        "plan_status": plan,
        "plan_state": f"CASE {plan} WHEN '' THEN '' ELSE 'SUSPENDED' END",
        "plan_reason_id": f"CASE {plan} WHEN '' THEN NULL ELSE {fraud} END",
        "plan_valid_from": f"CASE {plan} WHEN '' THEN NULL WHEN 'PENDING' THEN {BEGIN} ELSE '2099-01-01' END",
        "changed_at": f"{BEGIN} + n * INTERVAL '1 second'",
        **columns,
    }


def _key(model: type[ConfigurationItem], code: str) -> int:
    return model._default_manager.get(code=code).pk


def _tables() -> Iterator[tuple[Any, dict[str, str]]]:
    """Yield each table with the SQL of the columns in which its rows differ from the example's."""
    legal = rarely("'Zarathustra Xylander'", number("Legal "))
    yield (
        Customer,
        entity(
            "C",
            f"{legal} || ' #'",
            number("mail@"),
            number("49"),
            segment_id=rarely(_key(CustomerSegment, "rare"), _key(CustomerSegment, "b2c")),
            test_customer=rarely("true", "false"),
            contact_name=legal,
            contact_email=number("mail@"),
            contact_phone=number("+49"),
        ),
    )
    yield (
        Account,
        entity(
            "A",
            # A quarter belongs to the first customer, and hangs below its first account.
            customer_id=f"{FIRST} + CASE n % 4 WHEN 1 THEN 1 ELSE n END",
            parent_id=f"CASE WHEN n % 4 = 1 AND n > 1 THEN {FIRST} + 1 END",
            segment_id=rarely(_key(AccountSegment, "rare"), _key(AccountSegment, "b2c")),
            account_type_id=rarely(_key(AccountType, "rare"), _key(AccountType, "payer")),
            test_account=rarely("true", "false"),
        ),
    )
    yield (
        Subscriber,
        entity(
            "S",
            account_id=f"{FIRST} + CASE n % 4 WHEN 2 THEN 1 ELSE n END",
            segment_id=rarely(_key(SubscriberSegment, "rare"), _key(SubscriberSegment, "standard")),
        ),
    )
    yield (
        SubscriberResource,
        {
            "id": f"{FIRST} + n",
            "ref_id": number("R"),
            "subscriber_id": f"{FIRST} + n",
            "resource_type_id": rarely(_key(ResourceType, "ICCID"), _key(ResourceType, "MSISDN")),
            "value": number("49"),
            "valid_to": "CASE WHEN n % 150 = 15 AND n < 1000 THEN TIMESTAMPTZ '2099-01-01' END",
        },
    )
    told = {"history_id": f"{FIRST} + n", "id": f"{FIRST} + n", "history_date": f"{BEGIN} + n * INTERVAL '1 second'"}
    yield HELD, told
    yield (
        Subscription,
        entity(
            "O",
            customer_id=f"CASE n % 3 WHEN 0 THEN {FIRST} + CASE n % 2 WHEN 0 THEN n ELSE 1 END END",
            account_id=f"CASE n % 3 WHEN 1 THEN {FIRST} + CASE n % 2 WHEN 0 THEN n ELSE 1 END END",
            subscriber_id=f"CASE n % 3 WHEN 2 THEN {FIRST} + CASE n % 2 WHEN 0 THEN n ELSE 1 END END",
            offer_id=rarely(_key(Offer, "unlimitedVoice"), _key(Offer, "dataBundle10")),
        ),
    )
    yield (
        BusinessTransaction,
        {
            "id": f"{FIRST} + n",
            "request_id": number("filled-"),
            "operation": rarely("'RareOperation'", "'UpdateCustomer'"),
            "channel": rarely("'IMPORT'", "'REST'"),
            "at": f"{BEGIN} + n * INTERVAL '1 second'",
        },
    )
    money = "n % 150 = 45 AND n < 1000"
    services = {name: _key(Service, name) for name in ("data", "voice", "monetaryBalance")}
    euro = Account.objects.get(external_id="acc-1").currency_id
    yield (
        Balance,
        {
            "id": f"{FIRST} + n",
            "ref_id": number("B"),
            "subscription_id": f"{FIRST} + n",
            "service_id": f"CASE WHEN {money} THEN {services['monetaryBalance']} "
            f"ELSE {rarely(services['voice'], services['data'])} END",
            "units": f"CASE WHEN {money} THEN '' ELSE 'MEGABYTE' END",
            "currency_id": f"CASE WHEN {money} THEN {euro} END",
            "changed_at": f"{BEGIN} + n * INTERVAL '1 second'",
        },
    )


def fill(api: RestClient, first: int, last: int) -> None:
    """Fill in the rows of these numbers, the examples and the configuration before the first one; commit."""
    if first == 1:
        for path, body in world():
            api.done(path, **body)
    with triggers_asleep(connection):
        if first == 1:
            for model in CONFIGURATION:
                for code in ("rare", "unused"):
                    model._default_manager.create(code=code, name=code)
        for model, columns in _tables():
            _copy(model, columns, first, last)
        for number in (known for known in KNOWN if first <= known <= last):
            for model in (*entity_models(), Balance):
                history: Any = model.history.model  # type: ignore[attr-defined]
                key = f"nextval(pg_get_serial_sequence('{history._meta.db_table}', 'history_id'))"
                _copy(history, {"history_id": key, "id": f"{FIRST} + n"}, number, number)
    swept()


def swept() -> None:
    """Do what autovacuum does after so many writes, outside of a transaction: plans depend on it."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _copy(model: Any, own: dict[str, str], first: int, last: int) -> None:
    table, key = model._meta.db_table, model._meta.pk.column
    columns = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(own.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}" t, generate_series({first}, {last}) n '
            f'WHERE t."{key}" = (SELECT MIN("{key}") FROM "{table}")'
        )
