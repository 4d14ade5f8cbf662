"""From a database constraint that was hit to the named error that the client sees.

A constraint is what holds a rule when two requests race; the check before it only makes for a kinder message.
"""

import re

from django.db import IntegrityError

from ocsportal.registries import Named
from ocsportal.transactions.errors import Fault, OperationRefused, refuse

CONSTRAINTS: Named[str, Fault] = Named()


def name_constraint(constraint: str, fault: Fault, *, sqlite: str) -> None:
    """Declare what hitting a constraint means; `sqlite` is how SQLite calls it (`table.column` for a unique one)."""
    for name in (constraint, sqlite):
        CONSTRAINTS.enter(name, fault)


def named_error(error: IntegrityError) -> OperationRefused | IntegrityError:
    """Return the refusal that a constraint error stands for, or the error itself when it stands for none (a bug)."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None and diagnosis.constraint_name in CONSTRAINTS:
        return refuse(CONSTRAINTS[diagnosis.constraint_name])
    names = re.findall(r"[\w.]+", str(error))
    for name in names:
        if diagnosis is None and name in CONSTRAINTS:
            return refuse(CONSTRAINTS[name])
    return error
