"""Who is told."""

from odoo import api, models

from ..sale_backorder import OPEN_STATES


class BackorderAlertRule(models.Model):
    _inherit = "backorder.alert.rule"

    def _find_people(self, choice, named, records):
        """The chosen person, else the named one, else the salesperson or the team leader. Only
        who still works here.

        :param choice: as in ``responsible``
        :param named: ``res.users``
        :param records: backorders or products
        :return: {record: user or empty}
        """
        ways = [getattr(self, f"_get_{way}_people") for way in (choice, "salesperson", "team")]
        found = [ways[0](records, named), dict.fromkeys(records, named)]
        found += [way(records, named) for way in ways[1:]]
        return {
            record: next(filter(self._is_present, (x[record] for x in found)), named.browse())
            for record in records
        }

    @api.model
    def _is_present(self, user):
        return bool(user and user.active and not user.share)

    def _get_user_people(self, records, named):
        return dict.fromkeys(records, named)

    def _get_salesperson_people(self, records, _named):
        if records._name == "sale.backorder":
            return {record: record.user_id for record in records}
        return {record: record.responsible_id for record in records}

    def _get_team_people(self, records, named):
        if records._name == "sale.backorder":
            return {record: record.team_id.user_id for record in records}
        return dict.fromkeys(records, named.browse())

    def _get_buyer_people(self, records, _named):
        if records._name == "sale.backorder":
            return {record: self._get_buyer(record) for record in records}
        return {record: record.responsible_id for record in records}

    def _get_buyer(self, backorder):
        """Who is responsible for the first product that is missing."""
        waiting = backorder.line_ids.filtered(lambda x: x.state in OPEN_STATES)
        missing = waiting.filtered("qty_short") or waiting
        return missing.product_id.responsible_id[:1]
