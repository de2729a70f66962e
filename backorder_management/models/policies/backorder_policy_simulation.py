"""What a policy would do, without doing it."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .backorder_demand import HELD

SIMULATED = "backorder_simulated"


class BackorderPolicy(models.Model):
    _inherit = "backorder.policy"

    # === PUBLIC === #

    def simulate(self, product_ids=None, warehouse_ids=None, policy_ids=None):
        """Store what each policy would do with the same stock and the same orders.

        All are computed from what one database snapshot says: nothing that others do meanwhile is
        seen, so that the runs can be compared.

        :param product_ids, warehouse_ids: only these; None or an empty list: all with open demand
            in the companies of the user
        :param policy_ids: these policies instead of ``self``; archived ones, too
        :return: ``backorder.run``, one per policy, in that order
        :raise UserError: no policy, or an id that is none
        """
        self._check_may_simulate()
        policies = self._get_simulated(policy_ids)
        self.env["backorder.tracker"]._drain()
        pools = self._get_pools_in_scope(
            self._parse_ids("product.product", product_ids),
            self._parse_ids("stock.warehouse", warehouse_ids),
        )
        snapshots = [
            (policy, policy._read_pools(policy._find(pools, candidates=policy)))
            for policy in policies
        ]
        return self.env["backorder.run"]._store(snapshots)

    # === INPUT === #

    def _get_simulated(self, policy_ids):
        policies = self
        if policy_ids is not None:
            policies = self.browse(self._parse_ids("backorder.policy", policy_ids))
        if not policies:
            raise UserError(self.env._("Choose at least one policy to simulate."))
        policies.check_access("read")
        foreign = policies.company_id - self.env.companies
        if foreign:
            raise AccessError(
                self.env._("A policy belongs to %s.", ", ".join(foreign.sudo().mapped("name")))
            )
        return policies

    @api.model
    def _parse_ids(self, model, ids):
        """:param ids: None, an id, a list of them (as numbers or text), or records
        :return: list of ids that exist, without doubles
        """
        if ids is None or isinstance(ids, models.BaseModel):
            return list(ids.ids) if ids else []
        ids = [ids] if isinstance(ids, (int, str)) else ids
        try:
            numbers = list(dict.fromkeys(int(i) for i in ids))
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("%s is not a list of ids.", ids)) from error
        # sudo: only whether they exist
        found = self.env[model].sudo().browse(numbers).exists()
        if len(found) < len(numbers):
            raise UserError(
                self.env._(
                    "%(name)s: %(ids)s does not exist.",
                    name=self.env[model]._description,
                    ids=", ".join(str(i) for i in numbers if i not in found._ids),
                )
            )
        return numbers

    # === READ === #

    @api.model
    def _get_pools_in_scope(self, product_ids=(), warehouse_ids=()):
        """:return: {(product id, warehouse id)} with open demand in the companies of the user"""
        # sudo: a planner may plan stock of orders that he cannot open
        moves = self.env["stock.move"].sudo()
        groups = moves._read_group(
            self._get_open_demand_domain(product_ids, warehouse_ids), ["product_id", "location_id"]
        )
        return {(product.id, location.warehouse_id.id) for product, location in groups}

    @api.model
    def _get_open_demand_domain(self, product_ids, warehouse_ids):
        domain = Domain(
            [
                ("state", "in", HELD),
                ("procure_method", "=", "make_to_stock"),
                ("product_id.is_storable", "=", True),
                ("location_id.usage", "=", "internal"),
                ("location_id.warehouse_id.company_id", "in", self.env.companies.ids),
            ]
        )
        if product_ids:
            domain &= Domain("product_id", "in", product_ids)
        if warehouse_ids:
            domain &= Domain("location_id.warehouse_id", "in", warehouse_ids)
        return domain

    def _read_pools(self, policies):
        """Read these pools as a run sees them: with all that is held.

        :param policies: {(product id, warehouse id): policy}
        :return: Snapshot, with the pools that orders which ship together join
        """
        reader = self.env["backorder.demand"].sudo().with_context(**{SIMULATED: tuple(self.ids)})
        return reader._read(policies, held=True)

    @api.model
    def _find(self, pools, candidates=None):
        """Where orders that ship together join other pools, the simulated policy comes before
        those that are active."""
        simulated = self.env.context.get(SIMULATED)
        if candidates is not None or not simulated:
            return super()._find(pools, candidates)
        found = super()._find(pools, candidates=self.browse(simulated))
        rest = [pool for pool in pools if pool not in found]
        return {**super()._find(rest), **found}

    # === BUTTONS === #

    def action_simulate(self):
        """Simulate these policies and show them side by side."""
        return self.simulate()._get_comparison_action()

    # === GUARDS === #

    @api.model
    def _check_may_simulate(self):
        if not (
            self.env.su or self.env.user.has_group("backorder_management.group_backorder_planner")
        ):
            raise AccessError(self.env._("Only a planner may simulate who gets the stock."))
