"""The addon beside addons of the OCA: the tests of both, in one database."""

from . import pyenv
from .common import HOME, ROOT, addons, foreground, locked, say
from .stack import TEST_CONF, Stack

DATABASE = "backorder_dev_testoca"
TESTS = ROOT / "backorder_management" / "tests"
# of ours those where the other addons take part: who gets the stock
OURS = ("test_flow_basics.py", "test_policy*.py")


def main(arguments):
    stack = Stack("dev")
    folder = pyenv.addons("oca")
    theirs = sorted(path.parent.name for path in folder.glob("*/__manifest__.py"))
    stack.use_addons(ROOT, folder)
    with locked("testoca", "the tests with the OCA's addons"):
        _database(stack, theirs)
        ours = [path for pattern in OURS for path in sorted(TESTS.glob(pattern))]
        say(f"running the tests of {', '.join(theirs)} and {len(ours)} files of ours")
        try:
            return _pytest(stack, folder, [*ours, *(folder / name for name in theirs)], arguments)
        finally:
            stack.databases("drop", DATABASE)


def _database(stack, theirs):
    template = stack.template()
    say(f"installing {', '.join(theirs)} beside {', '.join(addons())}")
    stack.databases("clone", template, DATABASE + "_tmp")
    stack.install(DATABASE, "-i", ",".join([*addons(), *theirs]))
    stack.databases("rename", DATABASE + "_tmp", DATABASE)


def _pytest(stack, folder, paths, arguments):
    conf = HOME / "testoca.conf"
    conf.write_text(TEST_CONF.format(root=f"{ROOT},{folder}", data_dir=stack.data_dir))
    odoo = ("--odoo-log-level=warn", f"--odoo-config={conf}", f"--odoo-database={DATABASE}")
    where = ("-c", ROOT / "pytest.ini", f"--rootdir={ROOT}")
    command = (stack.python, "-m", "pytest", *odoo, *where, *arguments, *paths)
    return foreground(*command, cwd=ROOT, env=stack.env)
