def post_init_hook(env):
    """Find what is owed already. Silent: no mail, activity, message on orders or reservation."""
    env["backorder.finder"]._find_existing()


def uninstall_hook(env):
    """Nothing of core was changed: the tables go with the models."""
