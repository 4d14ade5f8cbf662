"""The small forms of the subscribers' verbs."""

from subscribers.forms.creation import AccountField, CreateSubscriberForm
from subscribers.forms.resources import AddResourceForm, EndResourceForm, ExchangeResourcesForm, SwapResourceForm
from subscribers.forms.sim_lost import SimLostForm

__all__ = [
    "AccountField",
    "AddResourceForm",
    "CreateSubscriberForm",
    "EndResourceForm",
    "ExchangeResourcesForm",
    "SimLostForm",
    "SwapResourceForm",
]
