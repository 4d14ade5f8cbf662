"""The table of works. A further one is a module with a WORK, and a line here."""

from tests.bench.works import (
    adjust_balance,
    cascade,
    create_customer,
    create_subscriber,
    create_subscription,
    read_customer,
    read_tree,
    search,
)
from tests.bench.works.base import Work

WORKS: tuple[Work, ...] = (
    create_customer.WORK,
    read_customer.WORK,
    create_subscriber.WORK,
    create_subscription.WORK,
    read_tree.WORK,
    adjust_balance.MANY,
    adjust_balance.HOT,
    cascade.WORK,
    search.WORK,
)
