"""How gunicorn serves the portal when it is started in this folder; what its command line says wins (docs/operating.md)."""

import socket
import struct
from typing import Any

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


def when_ready(server: Any) -> None:
    """Put limits on how long a client is waited for; every connection inherits them from the listener."""
    limit = struct.pack("ll", STUCK_SECONDS, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        if listener.sock.family != socket.AF_UNIX and hasattr(socket, "TCP_DEFER_ACCEPT"):
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_SECONDS)
