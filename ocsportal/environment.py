"""What the environment says: every variable the portal reads, checked once at the start (docs/configuration.md)."""

import zoneinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from ocsportal.proxies import Proxies, read_proxies
from ocsportal.values.country_names import country_codes

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(str(BASE_DIR / ".env")) if (BASE_DIR / ".env").is_file() else None

DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
BROKER_SCHEMES = ("amqp", "amqps")
# A server that went without a word is noticed within half a minute, not after the two hours of the system's default.
POSTGRESQL = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# A waiting writer gives up before the client does; a frozen process does not hold its locks for ever.
WAITING = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"


def secret_key() -> str:
    """Return SECRET_KEY; raise ImproperlyConfigured when it is missing or too short to be secret."""
    value = env.str("SECRET_KEY", default="")
    if not value:
        raise ImproperlyConfigured("SECRET_KEY is not set; `make install` writes one into .env.")
    if len(value) < 32:
        raise ImproperlyConfigured("SECRET_KEY has fewer than 32 characters.")
    return value


def flag(name: str, default: bool = False) -> bool:
    """Return a yes/no variable; raise ImproperlyConfigured on anything that is neither."""
    value = env.str(name, default="").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value == "":
        return default
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def allowed_hosts() -> list[str]:
    """Return ALLOWED_HOSTS, a comma-separated list; only this machine when it is not set."""
    return [
        host.strip()
        for host in env.str("ALLOWED_HOSTS", default="127.0.0.1,localhost,[::1]").split(",")
        if host.strip()
    ]


def billing_time_zone() -> str:
    """Return TIME_ZONE_BILLING, an IANA name; raise ImproperlyConfigured when it names no zone."""
    name = env.str("TIME_ZONE_BILLING", default="Europe/Berlin")
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"TIME_ZONE_BILLING names no time zone: {name!r}.") from error
    return name


def home_country() -> str:
    """Return HOME_COUNTRY, ISO 3166-1 alpha-2: whose national phone numbers the portal understands."""
    value = env.str("HOME_COUNTRY", default="DE")
    if value not in country_codes():
        raise ImproperlyConfigured("HOME_COUNTRY must be an ISO 3166-1 code of two capital letters, such as DE.")
    return value


def events_url() -> str:
    """Return EVENTS_URL (amqp://…), empty when no broker is configured; raise ImproperlyConfigured on another scheme."""
    url = env.str("EVENTS_URL", default="")
    if url and urlsplit(url).scheme not in BROKER_SCHEMES:
        raise ImproperlyConfigured("EVENTS_URL must start with amqp:// or amqps://.")
    return url


def rate_limit() -> str:
    """Return RATE_LIMIT (such as 600/minute) per API client, empty for none; raise ImproperlyConfigured on nonsense."""
    value = env.str("RATE_LIMIT", default="")
    number, _, period = value.partition("/")
    if value and not (number.isdigit() and int(number) > 0 and period in ("second", "minute", "hour", "day")):
        raise ImproperlyConfigured("RATE_LIMIT must look like 600/minute.")
    return value


def trusted_proxies() -> Proxies:
    """Return TRUSTED_PROXIES, none unless it is set; raise ImproperlyConfigured when it names neither hops nor networks."""
    value = env.str("TRUSTED_PROXIES", default="")
    try:
        return read_proxies(value)
    except ValueError as error:
        words = "TRUSTED_PROXIES must be a number of hops up to 20, or addresses such as 10.0.0.5,10.1.0.0/16."
        raise ImproperlyConfigured(words) from error


def databases() -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES from DATABASE_URL and DATABASE_REPLICA_URL (docs/configuration.md)."""
    found = {"default": _database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'ocsportal.sqlite3'}")}
    if env.str("DATABASE_REPLICA_URL", default=""):
        found["replica"] = _database("DATABASE_REPLICA_URL", "") | {"TEST": {"MIRROR": "default"}}
    return found


def _database(name: str, default: str) -> dict[str, Any]:
    url = env.str(name, default=default)
    if urlsplit(url).scheme not in DATABASE_SCHEMES:
        raise ImproperlyConfigured(f"{name} must start with sqlite:/// or postgres://.")
    try:
        database = dict(env.db_url_config(url))
    except (ValueError, environ.ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} is not a database address.") from error
    options = dict(database.get("OPTIONS") or {})
    if not database.get("NAME") and "service" not in options:
        raise ImproperlyConfigured(f"{name} names no database.")
    if database["ENGINE"].endswith("sqlite3"):
        # Writers queue at BEGIN instead of failing half way; WAL lets readers go on; FULL keeps answered writes.
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
    else:
        # What the address says comes last and so wins. Connections are kept, which is worth a factor of 2.5.
        options = POSTGRESQL | options | {"options": f"{WAITING} {options.get('options', '')}".strip()}
        database |= {"CONN_MAX_AGE": None}
    return database | {"OPTIONS": options}
