"""UpdateCustomerState with subordinateUpdated: a customer with ten thousand subordinates."""

from tests.bench.shapes import LARGE, SMALL
from tests.bench.works.base import Goal, TimedWork

WORK = TimedWork(
    "Cascade",
    "Suspend a customer with 2,000 accounts, 4,000 subscribers and 4,000 subscriptions below it, history included, in one "
    "transaction whose answer tells of each. The floor is set-based SQL by hand, the draft a loop of saves",
    {
        "portal": "tests.bench.portal.cascade:suspend",
        "floor": "tests.bench.rivals.floor.cascade:suspend",
        "draft": "tests.bench.rivals.draft.cascade:suspend",
    },
    (SMALL, LARGE),
    (Goal("floor", 0.8), Goal("draft", 30)),
    (
        ("portal", "tests.bench.portal.cascade:prepare"),
        ("floor", "tests.bench.rivals.floor.cascade:prepare"),
        ("draft", "tests.bench.rivals.draft.cascade:prepare"),
    ),
)
