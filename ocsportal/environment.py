"""What the environment says: every variable the portal reads, checked once at the start (docs/configuration.md)."""

import hmac
import os
import re
import zoneinfo
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from ocsportal.proxies import Proxies, read_proxies
from ocsportal.values.country_names import country_codes

BASE_DIR = Path(__file__).resolve().parent.parent
LINE = re.compile(r"\s*(#.*)?|(export )?[A-Za-z_0-9]+=.*")
DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
BROKER_SCHEMES = ("amqp", "amqps")
EXCHANGE = re.compile(r"[A-Za-z0-9._:-]{1,127}")
# What RFC 3986 lets stand in a URI reference.
SOURCE = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,200}")
UNROUTED = ("pass", "hold")
# A server that went without a word is noticed within half a minute, not after the two hours of the system's default.
POSTGRESQL = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# A waiting writer gives up before the client does; a frozen process does not hold its locks for ever. No statement here takes as
# long as compiling one would: for a search that looks dear beforehand PostgreSQL's just-in-time compiler takes half a second.
SESSION = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s -c jit=off"
# What Django takes of an address itself, beside what PostgreSQL's own library knows.
OF_DJANGO = {"server_side_binding", "isolation_level", "pool", "assume_role"}
AUDIT_KEY = re.compile(r"(?:([1-9][0-9]{0,3}):)?([A-Za-z0-9_+/=-]{32,})")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# A name or an address, without scheme, port or path; a dot in front stands for all names below.
HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]")


def read_file(path: Path) -> None:
    """Take from a file what the environment does not say; raise ImproperlyConfigured where a line is no NAME=value."""
    if not path.is_file():
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path.name} can't be read as text.") from error
    for number, line in enumerate(lines, start=1):
        # Not quoted: it may be a secret.
        if not LINE.fullmatch(line):
            raise ImproperlyConfigured(f"Line {number} of {path.name} is not NAME=value.")
    environ.Env.read_env(str(path))


read_file(BASE_DIR / ".env")


def text(name: str, default: str = "") -> str:
    """Return a variable as it stands: a `$` in it is a character of a secret, not the name of another variable."""
    return os.environ.get(name, default)


def secret_key() -> str:
    """Return SECRET_KEY; raise ImproperlyConfigured when it is missing or too short to be secret."""
    value = text("SECRET_KEY")
    if not value:
        raise ImproperlyConfigured("SECRET_KEY is not set; `make install` writes one into .env.")
    if len(value) < 32:
        raise ImproperlyConfigured("SECRET_KEY has fewer than 32 characters.")
    return value


def audit_keys() -> dict[int, bytes]:
    """Return AUDIT_KEY by number, or what is in the file that AUDIT_KEY_FILE names: `2:new,1:former`, a bare one is number 1.

    Raise ImproperlyConfigured on what is none, and where a real database would be served without one; a database for trying
    out is served with one that follows from SECRET_KEY.
    """
    value = text("AUDIT_KEY").strip() or _content("AUDIT_KEY_FILE", text("AUDIT_KEY_FILE"))
    if not value:
        if text("DATABASE_URL").startswith("postgres") and not flag("DEBUG"):
            raise ImproperlyConfigured("AUDIT_KEY is not set; `make install` writes one into .env.")
        return {1: hmac.digest(secret_key().encode(), b"audit", "sha256")}
    found: dict[int, bytes] = {}
    for part in re.split(r"[,\s]+", value):
        match = AUDIT_KEY.fullmatch(part)
        if not match:
            raise ImproperlyConfigured(
                "AUDIT_KEY must be NUMBER:SECRET by comma, each secret of 32 or more letters, digits and -_+/=."
            )
        number = int(match[1] or 1)
        if number in found:
            raise ImproperlyConfigured("AUDIT_KEY has two keys of one number.")
        found[number] = match[2].encode()
    return found


def _content(name: str, path: str) -> str:
    """Return what the file says that a variable names, if it names one; raise ImproperlyConfigured if it can't be read."""
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name} can't be read as text.") from error


def flag(name: str, default: bool = False) -> bool:
    """Return a yes/no variable; raise ImproperlyConfigured on anything that is neither."""
    value = text(name).strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value == "":
        return default
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def allowed_hosts() -> list[str]:
    """Return ALLOWED_HOSTS, a comma-separated list; only this machine when it names none."""
    hosts = [host.strip() for host in text("ALLOWED_HOSTS").split(",") if host.strip()]
    for host in hosts:
        if not HOST.fullmatch(host):
            raise ImproperlyConfigured(f"ALLOWED_HOSTS must be names such as ocs.example.com by comma, not {host!r}.")
    return hosts or ["127.0.0.1", "localhost", "[::1]"]


def log_level() -> str:
    """Return LOG_LEVEL, from which on lines are written; raise ImproperlyConfigured on anything but a level's name."""
    value = text("LOG_LEVEL").strip().upper() or "INFO"
    if value not in LEVELS:
        raise ImproperlyConfigured("LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return value


def billing_time_zone() -> str:
    """Return TIME_ZONE_BILLING, an IANA name; raise ImproperlyConfigured when it names no zone."""
    name = text("TIME_ZONE_BILLING", "Europe/Berlin")
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"TIME_ZONE_BILLING names no time zone: {name!r}.") from error
    return name


def home_country() -> str:
    """Return HOME_COUNTRY, ISO 3166-1 alpha-2: whose national phone numbers the portal understands."""
    value = text("HOME_COUNTRY", "DE")
    if value not in country_codes():
        raise ImproperlyConfigured("HOME_COUNTRY must be an ISO 3166-1 code of two capital letters, such as DE.")
    return value


