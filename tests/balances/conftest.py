"""The world of the balances' tests."""

from tests.offers.conftest import client_of, owned

__all__ = ["client_of", "owned"]
