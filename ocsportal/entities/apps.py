"""The entities app: what every level shares."""

from django.apps import AppConfig


class EntitiesConfig(AppConfig):
    """Identity, attributes, states, plans and the cascade of customers, accounts, subscribers and subscriptions."""

    name = "ocsportal.entities"
    label = "entities"
    verbose_name = "Shared configuration"
