"""What can be asked of tools/dev.py: one function per command."""

import os
import shutil

from . import browser, core_tests, lint, oca_tests, pyenv, server
from .common import HOME, ROOT, addons, die, foreground, locked, say
from .postgres import Postgres, is_outside
from .source import odoo_source
from .stack import CORE_PREFIX, DEMO, READY, TEST_CONF, Stack

TEST = "backorder_dev_test"
# each holds Odoo and for a time a browser, about 1 GB
MOST_PROCESSES = 4
WALK = "backorder_management/tests/test_random_walk.py"
# slow: what is named for hundreds of random pools is what happens, in hundreds of parallel rounds
PROOFS = (
    "backorder_management/tests/test_dates_agreement.py",
    "backorder_management/tests/test_policy_agreement.py",
    "backorder_management_purchase/tests/test_kept_agreement.py",
    "tests/test_notices_many.py",
    "tests/test_policy_concurrency.py",
)
# what make puts into its state folder
MADE = (
    "venv-*",
    "uv",
    "odoo",
    "data",
    "pg*",
    "node-*",
    "testcore",
    "oca-*",
    "chromium",
    "apt-*",
    "*.lock",
    "*.log",
    "*.conf",
)


def cmd_run(arguments):
    server.check_port()
    odoo_source()  # the likeliest thing to be missing: say so first
    with Postgres():
        stack = Stack()
        stack.demo()
        return server.serve(stack, arguments)


def cmd_test(arguments):
    """All but the slow proofs, on all cores, unless something is asked for by name."""
    return _run_tests(arguments or [*_on_all_cores(), *(f"--ignore={path}" for path in PROOFS)])


def _on_all_cores():
    """conftest.py deals the files out to the processes, in the order in which it finds them."""
    count = min(os.cpu_count() or 1, MOST_PROCESSES)
    return [f"-n{count}", "--dist=loadfile", "--no-loadscope-reorder"] if count > 1 else []


def cmd_test_proofs(arguments):
    return _run_tests([*PROOFS, *arguments])


def _run_tests(arguments):
    odoo_source()
    with Postgres():
        stack = Stack("dev")
        browser.link_browser(stack.bin)
        with locked("test", "the tests"):
            stack.databases("clone", stack.ready(), TEST)
            say("running the tests")
            try:
                return _pytest(stack, arguments)
            finally:
                _drop_left_over(stack)


def _drop_left_over(stack):
    """Of processes that were killed before they could clear up."""
    for name in stack.databases("names"):
        if name.startswith((f"{TEST}_", f"{READY}_")):
            stack.databases("drop", name)


def _pytest(stack, arguments):
    conf = HOME / "test.conf"
    conf.write_text(TEST_CONF.format(root=ROOT, data_dir=stack.data_dir))
    env = {
        **stack.env,
        "BACKORDER_READY_DB": READY,
        "BACKORDER_INSTALL_LOG": str(stack.log(READY)),
        "BACKORDER_DATA_DIR": str(stack.data_dir),
        "BACKORDER_LAUNCHER": str(stack.launcher),
    }
    odoo = ("--odoo-http", "--odoo-log-level=warn", f"--odoo-config={conf}")
    odoo += (f"--odoo-database={TEST}",)
    return foreground(stack.python, "-m", "pytest", *odoo, *arguments, cwd=ROOT, env=env)


def cmd_walk(arguments):
    os.environ.setdefault("BACKORDER_WALK_STEPS", "3000")
    return _run_tests([WALK, *arguments])


def cmd_test_core(arguments):
    options = core_tests.parse(arguments)
    odoo_source()
    with Postgres():
        return core_tests.main(options)


def cmd_test_oca(arguments):
    odoo_source()
    with Postgres():
        return oca_tests.main(arguments)


def cmd_lint(arguments):
    return lint.check(pyenv.venv("odoo", "dev") / "bin")


def cmd_format(arguments):
    return lint.rewrite(pyenv.venv("odoo", "dev") / "bin")


def cmd_lock(arguments):
    pyenv.compile_locks()
    lint.lock_node()


def cmd_bench(arguments):
    odoo_source()
    with Postgres():
        stack = Stack()
        with locked("bench", "a benchmark"):
            names = ("backorder_dev_bench_core", "backorder_dev_bench_addon")
            with locked("test", "the tests"):
                for source, target in zip((stack.template(), stack.ready()), names):
                    stack.databases("clone", source, target)
            options = [f"--odoo={option}" for option in (*stack.options, "--max-cron-threads=0")]
            script = ROOT / "tests" / "bench" / "run.py"
            try:
                return foreground(stack.python, script, *options, *names, *arguments, env=stack.env)
            finally:
                for name in names:
                    stack.databases("drop", name)


def cmd_shell(arguments):
    odoo_source()
    with Postgres():
        stack = Stack()
        stack.demo(update=False)
        options = ("--no-http", "--log-level=warn", "-d", DEMO)
        return foreground(*stack.command("shell", *options, *arguments), env=stack.env)


def cmd_pot(arguments):
    """The template for translators."""
    odoo_source()
    with Postgres():
        stack = Stack()
        with locked("test", "the tests"):
            ready, conf = stack.ready(), HOME / "test.conf"
            conf.write_text(TEST_CONF.format(root=ROOT, data_dir=stack.data_dir))
            command = (stack.python, stack.launcher, "i18n", "export", "-c", conf, "-d", ready)
            return foreground(*command, *addons(), env=stack.env)


def cmd_psql(arguments):
    with Postgres():
        if not shutil.which("psql"):
            die("psql is missing: `apt install postgresql-client`")
        return foreground("psql", "-d", DEMO, *arguments)


def cmd_stop(arguments):
    server.stop()


def cmd_clean(arguments):
    """Only what these tools have made, in case ODOO_DEV_HOME names a folder with other things."""
    server.stop()
    if is_outside():
        _drop_all()
    for path in [path for pattern in MADE for path in HOME.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if HOME.exists() and not any(HOME.iterdir()):
        HOME.rmdir()
    say(f"removed what make has put into {HOME}")


def _drop_all():
    """Our databases on the person's own server: without their files they are of no use."""
    with Postgres():
        stack = Stack()
        for name in stack.databases("names"):
            if name.startswith((CORE_PREFIX, "backorder_dev_")) or name == DEMO:
                say(f"dropping {name}")
                stack.databases("drop", name)
