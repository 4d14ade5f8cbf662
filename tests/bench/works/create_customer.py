"""CreateCustomer by profile, with an external ID, a name, an attribute and a contact."""

from tests.bench.data import Keys
from tests.bench.works.base import Goal, HttpWork, draft_headers, http, portal_headers

ATTRIBUTES = '{"dunningLevel":"0"}'


def _portal(keys: Keys, number: int) -> bytes:
    return http("POST", "/v1/casm/customers/create", portal_headers(keys), _body(number))


def _body(number: int) -> bytes:
    return (
        f'{{"requestId":"r-{number}","externalId":"c-{number}","customerProfile":"b2b","customName":"Nordwind {number} GmbH",'
        f'"customAttributes":{ATTRIBUTES},"contact":{{"name":"Nordwind {number} GmbH","email":"office@nordwind.example",'
        f'"phone":"+49305550100","country":"DE"}}}}'
    ).encode()


def _draft(keys: Keys, number: int) -> bytes:
    body = (
        f'{{"external_id":"c-{number}","profile":"b2b","custom_name":"Nordwind {number} GmbH",'
        f'"custom_attributes":{ATTRIBUTES},"contact_name":"Nordwind {number} GmbH","contact_email":"office@nordwind.example",'
        f'"contact_phone":"+49305550100","contact_country":"DE"}}'
    )
    return http("POST", "/customers/", draft_headers(keys) | {"Idempotency-Key": f"r-{number}"}, body.encode())


WORK = HttpWork(
    "CreateCustomer",
    "Create a customer by profile with external ID, name, attribute and contact",
    {"portal": _portal, "floor": _portal, "draft": _draft},
    (Goal("floor", 0.75), Goal("draft", 5)),
)
