"""Clients of every group, as the customers' tests ask for them."""

from tests.rest.conftest import client_of

__all__ = ["client_of"]
