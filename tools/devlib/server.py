"""The server of `make run`."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import threading
import urllib.request

from .common import HOME, die, make_home, say
from .postgres import stop_left_behind
from .stack import DEMO

PORT = os.environ.get("ODOO_PORT") or "8069"
URL = f"http://127.0.0.1:{PORT}"
WHERE = """Odoo is ready: {url}   user admin, password admin   Ctrl-C stops it
    Sales > Orders > Backorders   what each customer is still owed
    Backorders                    the app: orders, items, first steps
    Inventory > Overview          the deliveries that wait"""


def check_port():
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(PORT)))
        except ValueError:
            die(f"ODOO_PORT={PORT} is not a number")
        except OSError as error:
            other = int(PORT) + 1
            die(f"port {PORT} is taken ({error.strerror}): try ODOO_PORT={other} make run")


def serve(stack, arguments):
    """Until Ctrl-C or SIGTERM. -> Odoo's exit status"""
    say(f"starting Odoo on {URL}")
    options = ("-d", DEMO, f"--db-filter=^{DEMO}$", f"--http-port={PORT}")
    make_home()
    with open(HOME / f"run-{PORT}.pid", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        process = subprocess.Popen(stack.command(*options, *arguments), env=stack.env)
        # Ctrl-C reaches Odoo by itself (same terminal); a second signal is a forced shutdown
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        handle.write(str(os.getpid()))
        handle.flush()
        ended = threading.Event()
        threading.Thread(target=_announce, args=(ended,), daemon=True).start()
        try:
            return process.wait()
        finally:
            ended.set()
            os.unlink(handle.name)


def _announce(ended):
    while not ended.wait(0.3):
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"{URL}/web/health", timeout=5).status == 200:
                say(WHERE.format(url=URL))
                return


def stop():
    """The servers of `make run`, and a PostgreSQL that a killed make has left behind."""
    for path in HOME.glob("run-*.pid"):
        with open(path) as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
                path.unlink()
            except BlockingIOError:
                say(f"stopping the server of {path.stem}")
                os.kill(int(handle.read()), signal.SIGTERM)
                fcntl.flock(handle, fcntl.LOCK_SH)  # until it has ended
    stop_left_behind()
