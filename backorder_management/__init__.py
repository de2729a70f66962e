from . import controllers, models, wizard
from . import models, report, wizard
from .hooks import post_init_hook, uninstall_hook
