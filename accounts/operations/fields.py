"""The operations that set fields of an account: the shared ones, preferences, tax exemption."""

from accounts.models import Account, AccountSegment
from accounts.preferences import set_preferences
from ocsportal.entities import shared
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.locking import lock
from ocsportal.entities.store.writing import save
from ocsportal.entities.values import KEEP, Keep
from ocsportal.transactions.change import Change
from ocsportal.transactions.constraints import name_constraint
from ocsportal.transactions.errors import Fault
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Touched, operation

MAX_TAX_RESIDENCE = 60

name_constraint(
    "accounts_account_external_id_key",
    Fault("EXTERNAL-ID-NOT-UNIQUE", "externalId", "Another account has this external ID."),
    sqlite="accounts_account.external_id",
)

level = shared.Level(Account, "account", segments=AccountSegment, setters={"preferences": set_preferences})
update_account_preferences = level.single(
    "Preferences",
    "preferences",
    "Replace an account's preferences for bills and notices, or merge into them.",
    deed="Preferences changed",
)


def checked_residence(value: str | None) -> str:
    """Return a tax residence as it is kept; raise REQUEST-VALIDATION when it is too long or can't be stored."""
    return shared.checked_text("taxResidence", value, MAX_TAX_RESIDENCE) if value else ""


def _tax_deed(changed: Checked) -> str:
    return "Tax exempt" if changed.get("taxExemption") else "Tax changed"


@operation("UpdateAccountTaxExemption", Account, deed=_tax_deed)
def update_account_tax_exemption(
    change: Change, *, account: Ref, tax_exemption: bool, tax_residence: str | Keep | None = KEEP
) -> Touched:
    """Exempt an account from tax or end its exemption, at once and never for the past; no residence takes it away."""
    found = lock(change, Account, account, "account")
    columns: dict[str, object] = {"tax_exemption": tax_exemption}
    if not isinstance(tax_residence, Keep):
        columns["tax_residence"] = checked_residence(tax_residence)
    for name, value in columns.items():
        setattr(found, name, value)
    save(change, found, *columns)
    return Touched([found])
