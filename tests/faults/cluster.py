"""A PostgreSQL that may be stopped and killed: a cluster of its own, in a folder of its own, on a port of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A cluster from this machine's own binaries; it syncs to disk as a real one does, since crashes are its business."""

    def __init__(self, begin: Callable[["Cluster"], None] | None = None, binaries: Path | None = None) -> None:
        """Prepare a new one, or one that `begin` fills, from the newest binaries unless others are named."""
        self.bin = binaries or self._binaries()
        self.port = free_port()
        self.home = Path(tempfile.mkdtemp(prefix="ocs-faults-"))
        # PostgreSQL refuses to run as root.
        owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self.who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        if owner:
            os.chown(self.home, owner.pw_uid, owner.pw_gid)
        (begin or Cluster._initialise)(self)

    def _initialise(self) -> None:
        options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.run("initdb", "-D", str(self.home / "data"), *options)

    @property
    def url(self) -> str:
        """Where the portal finds it."""
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self, **settings: str) -> None:
        """Start it, with these settings beside the usual ones."""
        given = {
            "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.home,
            "max_wal_size": "512MB", **settings,
        }  # fmt: skip
        options = " ".join(f"-c {name}={value}" for name, value in given.items())
        self.run("pg_ctl", "-D", str(self.home / "data"), "-w", "-l", str(self.home / "log"), "-o", options, "start")

    def configure(self, *lines: str) -> None:
        """Add lines to its configuration, for its next start."""
        with (self.home / "data" / "postgresql.conf").open("a") as file:
            file.write("".join(f"{line}\n" for line in lines))

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends the sessions, `immediate` is as good as a crash."""
        self.run("pg_ctl", "-D", str(self.home / "data"), "-m", mode, "-w", "stop")

    def stand_up(self) -> None:
        """Start it unless it runs, for what comes next."""
        if not (self.home / "data" / "postmaster.pid").exists():
            self.start()

    def log(self) -> str:
        """Return what it has written."""
        return (self.home / "log").read_text(errors="replace")

    def remove(self) -> None:
        """Stop it if it runs, and leave nothing behind."""
        if (self.home / "data" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def run(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs as the cluster's owner; raise RuntimeError with what it said when it fails."""
        done = subprocess.run(
            [self.bin / program, *words], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, **self.who,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')[-500:]}")

    @staticmethod
    def _binaries() -> Path:
        places = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
        places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        for place in places:
            if (place / "initdb").exists() and (place / "pg_ctl").exists():
                return place
        raise SystemExit("No PostgreSQL binaries on this machine.")
