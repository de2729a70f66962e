"""Buttons of a run, what cannot be kept in words, and the nightly action."""

from datetime import timedelta

from odoo import api, fields, models

from ..sale_backorder import format_number

RETENTION = "backorder_management.run_retention_days"
DEFAULT_DAYS = 90
# a run of the last week is never deleted, whatever the setting says
LEAST_DAYS = 7


class BackorderRun(models.Model):
    _inherit = "backorder.run"

    # === BUTTONS === #

    def _get_comparison_action(self):
        """One run opens, several stand side by side."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_run_action"
        )
        if len(self) == 1:
            return {**action, "views": [(False, "form")], "res_id": self.id, "context": {}}
        return {
            **action,
            "display_name": self.env._("Comparison"),
            "domain": [("id", "in", self.ids)],
            "context": {},
            "path": False,
        }

    @api.model
    def action_open_compare(self, *args):
        """From the list, where nothing has to be selected."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_compare_action"
        )

    def action_commit(self):
        """As :meth:`commit`, for people: an outdated run is marked, not refused."""
        self.ensure_one()
        self._check_planner()
        if self.state == "stale" or self._mark_stale():
            return self._notify("warning", self._get_stale_text())
        self.commit()
        return self._notify("success", self.env._("Reservations are as %s says.", self.name))

    def action_check(self):
        """Whether the run could still be committed."""
        self.ensure_one()
        self._check_planner()
        if self.state == "stale" or self._mark_stale():
            return self._notify("warning", self._get_stale_text())
        text = self.env._("Nothing has changed since %s was made: it can be committed.", self.name)
        return self._notify("success", text)

    def action_replay(self):
        self.ensure_one()
        if self.replay():
            text = self.env._("Computed again from what was stored: the result is the same.")
            return self._notify("success", text)
        text = self.env._("Computed again from what was stored, the result is another one.")
        return self._notify("danger", text)

    def action_simulate_again(self):
        self.ensure_one()
        pools = self._load()[0]
        products, warehouses = (
            zip(*[pool.key for pool in pools], strict=True) if pools else ([], [])
        )
        runs = self.policy_id.simulate(list(set(products)), list(set(warehouses)))
        return runs._get_comparison_action()

    def action_open_policy(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "backorder.policy",
            "res_id": self.policy_id.id,
            "views": [(False, "form")],
        }

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "backorder_management.backorder_run_line_action"
        )
        return {**action, "domain": [("run_id", "=", self.id)], "display_name": self.env._("Items")}

    def action_view_comparison(self):
        self.ensure_one()
        return self.search(
            [("comparison_id", "=", self.comparison_id.id)], order="id"
        )._get_comparison_action()

    def _get_stale_text(self):
        return self.env._(
            "Stock, orders or reservations have changed since %s was made. Simulate again.",
            self.name,
        )

    def _notify(self, kind, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === WHAT CANNOT BE KEPT === #

    def _describe_failure(self, failure):
        product = self.env["product.product"].sudo().browse(failure["product_id"])
        warehouse = self.env["stock.warehouse"].sudo().browse(failure["warehouse_id"])
        orders = self.env["sale.order"].sudo().browse(failure["order_ids"]).exists()
        values = {
            "product": product.display_name,
            "warehouse": warehouse.name,
            "missing": format_number(failure["missing"]),
            "orders": ", ".join(orders.mapped("name")),
        }
        if failure["fallback"]:
            return self.env._(
                "%(product)s in %(warehouse)s: %(missing)s missing to keep what is guaranteed to "
                "%(orders)s. It was shared without guarantees.",
                **values,
            )
        return self.env._(
            "%(product)s in %(warehouse)s: %(missing)s missing to keep what is guaranteed to "
            "%(orders)s. Nothing of it is changed.",
            **values,
        )

    # === NIGHTLY === #

    @api.model
    def _get_retention_days(self):
        value = self.env["ir.config_parameter"].sudo().get_param(RETENTION, DEFAULT_DAYS)
        try:
            return max(LEAST_DAYS, int(value))
        except ValueError:
            return DEFAULT_DAYS

    @api.model
    def _get_expired_domain(self):
        limit = fields.Datetime.now() - timedelta(days=self._get_retention_days())
        return [("date", "<", limit), ("is_trimmed", "=", False)]

    @api.model
    def _cron_clean(self):
        """Mark what can no longer be committed, and delete what is old."""
        expired = self.search(self._get_expired_domain(), order="id")
        pending = self.search([("state", "=", "simulated"), ("id", "not in", expired.ids)])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(expired) + len(pending))
        for runs, work in ((expired, self._trim_all), (pending, self._mark_all)):
            for run_id in runs.ids:
                work(self.browse(run_id))
                self.env.invalidate_all()
                if not cron._commit_progress(1):
                    return

    @api.model
    def _mark_all(self, runs):
        runs._mark_stale()

    @api.model
    def _trim_all(self, runs):
        """Of what was committed the header stays: who did it, when, and the numbers."""
        committed = runs.filtered(lambda run: run.state == "committed")
        committed.line_ids.unlink()
        committed.write({"inputs": False, "is_trimmed": True})
        (runs - committed).unlink()
