"""The table of works. A further one is a module with a WORK, and a line here."""

from tests.bench.works import create_customer, read_customer
from tests.bench.works.base import Work

WORKS: tuple[Work, ...] = (create_customer.WORK, read_customer.WORK)
