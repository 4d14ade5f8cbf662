"""Accounts and what they are configured with."""

from accounts.models.accounts import PREFERENCES, Account, InvoiceDelivery
from accounts.models.configuration import (
    AccountProfile,
    AccountSegment,
    AccountType,
    BillCycle,
    Currency,
    CyclePeriod,
    CycleType,
)

__all__ = [
    "PREFERENCES",
    "Account",
    "AccountProfile",
    "AccountSegment",
    "AccountType",
    "BillCycle",
    "Currency",
    "CyclePeriod",
    "CycleType",
    "InvoiceDelivery",
]
