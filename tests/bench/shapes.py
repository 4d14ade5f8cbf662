"""What the works start from, the same on every side: how much there is of it, how it hangs together, what it is called."""

from collections.abc import Iterator
from dataclasses import dataclass

# Subscriptions with balances, of which the first is the hot one; the prefix of their external IDs.
PURSE_COUNT = 400
PURSES = "purse-"
# Customers with accounts and subscriptions to read.
TREES = 200
ACCOUNTS_PER_TREE, SUBSCRIPTIONS_PER_TREE = 5, 5

SMALL, LARGE = 10, 10_000
# Of ten subordinates two are accounts, one right below the customer, the other below that; four are subscribers, four
# are subscriptions: on the customer, on an account, and two on subscribers.
WIDEST = 100


def customer(size: int) -> str:
    """Return the external ID of the customer with so many subordinates."""
    return f"cascade-{size}"


@dataclass(frozen=True)
class Shape:
    """What a customer has, each thing by its number."""

    size: int

    @property
    def accounts(self) -> int:
        """How many accounts."""
        return self.size // 5

    @property
    def subscribers(self) -> int:
        """How many subscribers, and as many subscriptions."""
        return self.size * 2 // 5

    def parent(self, account: int) -> int | None:
        """Return the account that an account is below, None for one right below the customer."""
        width = min(WIDEST, self.accounts)
        return None if account % width == 0 else account - account % width

    def account_of(self, subscriber: int) -> int:
        """Return the account of a subscriber."""
        return subscriber % self.accounts

    def owners(self) -> Iterator[tuple[str, int]]:
        """Yield the level and number that each subscription is on."""
        for number in range(self.subscribers):
            if number % 4 == 0:
                yield "customer", 0
            elif number % 4 == 1:
                yield "account", number % self.accounts
            else:
                yield "subscriber", number


# Customers to search, and what is searched of them: names, words in any order, parts, numbers, what few and what nobody
# has.
SEARCHED = 20_000
FIRST_NAMES = ("Anna", "Jürgen", "Łucja", "Siobhán", "Ole", "Petra", "Zoë", "Marek", "Núria", "Emil", "João")
LAST_NAMES = ("Müller", "Groß", "Łuczak", "O’Brien", "Albers", "Yılmaz", "Weiss", "Moreau", "Dvořák", "Keller")
SEARCHES = (
    "Anna Müller", "muller anna", "Keller", "kell", "a", "z", "gross", "groß jürgen", "anna 123", "anna777@", "0301000", "45678",
    "nobody at all", "qq", "petra weiss 19", "searched-4711", "łuczak siobhan", "o'brien",
)  # fmt: skip


def searched_customers() -> Iterator[dict[str, str]]:
    """Yield the columns of the customers to search."""
    for number in range(SEARCHED):
        first, last = FIRST_NAMES[number % len(FIRST_NAMES)], LAST_NAMES[number // 7 % len(LAST_NAMES)]
        name = f"{first} {last} {number}"
        yield {
            "external_id": f"searched-{number}",
            "custom_name": name,
            "contact_name": name,
            "contact_email": f"{first.encode('ascii', 'ignore').decode().lower()}{number}@mail.example",
            "contact_phone": f"+4930{1_000_000 + number * 37}",
            "contact_city": "Köln" if number % 3 else "Łódź",
        }
