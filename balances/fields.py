"""An exact decimal column: numeric(18,6) on PostgreSQL; whole millionths on SQLite, which has no exact decimals."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression
from django.db.models.expressions import Combinable

from ocsportal.entities.decimals import PLACES


class ExactDecimal(models.Field):
    """A decimal with twelve digits before the point and six after it, exact on both engines.

    SQLite keeps a decimal as a binary float beyond fifteen digits, so the amounts are kept there as integers of
    millionths: sums and differences in SQL stay exact, products of two amounts would not be amounts any more.
    """

    if TYPE_CHECKING:
        # What may be put into it, and what comes out of it, as the checker of types asks a field.
        _pyi_private_set_type: Decimal | int | str | Combinable
        _pyi_private_get_type: Decimal
        _pyi_lookup_exact_type: Decimal | int | str

    description = "Exact decimal (18 digits, 6 of them after the point)"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the column's type."""
        return "bigint" if connection.vendor == "sqlite" else f"numeric(18, {PLACES})"

    def to_python(self, value: Decimal | str | int | None) -> Decimal | None:
        """Return the decimal."""
        return None if value is None else Decimal(value)

    def from_db_value(
        self, value: Decimal | int | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> Decimal | None:
        """Return the decimal that a column holds."""
        if value is None:
            return None
        return Decimal(int(value)).scaleb(-PLACES) if connection.vendor == "sqlite" else Decimal(value)

    def get_db_prep_value(self, value: object, connection: BaseDatabaseWrapper, prepared: bool = False) -> object:
        """Return what the column takes."""
        if value is None or hasattr(value, "resolve_expression"):
            return value
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        # Neither engine may round: what has more digits is no amount.
        if exact != round(exact, PLACES):
            raise ValueError(f"{exact} has more than {PLACES} digits after the point.")
        return int(exact.scaleb(PLACES)) if connection.vendor == "sqlite" else exact

    def formfield(self, **options: Any) -> forms.Field | None:
        """Return a decimal field for forms."""
        return super().formfield(
            **{"form_class": forms.DecimalField, "max_digits": 18, "decimal_places": PLACES, **options}
        )
