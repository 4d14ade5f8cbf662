"""Another place in the tree."""

from django.db.models import QuerySet

from accounts import hierarchy
from accounts.models import Account
from accounts.operations.place import refuse_parent
from customers.models import Customer
from ocsportal.backoffice.choosing import EntityField
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.verbs import VerbForm
from ocsportal.entities.states import State
from ocsportal.transactions.given import Checked


def parents_for(customer: Customer) -> QuerySet[Account]:
    """Return the accounts of a customer that something can be hung under."""
    return Account.objects.filter(customer=customer).exclude(state=State.DEACTIVATED)


class ParentForm(VerbForm[Account]):
    """Another parent, or none."""

    parameters = {"parent": "parent", "account": "parent"}

    parent = EntityField(
        Account,
        label="New parent",
        required=False,
        help_text="Type a part of its name or an ID. Leave empty to make it a top-level account.",
    )

    def prepare(self) -> None:
        """Offer the accounts of the same customer."""
        account = self.about
        self.fields["parent"].suggest("parent", parents_for(account.customer).exclude(pk=account.pk), account.customer)  # type: ignore[attr-defined]

    def arguments(self) -> Checked:
        """Return the parent."""
        return {"parent": self.cleaned_data["parent"]}

    def check(self) -> None:
        """Raise OperationRefused where the tree would break a rule."""
        account = self.about
        refuse_parent(account, self.fields["parent"].found)  # type: ignore[attr-defined]

    def foreseen(self) -> Drawn:
        """Return the place as it is and as it will be, who pays, and how much moves along."""
        account = self.about
        rows = [{"name": "Before the change", **_place(account, account.parent)}]
        if self.is_bound and not self.errors:
            rows.append({"name": "After the change", **_place(account, self.fields["parent"].found)})  # type: ignore[attr-defined]
        moved = sum(len(level) for level in hierarchy.subtree(account)) - 1
        return {"template": "accounts/place.html", "rows": rows, "moved": moved}


def _place(account: Account, parent: Account | None) -> dict[str, object]:
    """Return the way down to an account under a parent, and who pays for it there."""
    chain = [*hierarchy.chain_to(parent), account]
    return {"way": [account.customer, *chain[:-1]], "account": account, "payer": hierarchy.payer(chain)}
