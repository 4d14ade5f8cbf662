"""How gunicorn serves the portal when it is started in this folder; what its command line says wins (docs/operating.md)."""

import re
import socket
import struct
from typing import Any

from gunicorn.glogging import Logger

from ocsportal.logs import PERSONAL, told

worker_class = "gthread"
workers = 2
threads = 4
graceful_timeout = 20
keepalive = 30
# Where --access-logfile asks for it: the path without its query string, which may hold data of people, and no referrer.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s %(D)s %({x-request-id}o)s'

# A client that stops in the middle of a request, or reads no answer, holds a thread for so long and no longer.
STUCK_SECONDS = 10
# A client that connects and says nothing is left to the kernel for so long, and holds no thread meanwhile.
SILENT_SECONDS = 60

# What gunicorn says of a request that it could not read quotes the request.
QUOTED = re.compile(r"""['"].*""", re.DOTALL)


class Discreet(Logger):
    """gunicorn's own log without what it quotes of requests, which may be somebody's data."""

    def setup(self, cfg: Any) -> None:
        """Have every line of the error log go through `discreet`."""
        super().setup(cfg)
        self.error_log.addFilter(discreet)


def discreet(record: Any) -> bool:
    """Blank out of a line what it quotes, and tell its traceback by places."""
    words = record.getMessage()
    known = QUOTED if words.startswith("Invalid request") else PERSONAL
    record.msg, record.args = known.sub("…", words), ()
    if record.exc_info:
        record.exc_text, record.exc_info = told(record.exc_info), None
    return True


logger_class = Discreet


def when_ready(server: Any) -> None:
    """Put limits on how long a client is waited for; every connection inherits them from the listener."""
    limit = struct.pack("ll", STUCK_SECONDS, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        if listener.sock.family != socket.AF_UNIX and hasattr(socket, "TCP_DEFER_ACCEPT"):
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_SECONDS)
