"""Demo customers: companies and private people, with a past, in every state and with every kind of plan."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from customers import operations
from customers.models import Customer
from ocsportal.care.demo import names
from ocsportal.care.demo.accounts import Accounts
from ocsportal.care.demo.clock import Clock
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.models import User
from ocsportal.transactions.change import to_millisecond

# How many of a hundred customers go which way; the rest just stay active.
FATES = (
    ("suspended", 12),
    ("deactivated", 6),
    ("inactive", 5),
    ("pending", 5),
    ("overdue", 3),
    ("scheduled", 5),
    ("renamed", 14),
)


def load_customers(
    people: dict[str, User], count: int, seed: int, told: Callable[[int], None] = lambda made: None
) -> int:
    """Make demo customers that are missing, the same ones for the same seed; return how many were made.

    `told` is called after each one with how many there are by then.
    """
    known = set(Customer.objects.filter(external_id__startswith=f"demo-{seed}-").values_list("external_id", flat=True))
    made = 0
    for number in range(1, count + 1):
        external_id = f"demo-{seed}-{number:05}"
        if external_id not in known:
            Life(people, random.Random(f"{seed}:{number}"), Ref(external_id=external_id), number).live()  # noqa: S311
            made += 1
            told(made)
    return made


class Life(Clock):
    """The life of one demo customer, step by step, each step at its own time."""

    def __init__(self, people: dict[str, User], chance: random.Random, ref: Ref, number: int) -> None:
        super().__init__(people, ref, number)
        self.chance = chance

    def timeline(self) -> Iterator[datetime]:
        """Yield moments from a beginning up to four years ago, closer and closer to now."""
        moment = self.now - timedelta(days=self.chance.randint(40, 1500), minutes=self.chance.randint(0, 1440))
        while True:
            yield to_millisecond(moment)
            left = self.now - moment
            moment += left * self.chance.uniform(0.25, 0.7)

    def live(self) -> None:
        """Create the customer and let it go its way."""
        fate = self._fate()
        first = NewState(state="INACTIVE", state_reason="dfltInactive") if fate == "inactive" else None
        identity = self._identity()
        operations.create_customer(self.change("crm-demo", behalf="shop"), **identity, state=first)
        # A chance of their own, so that more accounts don't make other customers.
        chance = random.Random(f"accounts:{self.ref.external_id}")  # noqa: S311
        Accounts(self, chance, business=identity["customer_profile"] == "b2b", inactive=first is not None).make()
        steps: dict[str, Callable[[], None]] = {
            "suspended": self._suspend,
            "deactivated": self._deactivate,
            "pending": lambda: self._plan("DEACTIVATED", "customerRequest", pending=True),
            "overdue": lambda: self._plan("SUSPENDED", "nonPayment", pending=True, overdue=True),
            "scheduled": lambda: self._plan("DEACTIVATED", "portedOut", pending=False),
            "renamed": self._rename,
        }
        if fate in steps:
            steps[fate]()

    def _fate(self) -> str:
        # The first customers show each fate once, so that a small demo is complete too.
        if self.number <= len(FATES):
            return FATES[self.number - 1][0]
        ticket = self.chance.randrange(100)
        for name, share in FATES:
            ticket -= share
            if ticket < 0:
                return name
        return "active"

    def _identity(self) -> dict[str, object]:
        pick = self.chance.choice
        country, city, postal_code, language, prefix = pick(names.PLACES)
        person = f"{pick(names.FIRST_NAMES)} {pick(names.LAST_NAMES)}"
        business = self.chance.random() < 0.45
        company = f"{pick(names.COMPANY_HEADS)} {pick(names.COMPANY_TAILS)} {pick(names.COMPANY_FORMS[country])}"
        attributes = {"dunningLevel": str(self.chance.choice((0, 0, 0, 1, 2)))}
        if business:
            attributes |= {"accountManager": f"{pick(names.FIRST_NAMES)} {pick(names.LAST_NAMES)}"}
        return {
            "external_id": self.ref.external_id,
            "customer_profile": "b2b" if business else "b2c",
            "customer_segment": "vip" if self.chance.random() < 0.06 else None,
            "custom_name": company if business else person,
            "custom_attributes": attributes,
            "test_customer": self.chance.random() < 0.02,
            "contact": {
                "name": company if business else person,
                "email": f"{person.split()[0].lower()}{self.number}@mail.example".encode("ascii", "ignore").decode(),
                "phone": f"{prefix}{self.number % 10_000:04}",
                "address_line1": f"{pick(names.STREETS)} {self.chance.randint(1, 140)}",
                "postal_code": postal_code,
                "city": city,
                "country": country,
                "language": language,
                "tax_number": f"{country}{self.chance.randint(10**8, 10**9 - 1)}" if business else None,
            },
        }

    def _suspend(self) -> None:
        reason = self.chance.choice(list(names.SUSPENSIONS))
        words = self.chance.choice(names.SUSPENSIONS[reason])
        who, behalf = ("crm-demo", "dunning") if reason == "nonPayment" else ("maria", "")
        operations.update_customer_state(
            self.change(who, words, behalf),
            customer=self.ref,
            state=NewState(state="SUSPENDED", state_reason=reason),
            subordinate_updated=True,
        )
        if self.chance.random() < 0.4:
            operations.update_customer_state(
                self.change("maria", "paid in full, receipt seen"),
                customer=self.ref,
                state=NewState(state="ACTIVE", state_reason="dfltActive"),
                subordinate_updated=True,
            )

    def _deactivate(self) -> None:
        operations.update_customer_state(
            self.change("bruno", "contract ended by letter, final bill settled"),
            customer=self.ref,
            state=NewState(state="DEACTIVATED", state_reason="customerRequest"),
            subordinate_updated=True,
        )

    def _plan(self, state: str, reason: str, pending: bool, overdue: bool = False) -> None:
        change = self.change("crm-demo", "asked for by the customer", behalf="agent.lehmann")
        starts = self.now + timedelta(days=self.chance.randint(1, 60))
        if overdue:
            starts = change.at + (self.now - change.at) * 0.5
        operations.update_customer_state(
            change,
            customer=self.ref,
            state=NewState(state=state, state_reason=reason, state_valid_from=starts, pending=pending),
            subordinate_updated=True,
        )

    def _rename(self) -> None:
        operations.update_customer(
            self.change("bruno", "letter after the wedding or the merger, register checked"),
            customer=self.ref,
            custom_name=self._identity()["custom_name"],
        )
        operations.update_customer_custom_attributes(
            self.change("crm-demo", behalf="marketing"),
            customer=self.ref,
            custom_attributes={"newsletter": "yes"},
            merge=True,
        )
