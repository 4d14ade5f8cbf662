"""The small forms of the accounts' verbs."""

from accounts.forms.creation import CreateAccountForm
from accounts.forms.cycles import BillCycleForm, CancelCycleForm, PerformCycleForm
from accounts.forms.fields import PreferencesForm, TaxForm
from accounts.forms.place import ParentForm

__all__ = [
    "BillCycleForm",
    "CancelCycleForm",
    "CreateAccountForm",
    "ParentForm",
    "PerformCycleForm",
    "PreferencesForm",
    "TaxForm",
]
