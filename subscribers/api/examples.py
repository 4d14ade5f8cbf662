"""Bodies that do what they say on a fresh installation; tests post them, the schema shows them."""

from ocsportal.rest.level import example

SUBSCRIBER = {"externalId": "s-1"}
CREATE = example(
    "create-subscriber",
    externalId="s-1",
    subscriberProfile="mobile",
    account={"externalId": "acc-1"},
    primaryResourceType="MSISDN",
    primaryResource="491705550142",
    customName="Driver 3",
)
CREATE_RESOURCE = example(
    "create-resource", subscriber=SUBSCRIBER, resourceType="ICCID", resource="8949020000001234567"
)
SWAP_RESOURCE = example(
    "swap-resource",
    subscriber=SUBSCRIBER,
    resourceType="MSISDN",
    swapResource="491705550142",
    resource="491705550143",
)
END_RESOURCE = example("end-resource", subscriber=SUBSCRIBER, resourceType="ICCID", resource="8949020000001234567")
EXCHANGE_RESOURCES = example(
    "exchange-resources", subscriber=SUBSCRIBER, otherSubscriber={"externalId": "s-2"}, resourceType="MSISDN"
)
