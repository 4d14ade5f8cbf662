"""Demo subscribers: phones with number, IMSI and SIM card, devices with an address; lost SIMs, numbers given out again."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ocsportal.care.demo import names
from ocsportal.care.demo.clock import Clock
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from subscribers import operations
from subscribers.models import SubscriberResource

# How many of a hundred customers have something happen to one of their subscribers; the rest just stay as they are.
FATES = (
    ("sim_swapped", 14),
    ("number_changed", 6),
    ("lost", 8),
    ("deactivated", 5),
    ("given_again", 6),
    ("pending", 3),
    ("scheduled", 4),
    ("overdue", 3),
)
FIRST = 4
# How many subscribers an account of every so manieth customer has.
MANY, EVERY = 18, 9
DEVICES = ("Router", "Tracker", "Alarm panel", "Card terminal", "Lift telephone")


class Subscribers:
    """The subscribers of one demo customer."""

    def __init__(self, life: Clock, *, business: bool, inactive: bool) -> None:
        # A chance of their own, so that more subscribers don't make other customers or accounts.
        self.chance = random.Random(f"subscribers:{life.ref.external_id}")  # noqa: S311
        self.life = life
        self.business = business
        self.state = NewState(state="INACTIVE", state_reason="dfltInactive") if inactive else None
        self.made: list[Ref] = []
        self.live: dict[tuple[Ref, str], str] = {}

    def make(self, accounts: list[Ref]) -> None:
        """Make one to four subscribers an account, of some accounts many, and let one of them go its way."""
        for place, account in enumerate(accounts):
            many = place == 0 and self.life.number % EVERY == 4
            for _ in range(MANY if many else self.chance.choice((1, 1, 2, 2, 3) if self.business else (1, 1, 1, 2))):
                device = self.business and self.chance.random() < 0.15
                (self._device if device else self._phone)(account)
        steps: dict[str, Callable[[Ref], None]] = {
            "sim_swapped": self._swap_sim,
            "number_changed": self._change_number,
            "lost": self._lose,
            "deactivated": self._deactivate,
            "given_again": lambda ref: self._give_again(ref, accounts[0]),
            "pending": lambda ref: self._plan(ref, "DEACTIVATED", "portedOut", pending=True, days=20),
            "scheduled": lambda ref: self._plan(ref, "SUSPENDED", "dfltSuspended", pending=False, days=9),
            "overdue": lambda ref: self._plan(ref, "DEACTIVATED", "customerRequest", pending=True, days=None),
        }
        fate = self._fate()
        # What is inactive has no past to speak of, and only phones have a SIM to lose.
        phones = [ref for ref in self.made if (ref, "ICCID") in self.live]
        if fate in steps and self.state is None and phones:
            steps[fate](phones[0])

    def _fate(self) -> str:
        # Each fate is shown once by the first customers that stay active, so that a small demo is complete too.
        place = self.life.number - FIRST
        if 0 <= place < len(FATES):
            return FATES[place][0]
        ticket = self.chance.randrange(100)
        for name, share in FATES:
            ticket -= share
            if ticket < 0:
                return name
        return ""

    def _phone(self, account: Ref, number: str | None = None) -> None:
        name = self.chance.choice(names.FIRST_NAMES)
        if self.business:
            name = f"{name} {self.chance.choice(names.LAST_NAMES)}"
        ref = self._subscriber(account, name, "MSISDN", number or self._free("MSISDN"))
        for kind in ("IMSI", "ICCID"):
            self._add(ref, kind, self._free(kind))
        if self.business and self.chance.random() < 0.3:
            self._add(ref, "email", f"{ref.external_id}@mail.example")

    def _device(self, account: Ref) -> None:
        address = self._free("ipV4")
        ref = self._subscriber(account, self.chance.choice(DEVICES), "ipV4", address)
        if self.chance.random() < 0.5:
            self._add(ref, "ipV6", f"2001:db8::{':'.join(f'{int(part):x}' for part in address.split('.')[1:])}")

    def _subscriber(self, account: Ref, name: str, kind: str, value: str) -> Ref:
        ref = Ref(external_id=f"{self.life.ref.external_id}-s{len(self.made) + 1}")
        operations.create_subscriber(
            self.life.soon("crm-demo", behalf="shop"),
            subscriber_profile="mobile",
            account=account,
            external_id=ref.external_id,
            custom_name=name,
            subscriber_segment="premium" if self.chance.random() < 0.15 else None,
            primary_resource_type=kind,
            primary_resource=value,
            custom_attributes={"deliveredBy": self.chance.choice(("courier", "shop", "eSIM"))},
            state=self.state,
        )
        self.made.append(ref)
        self.live[ref, kind] = value
        return ref

    def _add(self, ref: Ref, kind: str, value: str) -> None:
        operations.create_subscriber_resource(
            self.life.soon("crm-demo", behalf="shop"), subscriber=ref, resource_type=kind, resource=value
        )
        self.live[ref, kind] = value

    def _free(self, kind: str) -> str:
        """Return a value that nobody has had, from ranges that look real and are not."""
        while True:
            digits = f"{self.chance.randrange(10**8):08}"
            value = {
                "MSISDN": f"49170{digits}",
                "IMSI": f"2620155{digits}",
                "ICCID": f"89490200000{digits}",
                "ipV4": f"10.{int(digits[:3]) % 256}.{int(digits[3:6]) % 256}.{1 + int(digits[5:]) % 254}",
            }[kind]
            if not SubscriberResource.objects.filter(value=value).exists():
                return value

    def _swap(self, ref: Ref, kind: str, change: Any) -> None:
        new = self._free(kind)
        operations.swap_subscriber_resource(
            change, subscriber=ref, resource_type=kind, swap_resource=self.live[ref, kind], resource=new
        )
        self.live[ref, kind] = new

    def _swap_sim(self, ref: Ref) -> None:
        self._swap(ref, "ICCID", self.life.change("maria", "SIM no longer read by the phone, new one handed out"))
        self._swap(ref, "IMSI", self.life.soon("maria", "comes with the new SIM"))

    def _change_number(self, ref: Ref) -> None:
        self._swap(ref, "MSISDN", self.life.change("maria", "anonymous calls at night, asked for another number"))

    def _state(self, ref: Ref, change: Any, state: str, reason: str) -> None:
        operations.update_subscriber_state(
            change, subscriber=ref, state=NewState(state=state, state_reason=reason), subordinate_updated=True
        )

    def _lose(self, ref: Ref) -> None:
        """Lose a SIM; half of them get another one."""
        self._state(
            ref, self.life.change("maria", "caller verified by PIN, SIM lost on the train"), "SUSPENDED", "lostSim"
        )
        if self.life.number % 2 == 0:
            self._swap_sim(ref)
            self._state(ref, self.life.soon("maria", "new SIM works"), "ACTIVE", "dfltActive")

    def _deactivate(self, ref: Ref) -> None:
        self._state(
            ref, self.life.change("bruno", "ported out, confirmation of the new operator"), "DEACTIVATED", "portedOut"
        )

    def _give_again(self, ref: Ref, account: Ref) -> None:
        """Deactivate, and give the number to somebody else later."""
        number = self.live[ref, "MSISDN"]
        self._state(
            ref, self.life.change("bruno", "left the company, phone returned"), "DEACTIVATED", "customerRequest"
        )
        self.life.change("crm-demo")
        self._phone(account, number)

    def _plan(self, ref: Ref, state: str, reason: str, *, pending: bool, days: int | None) -> None:
        change = self.life.change("crm-demo", "asked for by the customer", behalf="agent.lehmann")
        # Without days the date has passed by now.
        starts = self.life.now + timedelta(days=days) if days else change.at + (self.life.now - change.at) * 0.4
        operations.update_subscriber_state(
            change,
            subscriber=ref,
            state=NewState(state=state, state_reason=reason, state_valid_from=starts, pending=pending),
        )
