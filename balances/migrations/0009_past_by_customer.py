"""Enter what is in the journal already by the customers in whose trees it happened, as their histories tell."""

from django.db import migrations

SUBSCRIPTION = """
SELECT s.id, coalesce(s.customer_id, a.customer_id, b.customer_id) AS customer_id FROM offers_subscription s
LEFT JOIN accounts_account a ON a.id = s.account_id
LEFT JOIN subscribers_subscriber u ON u.id = s.subscriber_id
LEFT JOIN accounts_account b ON b.id = u.account_id
"""
SUBSCRIBER = "SELECT u.id, a.customer_id FROM subscribers_subscriber u JOIN accounts_account a ON a.id = u.account_id"
# Every level's history, with the customer that the row belongs to. An account never changes its customer.
TOUCHED = f"""
SELECT transaction_id, id AS customer_id FROM customers_historicalcustomer
UNION SELECT transaction_id, customer_id FROM accounts_historicalaccount
UNION SELECT h.transaction_id, t.customer_id FROM subscribers_historicalsubscriber h JOIN ({SUBSCRIBER}) t ON t.id = h.id
UNION SELECT h.transaction_id, t.customer_id FROM subscribers_historicalsubscriberresource h
  JOIN ({SUBSCRIBER}) t ON t.id = h.subscriber_id
UNION SELECT h.transaction_id, t.customer_id FROM offers_historicalsubscription h JOIN ({SUBSCRIPTION}) t ON t.id = h.id
UNION SELECT h.transaction_id, t.customer_id FROM balances_historicalbalance h
  JOIN ({SUBSCRIPTION}) t ON t.id = h.subscription_id
"""
ENTER = f"""
INSERT INTO transactions_customerentry (customer_id, position, transaction_id)
SELECT t.customer_id, j.position, j.transaction_id
FROM ({TOUCHED}) t JOIN transactions_journalentry j ON j.transaction_id = t.transaction_id
WHERE t.customer_id IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM transactions_customerentry e WHERE e.customer_id = t.customer_id AND e.position = j.position)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('balances', '0008_guards'),
        ('subscribers', '0009_indexes_of_lists'),
        ('transactions', '0009_journal'),
    ]

    operations = [
        migrations.RunSQL(ENTER, migrations.RunSQL.noop),
    ]
