"""How gunicorn serves the portal when it is started in this folder; what its command line says wins (docs/operating.md)."""

import socket
import struct
from typing import Any

worker_class = "gthread"
workers = 2
threads = 4
graceful_timeout = 20
keepalive = 30

# A client that stops in the middle of a request, or reads no answer, holds a thread for so long and no longer.
STUCK_SECONDS = 10


def when_ready(server: Any) -> None:
    """Put a limit on how long a read or write waits for a client; every connection inherits it from the listener."""
    limit = struct.pack("ll", STUCK_SECONDS, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
