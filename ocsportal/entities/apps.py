"""The entities app: what every level shares."""

from functools import partial

from django.apps import AppConfig, apps


class EntitiesConfig(AppConfig):
    """Identity, attributes, states, plans and the cascade of customers, accounts, subscribers and subscriptions."""

    name = "ocsportal.entities"
    label = "entities"
    verbose_name = "Shared configuration"

    def ready(self) -> None:
        """Have every change of configuration draw a new edition, so that requests may remember configuration."""
        from ocsportal.entities.life import state_plans  # noqa: F401 - planned changes of state are declared there
        from ocsportal.entities.models import ConfigurationItem
        from ocsportal.entities.representation import configuration_json, configuration_shape
        from ocsportal.transactions import edition
        from ocsportal.transactions.representation import represents

        for model in apps.get_models():
            if issubclass(model, ConfigurationItem):
                edition.watch(model._meta.db_table)
                told = partial(configuration_json, model)
                represents(model, model._meta.label, configuration_shape(model))(told)
