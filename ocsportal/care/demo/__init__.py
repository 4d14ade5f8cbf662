"""Demo data: realistic, reproducible, made through the operations like everything else."""

from ocsportal.care.demo.customers import load_customers
from ocsportal.care.demo.people import PASSWORD, load_people
from ocsportal.care.demo.subscriptions import load_subscriptions

__all__ = ["PASSWORD", "load_customers", "load_people", "load_subscriptions"]
