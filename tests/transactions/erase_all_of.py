"""Run in a shell: what is personal of a customer and below, one value a line; then it is deactivated and erased."""

import os

from customers import operations
from customers.erasing import erase_customer
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.erasing import keys_of_tree, personal_values
from ocsportal.entities.states import NewState
from ocsportal.people.models import User
from ocsportal.transactions import journal, seals
from ocsportal.transactions.change import Change, present
from ocsportal.transactions.models import BusinessTransaction, Channel

customer = Customer.objects.get(pk=os.environ.get("ERASED", "1"))
boss = User.objects.create_superuser("eraser", password="calm-instrument-42")
found: set[str] = set()
others: set[str] = set()
for model, keys in keys_of_tree(customer).items():
    for name in personal_values(model):
        for key, value in model.history.values_list("id", name):
            into = found if key in keys else others
            into |= {str(one) for one in (value.values() if isinstance(value, dict) else [value])}
# Short ones can stand there for something else.
print(*sorted(f"VALUE {value}" for value in found - others if len(value) > 7), sep="\n")
# Their blocks are sealed first: an erasure leaves what roots are made of.
journal.give_all()
print("SEALED", sum(seal.last - seal.first + 1 for seal in seals.seal_due(present(), all_of_it=True)))
gone = NewState(state="DEACTIVATED", state_reason="dfltDeactivated")
ref = Ref(ref_id=customer.ref_id)
change = Change(actor=boss, channel=Channel.IMPORT, reason="over")
operations.update_customer_state(change, customer=ref, state=gone, subordinate_updated=True, pending_change="CANCEL")
erase_customer(Change(actor=boss, channel=Channel.IMPORT, reason="demanded"), customer=ref)
print("ERASED", customer.ref_id, BusinessTransaction.objects.get(operation="EraseCustomer").pk)
