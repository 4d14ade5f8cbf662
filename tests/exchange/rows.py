"""Rows of a file, as tests write them."""

Row = dict[str, str]


def whole(number: int, **other: str) -> Row:
    """Return a row with everything from the customer down to a balance; `customer__state` stands for `customer.state`."""
    row = {
        "customer.externalId": f"c-{number}",
        "customer.customerProfile": "b2c",
        "customer.customName": f"Customer {number}",
        "account.externalId": f"a-{number}",
        "account.accountProfile": "postpaid",
        "subscriber.externalId": f"s-{number}",
        "subscriber.subscriberProfile": "mobile",
        "subscriber.resource.MSISDN": f"+49 170 555{number:04}",
        "subscription.externalId": f"o-{number}",
        "subscription.offer": "dataBundle10",
    }
    return row | named(**other)


def named(**cells: str) -> Row:
    """Return cells by the names of their columns, dots written as two underscores."""
    return {name.replace("__", "."): value for name, value in cells.items()}
