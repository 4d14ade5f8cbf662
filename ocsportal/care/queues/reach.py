"""How much each plan of a page reaches below, with one statement for all of them, however much there is."""

import json
from collections.abc import Sequence

from django.db import connection

from ocsportal.care.queues.entries import Entry
from ocsportal.entities.states import State

# Of each level no more is looked at; a page that reaches further says so instead of a number.
MOST = 20_000
WORDS = {
    "account": ("account", "accounts"),
    "subscriber": ("subscriber", "subscribers"),
    "subscription": ("subscription", "subscriptions"),
}
# What has something below it; a subscription's children end with it, asked or not.
WORDS_OF_ROOTS = ("customer", "account", "subscriber")
# By level, keys with the place of each among what is asked about.
Roots = dict[str, list[tuple[int, int]]]
# The roots of a kind: their keys, and the place on the page of each.
SOURCES = {
    "postgresql": "(SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS k(id, root))",
    "sqlite": "(SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS root FROM json_each(%s))",
}
LIVE = f"<> '{State.DEACTIVATED}'"
# What is below something deactivated is deactivated as well, so the walk need not go through it.
WALK = """
WITH RECURSIVE accounts(id, root) AS (
    SELECT a.id, k.root FROM {customer} k JOIN accounts_account a ON a.customer_id = k.id WHERE a.state {live}
    UNION SELECT k.id, k.root FROM {account} k
    UNION SELECT a.id, above.root FROM accounts above JOIN accounts_account a ON a.parent_id = above.id
        WHERE a.state {live}
), few_accounts AS MATERIALIZED (SELECT id, root FROM accounts LIMIT {most}
), subscribers AS MATERIALIZED (
    SELECT s.id, f.root FROM few_accounts f JOIN subscribers_subscriber s ON s.account_id = f.id
        WHERE s.state {live} LIMIT {most}
), holders AS (
    SELECT id, root FROM subscribers UNION ALL SELECT k.id, k.root FROM {subscriber} k
), owned AS MATERIALIZED (
    SELECT x.id, k.root FROM {customer} k JOIN offers_subscription x ON x.customer_id = k.id WHERE x.state {live}
    UNION ALL SELECT x.id, f.root FROM few_accounts f JOIN offers_subscription x ON x.account_id = f.id
        WHERE x.state {live}
    UNION ALL SELECT x.id, h.root FROM holders h JOIN offers_subscription x ON x.subscriber_id = h.id
        WHERE x.state {live}
    UNION ALL SELECT k.id, k.root FROM {subscription} k
    LIMIT {most}
)
"""
COUNT = """
SELECT 'account', root, COUNT(*) FROM few_accounts GROUP BY root
UNION ALL SELECT 'subscriber', root, COUNT(*) FROM subscribers GROUP BY root
UNION ALL SELECT 'subscription', root, COUNT(*) FROM owned GROUP BY root
"""


def reckon(entries: Sequence[Entry]) -> None:
    """Enter at each plan how many live accounts, subscribers and subscriptions it would take along."""
    roots: Roots = {"customer": [], "account": [], "subscriber": [], "subscription": []}
    for place, entry in enumerate(entries):
        kind = str(entry.entity._meta.model_name)
        if entry.becomes and entry.entity.plan_subordinates and kind in WORDS_OF_ROOTS:
            roots[kind].append((entry.entity.pk, place))
    if any(roots.values()):
        _enter(entries, roots, _counted(roots))
    for entry in entries:
        entry.reaches = _words(entry)


def _counted(roots: Roots) -> list[tuple[str, int, int]]:
    walk, given = walked(roots, MOST)
    with connection.cursor() as cursor:
        cursor.execute(walk + COUNT, given)
        return list(cursor.fetchall())


def walked(roots: Roots, most: int) -> tuple[str, list[str]]:
    """Return the beginning of a statement that knows what is live below some roots, with its parameters.

    It has the accounts, subscribers and owned subscriptions, each with the root that it is below of; no more than `most` of each.
    """
    # In the order in which the statement has them.
    order = ("customer", "account", "subscriber", "customer", "subscription")
    given = [one for kind in order for one in _parameters(roots[kind])]
    sources = dict.fromkeys(roots, SOURCES[connection.vendor])
    return WALK.format(**sources, live=LIVE, most=most + 1), given


def _parameters(keys: list[tuple[int, int]]) -> list[str]:
    if connection.vendor == "sqlite":
        return [json.dumps(keys)]
    return [f"{{{','.join(str(pair[place]) for pair in keys)}}}" for place in (0, 1)]


def _enter(entries: Sequence[Entry], roots: Roots, counts: list[tuple[str, int, int]]) -> None:
    own = {place for _, place in roots["account"]}
    too_many = {level for level in WORDS if sum(number for kind, _, number in counts if kind == level) > MOST}
    for level, place, number in counts:
        # An account is among the accounts that its walk begins with.
        below = number - 1 if level == "account" and place in own else number
        reach = entries[place].reach
        if below and reach is not None:
            reach[level] = below
    for _, place in [pair for those in roots.values() for pair in those] if too_many else ():
        entries[place].reach = None


def _words(entry: Entry) -> str:
    if not entry.becomes:
        return ""
    if entry.reach is None:
        return "very much"
    # Accounts say little beside whom they are for.
    shown = {level: n for level, n in entry.reach.items() if level != "account"} or entry.reach
    told = [f"{number:,} {WORDS[level][number != 1]}" for level, number in shown.items()]
    return ", ".join(told) or "only itself"
