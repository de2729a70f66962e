from .models.sale_backorder import OPEN_STATES


def post_init_hook(env):
    """Find what is owed already. Silent: no mail, activity, message on orders or reservation."""
    env["backorder.finder"]._find_existing()
    # whom to call is known from the first day on
    backorders = env["sale.backorder"]
    backorders._refresh_outreach(backorders.search([("state", "in", OPEN_STATES)]).ids)


def uninstall_hook(env):
    """Nothing of core was changed: the tables go with the models."""
