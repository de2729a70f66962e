from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.backorder_reader import EPSILON

RECENT_DAYS = 3


class BackorderServe(models.TransientModel):
    """After a receipt: product by product who gets what, and one click that prepares it."""

    _name = "backorder.serve"
    _description = "Serve Backorders"

    picking_ids = fields.Many2many(
        "stock.picking", "backorder_serve_receipt_rel", string="Receipts", readonly=True
    )
    line_ids = fields.One2many("backorder.serve.line", "wizard_id", string="Items")
    state = fields.Selection(
        [("draft", "To prepare"), ("prepared", "Prepared")], default="draft", readonly=True
    )
    prepared_ids = fields.Many2many(
        "stock.picking", "backorder_serve_delivery_rel", string="Deliveries", readonly=True
    )
    prepared_count = fields.Integer(compute="_compute_prepared_count")

    @api.depends("prepared_ids")
    def _compute_prepared_count(self):
        for serve in self:
            serve.prepared_count = len(serve.prepared_ids)

    # === OPEN === #

    @api.model
    def action_open(self):
        """From the menu: what arrived in the last days, and somebody waits for."""
        return self._open(self._get_recent_receipts())

    @api.model
    def _open(self, receipts):
        """:param receipts: transfers that are done"""
        self.env["sale.backorder"]._check_may_fulfil()
        receipts.check_access("read")
        self.env["backorder.tracker"]._drain()
        receipts = receipts.filtered(lambda p: p.state == "done")
        lines = self._prepare_lines(receipts._get_lines_to_serve())
        serve = self.create({"picking_ids": [Command.set(receipts.ids)], "line_ids": lines})
        return serve._get_window()

    def _get_window(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Serve backorders"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.model
    def _get_recent_receipts_domain(self):
        return [
            ("state", "=", "done"),
            ("picking_type_code", "!=", "outgoing"),
            ("date_done", ">=", fields.Datetime.now() - timedelta(days=RECENT_DAYS)),
        ]

    @api.model
    def _get_recent_receipts(self):
        receipts = self.env["stock.picking"].search(self._get_recent_receipts_domain())
        wanted = {(x.product_id.id, x.warehouse_id.id) for x in receipts._get_lines_to_serve()}
        return receipts.filtered(lambda p: p._get_incoming_pools() & wanted)

    @api.model
    def _prepare_lines(self, lines):
        """:return: commands, product by product, who is served first on top"""
        ranks = self._read_ranks(lines)
        last = max(ranks.values(), default=0) + 1
        lines = lines.sorted(
            lambda x: (x.product_id.display_name, x.product_id.id, ranks.get(x, last), x.id)
        )
        return [
            Command.create(
                {
                    "backorder_line_id": line.id,
                    "rank": ranks.get(line, 0),
                    "selected": not line.check_stock,
                }
            )
            for line in lines
        ]

    @api.model
    def _read_ranks(self, lines):
        """:return: {backorder line: its place among all who want the product}"""
        pools = {(x.product_id.id, x.warehouse_id.id) for x in lines}
        places = self.env["backorder.ahead"]._read_places(pools)
        result = {}
        for line in lines:
            moves = line.sale_line_id.move_ids.filtered(
                lambda m, line=line: m.product_id == line.product_id and m.id in places
            )
            if moves:
                result[line] = min(places[m.id] for m in moves)
        return result

    # === PREPARE === #

    def action_prepare(self):
        """Reserve what these items may have, bundle their transfers, print the pick list and the
        labels."""
        self.ensure_one()
        lines = self.line_ids.filtered("selected").backorder_line_id
        if not lines:
            raise UserError(self.env._("Choose at least one item."))
        pickings = self._prepare_deliveries(lines)
        if not pickings:
            raise UserError(
                self.env._(
                    "None of these items can ship now: nothing is reserved for them, or their "
                    "orders wait to ship complete."
                )
            )
        self._bundle(pickings)
        self.write({"prepared_ids": [Command.set(pickings.ids)], "state": "prepared"})
        return self._print_all()

    @api.model
    def _prepare_deliveries(self, lines):
        """:return: the transfers that hold goods for these items and may be processed now"""
        backorders = lines.backorder_id
        backorders._check_may_fulfil()
        tracker, runner = self.env["backorder.tracker"], self.env["backorder.runner"]
        tracker._drain()
        with tracker._flow():
            runner._reserve(backorders)
        ready = backorders.filtered(lambda b: b.state == "ready")
        available = ready._get_available()
        wanted = {x: available[x] for x in lines if available.get(x, 0.0) > EPSILON}
        return runner._prepare(ready._add_unlisted(wanted), chosen=False)

    @api.model
    def _bundle(self, pickings):
        """One batch per operation type, where batches are installed and there is more than one
        transfer. A transfer that somebody put in a batch stays there."""
        if "stock.picking.batch" not in self.env:
            return
        free = pickings.filtered(self._is_free)
        for kind, group in free.grouped("picking_type_id").items():
            if len(group) > 1:
                batch = self.env["stock.picking.batch"].create(
                    {
                        "picking_type_id": kind.id,
                        "company_id": kind.company_id.id,
                        "picking_ids": [Command.set(group.ids)],
                    }
                )
                batch.action_confirm()

    @api.model
    def _is_free(self, picking):
        """Core puts each transfer in a batch by itself where batches are automatic."""
        batch = picking.batch_id
        return not batch or (batch.picking_ids == picking and not batch.user_id)

    # === WHAT FOLLOWS === #

    def action_print_pick_list(self):
        return self._print("backorder_management.action_report_backorder_pick_list")

    def action_print_labels(self):
        return self._print("backorder_management.action_report_backorder_labels")

    def _print_all(self):
        """Both papers, one after the other, as Odoo prints several; then the window again."""
        return {
            "type": "ir.actions.client",
            "tag": "do_multi_print",
            "params": {
                "reports": [self.action_print_pick_list(), self.action_print_labels()],
                "anotherAction": self._get_window(),
            },
        }

    def _print(self, xmlid):
        return self.env.ref(xmlid).report_action(self.prepared_ids, config=False)

    def action_view_deliveries(self):
        return self.env["sale.backorder.fulfil"]._get_pickings_action(self.prepared_ids)


class BackorderServeLine(models.TransientModel):
    _name = "backorder.serve.line"
    _description = "Serve Backorders Item"

    wizard_id = fields.Many2one("backorder.serve", required=True, ondelete="cascade")
    backorder_line_id = fields.Many2one(
        "sale.backorder.line", required=True, readonly=True, ondelete="cascade"
    )
    selected = fields.Boolean(string="Prepare", help="Leave out what is not to be prepared now.")
    rank = fields.Integer(
        readonly=True, help="The place in the line of all who want this product, from 1."
    )
    product_id = fields.Many2one(related="backorder_line_id.product_id")
    product_uom_id = fields.Many2one(related="backorder_line_id.product_uom_id", string="Unit")
    sale_order_id = fields.Many2one(related="backorder_line_id.sale_order_id", string="Order")
    partner_id = fields.Many2one(related="backorder_line_id.partner_id", string="Customer")
    qty_open = fields.Float(related="backorder_line_id.qty_open")
    qty_ready = fields.Float(related="backorder_line_id.qty_ready", string="Reserved")
    promised_date = fields.Date(related="backorder_line_id.promised_date")
    check_stock = fields.Boolean(related="backorder_line_id.check_stock")
    note = fields.Char(compute="_compute_pickings")
    picking_ids = fields.Many2many(
        "stock.picking",
        string="Transfer",
        compute="_compute_pickings",
        help="Holds the goods that are reserved now.",
    )

    @api.depends("backorder_line_id.qty_ready", "backorder_line_id.backorder_id.state")
    def _compute_pickings(self):
        runner = self.env["backorder.runner"]
        for line in self:
            item = line.backorder_line_id
            moves = runner._get_holding_moves(item).filtered(lambda m: m.quantity > EPSILON)
            line.picking_ids = moves.picking_id
            line.note = line._get_note()

    def _get_note(self):
        """Why goods that are reserved do not ship, or may not be there."""
        if self.check_stock:
            return self.env._("Check stock")
        if self.qty_ready > EPSILON and self.backorder_line_id.backorder_id.state != "ready":
            return self.env._("Waits to ship complete")
        return False
