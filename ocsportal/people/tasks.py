"""What groups may do, in words and by task: each task stands for the permissions that somebody needs for it (docs/people.md).

A permission belongs to the first task that names it, and every operation to one; what nobody's task is comes last.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import Permission

from ocsportal.transactions.operation import OPERATIONS

LEVEL = "(customer|account|subscriber|subscription)"


@dataclass(frozen=True)
class Task:
    """Something that people do: in a few words, what it means, and which permissions it takes."""

    slug: str
    section: str
    title: str
    explains: str
    # What the permissions are called, as `app.codename`.
    takes: str

    def needs(self, permission: str) -> bool:
        """Whether a permission is a part of the task."""
        return re.fullmatch(self.takes, permission) is not None


WORK, SETTING_UP, PEOPLE, AUDIT = "Work with customers", "Set up", "People", "Audit"
REST = "Everything else"
TASKS = (
    Task("look", WORK, "Look things up", "See customers, accounts, lines, subscriptions and balances, and their history. "
         "Nobody can work with customers without it.",
         rf"\w+\.read_({LEVEL}|subscriber_resource|subscription_balances?)"),
    Task("take-in", WORK, "Take in customers and lines", "Make new customers, accounts and subscribers.",
         r"\w+\.create_(customer|account|subscriber)"),
    Task("subscribe", WORK, "Subscribe to offers", "Sell what is in the catalogue, on its terms.",
         rf"\w+\.create_subscription_on_{LEVEL}"),
    Task("individual", WORK, "Sell on individual terms", "Fees, discounts and balances with values of their own. "
         "How much may be given away is said by the adjustment limits.",
         r"offers\.create_\w+_subscription"),
    Task("name", WORK, "Change names, segments and attributes", "What the operator calls somebody, and where they belong.",
         rf"\w+\.update_{LEVEL}_(custom_name|custom_attributes|segment)"),
    Task("reach", WORK, "Change contacts and preferences", "Addresses, e-mail, telephone, tax number; how bills are sent.",
         r"\w+\.update_(customer_contact|account_preferences)"),
    Task("note", WORK, "Write notes and alerts", "For the next agent to see; close them when they are over.",
         r"customers\.(create|close)_customer_note"),
    Task("state", WORK, "Suspend, resume and activate", "At once, with everything below. Not for good.",
         rf"\w+\.update_{LEVEL}_state"),
    Task("plan", WORK, "Plan changes of state", "For a date in the future, certain or still to be decided.",
         rf"\w+\.plan_{LEVEL}_state"),
    Task("decide", WORK, "Decide on planned changes", "Confirm, move, cancel and dismiss them, one or many. "
         "Who may shows the queues.", rf"\w+\.(confirm|cancel|dismiss)_{LEVEL}_state"),
    Task("end", WORK, "Deactivate for good", "There is no way back. Those who may plan may plan it, too.",
         rf"\w+\.deactivate_{LEVEL}"),
    Task("numbers", WORK, "Give out and swap numbers and SIM cards", "Add, swap, end and exchange them.",
         r"subscribers\.(create|swap|end|exchange)_subscriber_resources?"),
    Task("quarantine", WORK, "Give out numbers in quarantine", "Before the time is over for which they are kept from others.",
         r"subscribers\.override_quarantine"),
    Task("adjust", WORK, "Adjust balances", "How much at once and a day is said by the adjustment limits of the group.",
         r"balances\.update_subscription_balances?"),
    Task("bill", WORK, "Change billing", "Bill cycles, now or planned; tax exemption; where an account hangs.",
         r"accounts\.(update_account_(bill_cycle|parent|tax_exemption)|(cancel|perform)_account_bill_cycle_change)"),
    Task("identify", WORK, "Change external IDs", "How other systems name it; also several fields in one request.",
         rf"\w+\.update_{LEVEL}(_external_id)?"),
    Task("erase", WORK, "Erase what is personal", "For good, of customers who are deactivated.",
         r"customers\.erase_customer"),
    Task("trail", AUDIT, "See who did what", "All Business Transactions, with who, when and why.",
         r"transactions\.(view_businesstransaction|read_business_transaction)"),
    Task("see-setup", SETTING_UP, "See how things are set up", "Reasons, segments, profiles, cycles, offers, limits: "
         "without it, pages can't say what they mean.",
         r"(entities|customers|accounts|subscribers|offers|balances)\.view_\w+"),
    Task("setup", SETTING_UP, "Set up reasons, segments, profiles and cycles", "What agents choose from. "
         "Codes never change, and nothing is deleted.", r"(entities|customers|accounts|subscribers)\.(add|change)_\w+"),
    Task("catalogue", SETTING_UP, "Set up products and offers", "What is sold, for how much, and from when.",
         r"offers\.(add|change)_\w+"),
    Task("limits", SETTING_UP, "Set adjustment limits", "How much the agents of a group may give, at once and a day.",
         r"balances\.(add|change)_\w+"),
    Task("see-people", PEOPLE, "See users, groups and API clients", "Who may do what, and since when.",
         r"(people|auth)\.view_(user|group|apikey)"),
    Task("users", PEOPLE, "Manage users", "Take them in, change their groups and passwords, unlock and deactivate them.",
         r"people\.(add|change)_user"),
    Task("groups", PEOPLE, "Manage groups", "Say what others may do; never one's own group.", r"auth\.(add|change)_group"),
    Task("clients", PEOPLE, "Manage API clients", "Make keys for programs, and revoke them.",
         r"people\.(add|change)_apikey"),
    Task("rest", REST, "What no page of the portal asks for", "Kept as it is, so that nothing gets lost here.", r".*"),
)  # fmt: skip


@dataclass
class Held:
    """A task with its permissions, and which of them a group has."""

    task: Task
    permissions: list[Permission] = field(default_factory=list)
    held: set[int] = field(default_factory=set)

    @property
    def whole(self) -> bool:
        """Whether the group may do all of it."""
        return len(self.held) == len(self.permissions)

    @property
    def words(self) -> str:
        """Return how much of it the group may do, where it is a part only."""
        return f"{len(self.held)} of {len(self.permissions)}" if self.held and not self.whole else ""

    @property
    def each(self) -> list[tuple[int, str, bool]]:
        """Return each permission: its key, what it means, and whether the group has it."""
        return [(one.pk, words_of(one), one.pk in self.held) for one in self.permissions]


def task_of(permission: Permission) -> Task:
    """Return the task that a permission belongs to."""
    named = f"{permission.content_type.app_label}.{permission.codename}"
    return next(task for task in TASKS if task.needs(named))


def by_task(permissions: Iterable[Permission], held: Iterable[int]) -> list[Held]:
    """Return the tasks that have any of some permissions, with those, and with which of them are held."""
    found = {task.slug: Held(task) for task in TASKS}
    mine = set(held)
    for permission in permissions:
        part = found[task_of(permission).slug]
        part.permissions.append(permission)
        if permission.pk in mine:
            part.held.add(permission.pk)
    return [part for part in found.values() if part.permissions]


def words_of(permission: Permission) -> str:
    """Return what a permission means: what its operation does, else what may be done with what."""
    app = permission.content_type.app_label
    found = next((one for one in OPERATIONS.values() if one.permission == f"{app}.{permission.codename}"), None)
    if found is not None:
        return found.summary.rstrip(".")
    action, _, _ = permission.codename.partition("_")
    kind = permission.content_type.model_class()
    if kind is not None and action in ("add", "change", "view", "delete"):
        return f"{action.capitalize()} {kind._meta.verbose_name_plural}"
    return permission.name.removeprefix("May ")[:1].upper() + permission.name.removeprefix("May ")[1:]
