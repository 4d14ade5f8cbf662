"""Logging: one JSON line per event, with the request's ID and never with personal data or bodies.

Tracebacks are told by their places. What an exception says is left out unless its type speaks of code and machines
rather than of data: databases quote rows ("Key (external_id)=(…) already exists"), parsers quote what they could not
read.
"""

import logging
import re
import traceback
from types import TracebackType
from typing import Any

import structlog

# Types whose words name code, files and connections.
HARMLESS = (AttributeError, NameError, ImportError, TypeError, OSError, RecursionError, MemoryError)
HARMLESS_MODULES = ("pika", "ssl", "socket", "gunicorn")
# What libraries put into their lines: something quoted, an e-mail address, a query string, a number long enough to be
# somebody's.
PERSONAL = re.compile(r"""(?<!\w)'[^']*'|"[^"]*"|[^\s<>]+@[^\s<>]+|\?\S+|\+?\d{7,}""")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def told(exc_info: ExcInfo) -> str:
    """Return an exception and those that led to it: where, of which type, and what it says if that is harmless."""
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        parts.append("".join(traceback.format_tb(error.__traceback__)) + _words(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "Traceback (most recent call last):\n" + "\n\nled to:\n\n".join(reversed(parts))


def _words(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    cause = error if hasattr(error, "diag") else error.__cause__
    diag = getattr(cause, "diag", None)
    if diag is not None and diag.sqlstate:
        facts = (diag.sqlstate, diag.table_name, diag.column_name, diag.constraint_name)
        return f"{name}: SQLSTATE {' '.join(fact for fact in facts if fact)}"
    # Without a state it is the connection that the driver speaks of.
    connecting = type(error).__name__ == "OperationalError"
    if connecting or isinstance(error, HARMLESS) or type(error).__module__.split(".")[0] in HARMLESS_MODULES:
        return f"{name}: {error}"
    return name


def without_people(_: object, __: str, event: dict[str, object]) -> dict[str, object]:
    """Blank out of a library's line what could be somebody's data; the portal's own lines hold none."""
    if not event.get("_from_structlog"):
        event["event"] = PERSONAL.sub("…", str(event["event"]))
    return event


def _least(level: str, least: str) -> str:
    """Return the higher of two levels: what is noisy or holds data stays quiet however low LOG_LEVEL is."""
    names = logging.getLevelNamesMapping()
    return max(level, least, key=names.__getitem__)


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(told),
]


def configure(debug: bool, level: str = "INFO") -> dict[str, object]:
    """Set structlog up and return Django's LOGGING: JSON lines, or colours on a developer's console.

    `level` is LOG_LEVEL (docs/operating.md): nothing below it is written, and at DEBUG each request too.
    """
    everything = debug or level == "DEBUG"
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = structlog.dev.ConsoleRenderer() if debug else structlog.processors.JSONRenderer(ensure_ascii=False)
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [without_people, meta, renderer],
                "foreign_pre_chain": SHARED,
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": _least(level, "WARNING")},
        "loggers": {
            "django": {"handlers": [], "level": _least(level, "INFO"), "propagate": True},
            # Of what was refused, and of each request of `runserver`, the lines of django_structlog tell already.
            "django.request": {"level": _least(level, "ERROR")},
            "django.server": {"handlers": [], "level": _least(level, "ERROR"), "propagate": True},
            # Statements with their values.
            "django.db.backends": {"level": _least(level, "WARNING")},
            "django_structlog": {"level": _least(level, "INFO" if everything else "WARNING")},
            "ocsportal": {"level": level},
            "axes": {"level": _least(level, "ERROR")},
            # The worker says itself, in one line, that the broker is away.
            "pika": {"level": "CRITICAL"},
        },
    }