def events_url() -> str:
    """Return EVENTS_URL (amqp://…), empty when no broker is configured; raise ImproperlyConfigured on what is no address."""
    url = text("EVENTS_URL")
    if not url:
        return ""
    parts = _split("EVENTS_URL", url, "a broker address")
    if parts.scheme not in BROKER_SCHEMES:
        raise ImproperlyConfigured("EVENTS_URL must start with amqp:// or amqps://.")
    if not parts.hostname:
        raise ImproperlyConfigured("EVENTS_URL names no host.")
    # A tenth of a second at the start, which only those pay who have a broker.
    from pika import URLParameters

    try:
        URLParameters(url)
    except (ValueError, TypeError) as error:
        raise ImproperlyConfigured(
            "EVENTS_URL has an option that AMQP does not know, or a bad value of one."
        ) from error
    return url


def events_exchange() -> str:
    """Return EVENTS_EXCHANGE, the exchange that events are published to; raise ImproperlyConfigured on what is no name of one."""
    name = text("EVENTS_EXCHANGE") or "ocs.casm"
    if not EXCHANGE.fullmatch(name) or name.startswith("amq."):
        raise ImproperlyConfigured(
            "EVENTS_EXCHANGE must be up to 127 letters, digits and -_.: without spaces, and not begin with amq."
        )
    return name


def events_source() -> str:
    """Return EVENTS_SOURCE, which tells installations apart in their events; raise ImproperlyConfigured on what is no URI."""
    source = text("EVENTS_SOURCE") or "/v1/casm"
    if not SOURCE.fullmatch(source):
        raise ImproperlyConfigured(
            "EVENTS_SOURCE must be a URI or path of up to 200 characters, such as https://ocs.example.com/v1/casm."
        )
    return source


def events_unrouted() -> str:
    """Return EVENTS_UNROUTED, what becomes of an event that no queue takes while others are taken: pass or hold."""
    value = text("EVENTS_UNROUTED").strip().lower() or "pass"
    if value not in UNROUTED:
        raise ImproperlyConfigured("EVENTS_UNROUTED must be pass or hold.")
    return value


def rate_limit() -> str:
    """Return RATE_LIMIT (such as 600/minute) per API client, empty for none; raise ImproperlyConfigured on nonsense."""
    value = text("RATE_LIMIT")
    number, _, period = value.partition("/")
    if value and not (
        number.isdecimal() and len(number) < 10 and int(number) > 0 and period in ("second", "minute", "hour", "day")
    ):
        raise ImproperlyConfigured("RATE_LIMIT must look like 600/minute.")
    return value


def trusted_proxies() -> Proxies:
    """Return TRUSTED_PROXIES, none unless it is set; raise ImproperlyConfigured when it names neither hops nor networks."""
    value = text("TRUSTED_PROXIES")
    try:
        return read_proxies(value)
    except ValueError as error:
        words = "TRUSTED_PROXIES must be a number of hops up to 20, or addresses such as 10.0.0.5,10.1.0.0/16."
        raise ImproperlyConfigured(words) from error


def databases() -> dict[str, dict[str, object]]:
    """Return Django's DATABASES from DATABASE_URL and DATABASE_REPLICA_URL (docs/configuration.md)."""
    found = {"default": _database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'ocsportal.sqlite3'}")}
    if text("DATABASE_REPLICA_URL"):
        found["replica"] = _database("DATABASE_REPLICA_URL", "") | {"TEST": {"MIRROR": "default"}}
    return found


def _database(name: str, default: str) -> dict[str, object]:
    url = text(name) or default
    if _split(name, url, "a database address").scheme not in DATABASE_SCHEMES:
        raise ImproperlyConfigured(f"{name} must start with sqlite:/// or postgres://.")
    try:
        database = dict(environ.Env.db_url_config(url))
    except (ValueError, environ.ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} is not a database address.") from error
    options = dict(database.get("OPTIONS") or {})
    if not database.get("NAME") and "service" not in options:
        raise ImproperlyConfigured(f"{name} names no database.")
    _check_options(name, options, database["ENGINE"].endswith("sqlite3"))
    if database["ENGINE"].endswith("sqlite3"):
        # Writers queue at BEGIN instead of failing half way; WAL lets readers go on; FULL keeps answered writes.
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
    else:
        # What the address says comes last and so wins. Connections are kept, which is worth a factor of 2.5.
        options = POSTGRESQL | options | {"options": f"{SESSION} {options.get('options', '')}".strip()}
        database |= {"CONN_MAX_AGE": None}
    return database | {"OPTIONS": options}


def _split(name: str, url: str, what: str) -> SplitResult:
    """Return the parts of an address; raise ImproperlyConfigured where it has none or its port is no port."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (looked at, since it is read only then)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not {what}.") from error
    return parts


def _check_options(name: str, options: dict[str, object], sqlite: bool) -> None:
    """Raise ImproperlyConfigured on what an address says after `?` and no connection could be opened with."""
    if sqlite and options:
        raise ImproperlyConfigured(f"{name} takes no options for SQLite.")
    if sqlite:
        return
    from psycopg import pq

    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()} | OF_DJANGO
    if unknown := sorted(options.keys() - known):
        raise ImproperlyConfigured(f"{name} has an option that PostgreSQL does not know: {unknown[0]!r}.")
    for option in POSTGRESQL:
        if option in options and not str(options[option]).isdecimal():
            raise ImproperlyConfigured(f"{name}: {option} must be a whole number.")
