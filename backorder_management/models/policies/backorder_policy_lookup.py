"""Which policy hands out the stock of a pool."""

from dataclasses import dataclass

from odoo import api, models, tools


@dataclass(frozen=True)
class Scope:
    """What a policy applies to; what is empty limits nothing."""

    policy_id: int
    company_id: int | bool
    warehouse_ids: frozenset
    category_ids: frozenset

    def fits(self, warehouse, category_path):
        """:param category_path: ids from the top to the category of the product"""
        return (
            (not self.company_id or self.company_id == warehouse.company_id.id)
            and (not self.warehouse_ids or warehouse.id in self.warehouse_ids)
            and (not self.category_ids or not self.category_ids.isdisjoint(category_path))
        )

    def get_specificity(self, category_path):
        """A policy of a warehouse counts more than one of a category, the nearer category more
        than one above it, and any of them more than one for everything."""
        depths = (depth for depth, c in enumerate(category_path, 1) if c in self.category_ids)
        return bool(self.warehouse_ids), max(depths, default=0), bool(self.company_id)


class BackorderPolicy(models.Model):
    _inherit = "backorder.policy"

    @api.model
    @tools.ormcache()
    def _get_active_scopes(self):
        """Asked at every confirmation and receipt; forgotten when a policy changes."""
        return self.sudo().search([("active", "=", True)])._get_scopes()

    def _get_scopes(self):
        """:return: what each policy applies to, in the same order"""
        return tuple(
            Scope(
                policy.id,
                policy.company_id.id,
                frozenset(policy.warehouse_ids.ids),
                frozenset(policy.product_categ_ids.ids),
            )
            for policy in self
        )

    @api.model
    def _is_used(self):
        """Without an active policy nothing of ours touches a reservation."""
        return bool(self._get_active_scopes())

    @api.model
    def _find(self, pools, candidates=None):
        """The policy of each pool: the most specific one that fits, then by sequence.

        :param pools: (product id, warehouse id) pairs
        :param candidates: policies to choose from; the active ones by default
        :return: {(product id, warehouse id): policy}, only of pools that have one
        """
        if candidates is None:
            scopes = self._get_active_scopes()
        else:
            scopes = candidates.sudo()._get_scopes()
        if not scopes or not pools:
            return {}
        products = self.env["product.product"].sudo().browse({p for p, _w in pools})
        paths = {
            p.id: [int(i) for i in (p.categ_id.parent_path or "").split("/") if i] for p in products
        }
        warehouses = self.env["stock.warehouse"].sudo().browse({w for _p, w in pools})
        warehouse_of = {w.id: w for w in warehouses}
        found = {}
        for product_id, warehouse_id in pools:
            path, warehouse = paths[product_id], warehouse_of[warehouse_id]
            fits = [scope for scope in scopes if scope.fits(warehouse, path)]
            if fits:
                # `max` keeps the first of equals: scopes come by sequence
                best = max(fits, key=lambda scope, path=path: scope.get_specificity(path))
                found[product_id, warehouse_id] = best.policy_id
        policies = {p.id: p for p in self.sudo().browse(dict.fromkeys(found.values()))}
        return {pool: policies[policy_id] for pool, policy_id in found.items()}

    @api.model
    def _find_or_default(self, pools):
        """As :meth:`_find`; where no policy is active, first confirmed is first served."""
        result = self._find(pools)
        default = self.sudo().new({"name": self.env._("First confirmed"), "company_id": False})
        return {pool: result.get(pool, default) for pool in pools}
