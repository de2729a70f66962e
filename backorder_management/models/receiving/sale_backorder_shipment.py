"""A customer's deliveries leave together, because the salesperson wishes it."""

from odoo import models
from odoo.exceptions import AccessError, UserError

from ..sale_backorder import OPEN_STATES

TO_SHIP = ("waiting", "confirmed", "assigned")


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    def ship_together(self):
        """Let all open deliveries to the addresses of these backorders leave in one shipment for
        each customer, address and day, as far as the user may change their orders. Nothing is
        reserved or moved; what is picked stays as it is. A second call changes nothing.

        :return: the deliveries that leave together (``stock.picking``)
        :raise UserError: when no two of them can leave together; nothing is written then
        :raise AccessError: the user may not change one of these orders; nothing is written then
        """
        self._check_may_ship_together()
        self.env["backorder.tracker"]._drain()
        groups = self._find_shipments()
        if not groups:
            raise UserError(
                self.env._(
                    "It takes two unpicked deliveries to one address on one day: give your orders "
                    "the same date, or ask the colleague who sells the other one."
                )
            )
        with self.env.cr.savepoint():
            for group in groups:
                # sudo: who may change these orders may wish how they ship; shipments, and batches
                # where they are in use, belong to the warehouse
                if group.sudo()._ship_together():
                    group.sudo()._log_shipment()
        return self.env["stock.picking"].concat(*groups)

    def _check_may_ship_together(self):
        self.check_access("read")
        user = self.env.user
        works = user.has_group("sales_team.group_sale_salesman") or user.has_group(
            "stock.group_stock_user"
        )
        # sudo: the orders are looked up; whether the user may change them is asked as the user
        orders = self.sudo().sale_order_id.with_env(self.env)
        if not (self.env.su or works and orders.has_access("write")):
            raise AccessError(
                self.env._("Only who may change the orders says that they ship together.")
            )

    def _find_shipments(self):
        """:return: [transfers that can leave together]"""
        # sudo: the transfers are looked up; which of them he may have changed is asked as the user
        mine = self.sudo().sale_order_id.picking_ids.with_env(self.env)._filter_to_join()
        others = mine.search(
            [
                ("partner_id", "in", mine.partner_id.ids),
                ("picking_type_id", "in", mine.picking_type_id.ids),
                ("state", "in", TO_SHIP),
                ("sale_id", "!=", False),
            ]
        )
        groups = others._filter_to_join().grouped(lambda p: p._get_shipment_key()).values()
        return [group for group in groups if len(group) > 1 and group & mine]

    def action_ship_together(self):
        """:return: the deliveries that leave together, as an action"""
        pickings = self.ship_together()
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        return {**action, "domain": [("id", "in", pickings.ids)], "context": {}}


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _filter_to_join(self):
        """:return: the open deliveries among them of which nothing is picked, of orders that the
        user may change"""
        # sudo: whose orders these are decides, whether the user may read them or not
        found = self.sudo().filtered(lambda p: p.state in TO_SHIP and p._is_open_delivery())
        orders = found.sale_id | found.move_ids.sale_line_id.order_id
        foreign = orders - orders.with_env(self.env)._filtered_access("write")
        return found.filtered(
            lambda p: not (p.sale_id | p.move_ids.sale_line_id.order_id) & foreign
        ).with_env(self.env)

    def _is_open_delivery(self):
        """Whether it is the last transfer to a customer that is there so far, and not picked. In
        several steps the next one may come only when this one is done."""
        moves = self.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        if any(moves.mapped("picked")):
            return False
        if self.picking_type_code == "internal":
            return any(
                m.location_final_id.usage == "customer" and not m.move_dest_ids for m in moves
            )
        return self.picking_type_code == "outgoing"

    def _log_shipment(self):
        """On the backorders of their orders."""
        orders = self.sale_id | self.move_ids.sale_line_id.order_id
        records = self.env["sale.backorder"].search(
            [("sale_order_id", "in", orders.ids), ("state", "in", OPEN_STATES)]
        )
        text = self.env._(
            "Shipment %(shipment)s: %(transfers)s leave together.",
            shipment=self[:1].backorder_shipment,
            transfers=", ".join(f"{p.name} ({p.sale_id.name})" for p in self),
        )
        records._message_log_batch(dict.fromkeys(records.ids, text))


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_new_picking_values(self):
        """What was picked to leave together leaves together."""
        vals = super()._get_new_picking_values()
        shipments = set(self.move_orig_ids.picking_id.mapped("backorder_shipment"))
        places = self.location_final_id or self.location_dest_id
        if len(shipments) == 1 and set(places.mapped("usage")) == {"customer"}:
            vals["backorder_shipment"] = shipments.pop()
        return vals
