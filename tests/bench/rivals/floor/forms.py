"""The JSON forms as SQL expressions: what a statement that builds its answer in the database is made of."""

STAMP = """'YYYY-MM-DD"T"HH24:MI:SS.MSTZH:TZM'"""


def item(alias: str) -> str:
    """Return an item of configuration; null when the join found none."""
    return _unless_null(alias, f"'refId', {alias}.ref_id, 'code', {alias}.code, 'name', {alias}.name")


def reference(alias: str) -> str:
    """Return a reference to an entity; null when the join found none."""
    return _unless_null(alias, f"'refId', {alias}.ref_id, 'externalId', {alias}.external_id")


def _unless_null(alias: str, pairs: str) -> str:
    return f"CASE WHEN {alias}.id IS NOT NULL THEN json_build_object({pairs}) END"


def instant(expression: str) -> str:
    """Return an instant in the connection's time zone."""
    return f"to_char({expression}, {STAMP})"


def _identity(alias: str) -> str:
    return (
        f"'refId', {alias}.ref_id, 'externalId', {alias}.external_id, 'customName', nullif({alias}.custom_name, ''), "
        f"'customAttributes', {alias}.custom_attributes"
    )


def _state(alias: str, reason: str) -> str:
    return (
        f"'state', json_build_object('state', {alias}.state, 'stateReason', {item(reason)}, "
        f"'stateValidFrom', {instant(f'{alias}.state_valid_from')}), 'plannedState', NULL, 'lastPlan', NULL"
    )


CONTACT = ", ".join(
    f"'{wire}', nullif(c.contact_{column}, '')"
    for wire, column in (
        ("name", "name"), ("email", "email"), ("phone", "phone"), ("addressLine1", "address_line1"),
        ("addressLine2", "address_line2"), ("postalCode", "postal_code"), ("city", "city"), ("country", "country"),
        ("language", "language"), ("taxNumber", "tax_number"),
    )
)  # fmt: skip

# Each form with the joins that it needs; {schema} is where the entity's own table is, {customer} and so on are tables.
CUSTOMER = f"""json_build_object({_identity("c")}, 'customerProfile', {item("cp")}, 'customerSegment', {item("cs")},
  'contact', json_strip_nulls(json_build_object({CONTACT})), 'testCustomer', c.test_customer, {_state("c", "cr")})"""
CUSTOMER_JOINS = """LEFT JOIN customers_customerprofile cp ON cp.id = c.profile_id
  LEFT JOIN customers_customersegment cs ON cs.id = c.segment_id JOIN entities_statereason cr ON cr.id = c.state_reason_id"""

ACCOUNT = f"""json_build_object({_identity("a")}, 'accountProfile', {item("ap")}, 'accountType', {item("at")},
  'paymentResponsible', at.payment_responsible, 'customer', {reference("ac")}, 'parent', {reference("aa")},
  'accountSegment', {item("asg")}, 'currency', {item("cu")}, 'billCycle', {item("bc")}, 'billingDay', a.billing_day,
  'billingMonth', a.billing_month, 'billingYear', a.billing_year, 'plannedBillCycle', NULL, 'taxExemption', a.tax_exemption,
  'taxResidence', nullif(a.tax_residence, ''), 'preferences', json_strip_nulls(json_build_object(
    'language', nullif(a.preference_language, ''), 'invoiceDelivery', nullif(a.preference_invoice_delivery, ''),
    'invoiceEmail', nullif(a.preference_invoice_email, ''), 'itemizedBill', a.preference_itemized_bill,
    'notifications', a.preference_notifications)), 'testAccount', a.test_account, {_state("a", "ar")})"""
ACCOUNT_JOINS = """LEFT JOIN accounts_accountprofile ap ON ap.id = a.profile_id
  JOIN accounts_accounttype at ON at.id = a.account_type_id JOIN customers_customer ac ON ac.id = a.customer_id
  LEFT JOIN accounts_account aa ON aa.id = a.parent_id LEFT JOIN accounts_accountsegment asg ON asg.id = a.segment_id
  JOIN accounts_currency cu ON cu.id = a.currency_id JOIN accounts_billcycle bc ON bc.id = a.bill_cycle_id
  JOIN entities_statereason ar ON ar.id = a.state_reason_id"""

SUBSCRIBER = f"""json_build_object({_identity("s")}, 'subscriberProfile', {item("sp")}, 'account', {reference("sa")},
  'customer', {reference("sc")}, 'primaryResourceType', {item("rt")}, 'primaryResource', s.live_resources ->> rt.code,
  'liveResources', s.live_resources, 'subscriberSegment', {item("ss")}, {_state("s", "sr")})"""
SUBSCRIBER_JOINS = """LEFT JOIN subscribers_subscriberprofile sp ON sp.id = s.profile_id
  JOIN accounts_account sa ON sa.id = s.account_id JOIN customers_customer sc ON sc.id = sa.customer_id
  LEFT JOIN subscribers_resourcetype rt ON rt.id = s.primary_resource_type_id
  LEFT JOIN subscribers_subscribersegment ss ON ss.id = s.segment_id JOIN entities_statereason sr ON sr.id = s.state_reason_id"""

# No offer here is individual, so no subscription has attributes.
SUBSCRIPTION = f"""json_build_object({_identity("u")}, 'customer', {reference("uc")}, 'account', {reference("ua")},
  'subscriber', {reference("us")}, 'offer', {item("o")}, 'offerVersion', ov.number,
  'priority', coalesce(u.priority, o.priority), 'parentOfferSubscription', {reference("up")},
  'offerAttributes', '[]'::json, {_state("u", "ur")})"""
SUBSCRIPTION_JOINS = """LEFT JOIN customers_customer uc ON uc.id = u.customer_id
  LEFT JOIN accounts_account ua ON ua.id = u.account_id LEFT JOIN subscribers_subscriber us ON us.id = u.subscriber_id
  LEFT JOIN offers_subscription up ON up.id = u.parent_id JOIN offers_offer o ON o.id = u.offer_id
  JOIN offers_offerversion ov ON ov.id = u.offer_version_id JOIN entities_statereason ur ON ur.id = u.state_reason_id"""
