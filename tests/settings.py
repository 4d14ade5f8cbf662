"""Settings of the tests: the portal's own, on the engine that TEST_ENGINE names, with what only costs time left out."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("AUDIT_KEY", "only-for-tests-" + "a" * 40)
if os.environ.get("TEST_ENGINE") == "postgresql":
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
else:
    os.environ["DATABASE_URL"] = "sqlite:///unused.sqlite3"
for name in ("EVENTS_URL", "RATE_LIMIT", "DEBUG", "DATABASE_REPLICA_URL", "LOG_LEVEL"):
    os.environ.pop(name, None)
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["TIME_ZONE_BILLING"] = "Europe/Berlin"

from ocsportal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
# The live server's threads would keep connections that the teardown trips over.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
AXES_ENABLED = False
LOGGING["root"]["level"] = "CRITICAL"  # noqa: F405
LOGGING["loggers"]["ocsportal"]["level"] = "CRITICAL"  # noqa: F405
