from odoo.tools import SQL


def post_init_hook(env):
    """What vendors have promised so far is the first date that we know."""
    env.cr.execute(
        SQL(
            """
            UPDATE purchase_order_line pol SET backorder_first_date = pol.date_planned
              FROM purchase_order po
             WHERE po.id = pol.order_id AND po.state = 'purchase'
               AND pol.backorder_first_date IS NULL
               AND EXISTS (SELECT FROM stock_move m WHERE m.purchase_line_id = pol.id
                              AND m.state NOT IN ('done', 'cancel'))
            """
        )
    )
