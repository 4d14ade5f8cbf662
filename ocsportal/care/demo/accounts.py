"""Demo accounts: a private one or a company's tree, with cycles, tax, preferences, and plans of every kind."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from accounts import operations
from ocsportal.care.demo import names
from ocsportal.care.demo.clock import Clock
from ocsportal.care.demo.subscribers import Subscribers
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.change import Change

# How many of a hundred customers have something happen to one of their accounts; the rest just stay as they are.
FATES = (
    ("cycle_planned", 10),
    ("cycle_changed", 9),
    ("tax_exempt", 6),
    ("suspended", 6),
    ("pending", 3),
    ("overdue", 3),
    ("scheduled", 3),
    ("refused", 2),
    ("cascade", 5),
    ("moved", 4),
)
# The days that accounts begin with, and the cycles, each with a day, that they change to: never the same.
OWN_DAYS = (3, 7, 10, 12, 18, 25)
OTHER_CYCLES = (("monthly15", None), ("individualMonthly", 22), ("biweekly", None), ("monthly1", None))
LEVELS = (names.SITES, names.DEPARTMENTS, names.TEAMS)


class Accounts:
    """The accounts of one demo customer."""

    def __init__(self, life: Clock, chance: random.Random, *, business: bool, inactive: bool) -> None:
        self.life = life
        self.chance = chance
        self.business = business
        self.state = NewState(state="INACTIVE", state_reason="dfltInactive") if inactive else None
        self.made: list[Ref] = []
        self.cycle = "monthly1"
        self.fate = self._fate()

    def make(self) -> None:
        """Make the accounts, and let one of them go its way."""
        root = self._account(self._root_name(), **self._root())
        if self.business or self.fate in ("refused", "cascade", "moved"):
            self._tree(root, 0, 3 if self.life.number % 5 == 0 else self.chance.choice((1, 1, 2)))
        Subscribers(self.life, business=self.business, inactive=self.state is not None).make(self.made)
        steps: dict[str, Callable[[], None]] = {
            "cycle_planned": self._plan_cycle,
            "cycle_changed": self._change_cycle,
            "tax_exempt": self._exempt,
            "suspended": self._suspend,
            "pending": lambda: self._plan("DEACTIVATED", "customerRequest", days=self._days(), pending=True),
            "overdue": lambda: self._plan("SUSPENDED", "nonPayment", days=None, pending=True),
            "scheduled": lambda: self._plan("SUSPENDED", "dfltSuspended", days=self._days()),
            "refused": self._refuse,
            "cascade": self._cascade,
            "moved": self._move,
        }
        # What is inactive has no past to speak of.
        if self.fate in steps and self.state is None:
            steps[self.fate]()

    def _fate(self) -> str:
        # The first customers show each fate once, so that a small demo is complete too.
        place = self.life.number - 1
        if place < len(FATES):
            return FATES[place][0]
        ticket = self.chance.randrange(100)
        for name, share in FATES:
            ticket -= share
            if ticket < 0:
                return name
        return ""

    def _days(self) -> int:
        return self.chance.randint(2, 45)

    def _root_name(self) -> str:
        return "Main account" if self.business else self.chance.choice(("Mobile", "Home and mobile", "Family"))

    def _root(self) -> dict[str, object]:
        """Return what a top account is: postpaid or prepaid, on a common cycle or on a day of its own."""
        if not self.business and self.chance.random() < 0.4:
            return {"account_profile": "prepaid"}
        cycle = self.chance.choice(("monthly1", "monthly1", "monthly15", "individualMonthly", "biweekly", "yearly1"))
        own = {"billing_day": self.chance.choice(OWN_DAYS)} if cycle == "individualMonthly" else {}
        self.cycle = cycle
        return {"account_profile": "postpaid", "bill_cycle": cycle, **own}

    def _account(self, name: str, **given: object) -> Ref:
        ref = Ref(external_id=f"{self.life.ref.external_id}-{len(self.made) + 1}")
        preferences = {
            "invoice_delivery": self.chance.choice(("EMAIL", "EMAIL", "POST", "PORTAL")),
            "itemized_bill": self.chance.random() < 0.5,
        }
        operations.create_account(
            self.life.soon("crm-demo", behalf="shop"),
            customer=self.life.ref,
            external_id=ref.external_id,
            custom_name=name,
            account_segment="b2b" if self.business else "b2c",
            state=self.state,
            preferences=None if given["account_profile"] == "department" else preferences,
            custom_attributes={"costCentre": str(self.chance.randint(1000, 9999))} if self.business else {},
            **given,
        )
        self.made.append(ref)
        return ref

    def _tree(self, above: Ref, level: int, depth: int) -> None:
        """Hang departments below an account, and teams below them."""
        for name in self.chance.sample(LEVELS[level], self.chance.choice((1, 2, 2, 3) if level == 0 else (1, 1, 2))):
            # Now and then a part of the company pays its own bills.
            profile = "postpaid" if self.chance.random() < 0.1 else "department"
            made = self._account(name, account_profile=profile, parent=above)
            if level + 1 < depth and self.chance.random() < 0.7:
                self._tree(made, level + 1, depth)

    def _change(self, who: str, reason: str, behalf: str = "") -> Change:
        return self.life.change(who, reason, behalf)

    def _midnight(self, days: int) -> datetime:
        local = timezone.localtime(self.life.now) + timedelta(days=days)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    def _plan_cycle(self) -> None:
        others = [(code, day) for code, day in OTHER_CYCLES if day or code != self.cycle]
        cycle, day = self.chance.choice(others)
        operations.update_account_bill_cycle(
            self._change("bruno", "asked by letter, to match their salary run"),
            account=self.made[0],
            bill_cycle=cycle,
            billing_day=day,
            valid_from=self._midnight(self._days()),
        )

    def _change_cycle(self) -> None:
        operations.update_account_bill_cycle(
            self._change("bruno", "caller asked for the 20th, salary comes on the 18th"),
            account=self.made[0],
            bill_cycle="individualMonthly",
            billing_day=20,
        )

    def _exempt(self) -> None:
        operations.update_account_tax_exemption(
            self._change("bruno", "certificate of exemption seen, kept in the archive"),
            account=self.made[0],
            tax_exemption=True,
            tax_residence=self.chance.choice(("CH", "NO", "United Nations, Vienna")),
        )

    def _suspend(self) -> None:
        operations.update_account_state(
            self._change("maria", "calls to premium numbers far beyond the usual, fraud desk case 7731"),
            account=self.made[-1],
            state=NewState(state="SUSPENDED", state_reason="fraud"),
        )

    def _cascade(self) -> None:
        operations.update_account_state(
            self._change("crm-demo", "third reminder unanswered, invoice 2026-10-4471", behalf="dunning"),
            account=self.made[0],
            state=NewState(state="SUSPENDED", state_reason="nonPayment"),
            subordinate_updated=True,
        )

    def _plan(self, state: str, reason: str, *, days: int | None, pending: bool = False, reach: bool = True) -> None:
        change = self._change("crm-demo", "asked for by the customer", behalf="agent.lehmann")
        # Without days the date has passed by now.
        starts = self._midnight(days) if days else change.at + (self.life.now - change.at) * 0.3
        operations.update_account_state(
            change,
            account=self.made[0],
            state=NewState(state=state, state_reason=reason, state_valid_from=starts, pending=pending),
            subordinate_updated=reach,
        )

    def _refuse(self) -> None:
        """Plan what was not possible any more when it fell due, as accounts below were still alive."""
        self._plan("DEACTIVATED", "customerRequest", days=None, reach=False)
        operations.update_account_custom_attributes(
            self._change("crm-demo", "", behalf="marketing"),
            account=self.made[0],
            custom_attributes={"newsletter": "no"},
            merge=True,
        )

    def _move(self) -> None:
        if len(self.made) > 2:
            operations.update_account_parent(
                self._change("bruno", "reorganised from the new year on, chart received"),
                account=self.made[-1],
                parent=self.made[0],
            )
