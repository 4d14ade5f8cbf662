"""The small forms of the accounts' verbs."""

from accounts.forms.creation import CreateAccountForm
from accounts.forms.cycles import BillCycleForm, CancelCycleForm, MoveCycleForm, PerformCycleForm
from accounts.forms.fields import PREFERENCE_PAIRS, PreferencesForm, TaxForm, preferences_part, tax_part
from accounts.forms.place import ParentForm

__all__ = [
    "PREFERENCE_PAIRS",
    "BillCycleForm",
    "CancelCycleForm",
    "CreateAccountForm",
    "MoveCycleForm",
    "ParentForm",
    "PerformCycleForm",
    "PreferencesForm",
    "TaxForm",
    "preferences_part",
    "tax_part",
]
