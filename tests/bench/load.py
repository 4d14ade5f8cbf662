"""The load: one process, raw sockets kept alive, a closed loop per client. It counts only answers of status 200."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

# Seconds; a machine that does other things beside may be slow to start a server.
PATIENCE = 30


@dataclass
class Slice:
    """What one slice of load brought: answers, wall seconds, the generator's own CPU seconds, and each latency."""

    answers: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds


class BenchError(Exception):
    """An answer was not the expected one, so that no figure would mean anything."""


def exchange(port: int, request: bytes) -> bytes:
    """Send one request on a connection of its own; return the body; raise BenchError unless the status is 200 or 201."""
    client = _Client(port)
    try:
        client.socket.sendall(request)
        while (body := client.receive()) is None:
            pass
        return body
    finally:
        client.socket.close()


def load(port: int, requests: Iterator[bytes], clients: int, seconds: float) -> Slice:
    """Keep every client busy with one request after the other for the time given; clients connect before the clock."""
    done = Slice()
    selector = selectors.DefaultSelector()
    opened = [_Client(port) for _ in range(clients)]
    for client in opened:
        selector.register(client.socket, selectors.EVENT_READ, client)
    cpu, start = time.process_time(), time.perf_counter()
    end = start + seconds
    for client in opened:
        client.send(next(requests))
    busy = clients
    while busy:
        ready = selector.select(PATIENCE)
        if not ready:
            raise BenchError(f"A server did not answer for {PATIENCE} seconds.")
        for key, _ in ready:
            client = key.data
            if client.receive() is None:
                continue
            now = time.perf_counter()
            done.answers += 1
            done.latencies.append(now - client.sent_at)
            if now < end:
                client.send(next(requests))
            else:
                busy -= 1
    done.seconds = time.perf_counter() - start
    done.cpu = time.process_time() - cpu
    for client in opened:
        client.socket.close()
    selector.close()
    return done


class _Client:
    """One connection that is kept, with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """Read what is there; return the body once the answer is complete, None before."""
        part = self.socket.recv(65536)
        if not part:
            raise BenchError("A server closed a connection.")
        self.received += part
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return None
        lowered = head.lower()
        at = lowered.find(b"\r\ncontent-length:")
        if at < 0:
            raise BenchError(f"An answer has no Content-Length: {head!r}")
        length = int(lowered[at + 17 :].split(b"\r\n", 1)[0])
        if len(body) < length:
            return None
        if head[9:12] not in (b"200", b"201"):
            raise BenchError(f"{head.decode('latin-1')}\n\n{body[:1000].decode('utf-8', 'replace')}")
        self.received = b""
        return body
