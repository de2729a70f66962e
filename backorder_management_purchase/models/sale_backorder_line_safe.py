"""How often the safe date of an item would have held, said beside it."""

from operator import itemgetter

from odoo import api, fields, models

from odoo.addons.backorder_management.models.sale_backorder import OPEN_STATES


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    safe_date_text = fields.Char(
        string="How safe",
        compute="_compute_safe_date_text",
        # Buyers read how late vendors are; whoever promises a date may know how often it holds.
        compute_sudo=True,
        help="Each receipt of the last two years was foretold from those before it.",
    )

    @api.depends("expected_date_p90", "state", "peg_ids.move_id")
    @api.depends_context("lang")
    def _compute_safe_date_text(self):
        """For the form: the queries do not depend on how many items there are."""
        groups = self._get_safe_date_groups()
        texts = self.env["backorder.lateness"]._read_texts(set(groups.values()))
        for line in self:
            line.safe_date_text = texts.get(groups.get(line), False)

    def _get_safe_date_groups(self):
        """:return: {item: key of the receipts that its safe date was learnt from}; not where some
        other supply or the day of the customer is later, and so decides"""
        dated = self.filtered(lambda x: x.expected_date_p90 and x.state in OPEN_STATES)
        dates, now = self.env["backorder.dates"], fields.Datetime.now()
        known = {}
        for move, group, late, first in dates._read_usual(dated.peg_ids.move_id.ids):
            found = dates._get_usual(late, first, now)
            if found:
                known[move] = (found[1], group)
        result = {}
        for line in dated:
            supply = [known[x] for x in line.peg_ids.move_id.ids if x in known]
            safe, group = max(supply, key=itemgetter(0), default=(None, None))
            # later steps of the delivery come on top, also of the plain date
            if safe and self._is_decisive(line, safe):
                result[line] = group
        return result

    def _is_decisive(self, line, safe):
        """Whether that date, with the time of later steps, is the one that is safe to promise."""
        if line.backorder_id._local_date(safe) >= line.expected_date_p90:
            return True
        return bool(line.expected_date) and line.expected_date_p90 > line.expected_date
