"""Customers, vendors, products and the second warehouse of the demo data."""

from odoo import Command, api, models

from .backorder_demo_catalog import (
    CATEGORIES,
    CUSTOMERS,
    KIT,
    KIT_PARTS,
    LANGUAGES,
    PRODUCTS,
    SELLERS,
    VENDORS,
    Product,
    Variants,
)
from .backorder_demo_story import MAIN, RIVER

# not the name of the addon: uninstalling it would try, in vain, to delete what was shipped
NAMESPACE = "backorder_management_demo"


class BackorderDemo(models.AbstractModel):
    _inherit = "backorder.demo"

    # === NAMES === #

    @api.model
    def _get(self, key):
        """:param key: what `_remember` was told, for example ``customer_alder``"""
        return self.env.ref(f"{NAMESPACE}.{key}", raise_if_not_found=False)

    @api.model
    def _remember(self, records_by_key):
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": f"{NAMESPACE}.{key}", "record": record, "noupdate": True}
                for key, record in records_by_key.items()
            ]
        )

    @api.model
    def _get_product(self, code):
        return self._get(f"product_{code}")

    @api.model
    def _get_warehouse(self, key):
        """The main one is the company's own, and stays as it is."""
        if key == RIVER:
            return self._get("warehouse_river")
        return self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], order="sequence, id", limit=1
        )

    @api.model
    def _get_user(self, key):
        """:param key: of `SELLERS`, or ``admin`` or ``demo``"""
        user = self._get(f"user_{key}") or self.env.ref(f"base.user_{key}", False)
        return user or self.env.ref("base.user_admin")

    # === CAST === #

    @api.model
    def _create_cast(self):
        self._create_users()
        self._create_partners("customer", CUSTOMERS, "customer_rank")
        self._create_partners("vendor", VENDORS, "supplier_rank")
        self._create_river_warehouse()
        self._create_products()
        self._create_kit()

    @api.model
    def _create_users(self):
        """Salespeople who see their own documents. Without a password nobody logs in as them."""
        group = self.env.ref("sales_team.group_sale_salesman")
        users = self.env["res.users"].create(
            [
                {
                    "name": name,
                    "login": f"{key}.demo",
                    "email": f"{key}@distributor.example",
                    "group_ids": [Command.set(group.ids)],
                    "company_id": self.env.company.id,
                    "company_ids": [Command.set(self.env.company.ids)],
                    "notification_type": "inbox",
                }
                for key, name in SELLERS.items()
            ]
        )
        self._remember({f"user_{key}": u for key, u in zip(SELLERS, users, strict=True)})

    @api.model
    def _create_partners(self, kind, rows, rank):
        vals_list = [self._prepare_partner_vals(row, rank) for row in rows]
        partners = self.env["res.partner"].create(vals_list)
        self._remember({f"{kind}_{r.key}": p for r, p in zip(rows, partners, strict=True)})

    @api.model
    def _prepare_partner_vals(self, row, rank):
        """Without an address to write to: see `_publish_addresses`."""
        return {
            "name": row.name,
            "is_company": True,
            "street": row.street,
            "zip": row.zip,
            "city": row.city,
            "country_id": self.env.ref(f"base.{row.country}").id,
            "lang": self._get_language(row.country),
            rank: 1,
        }

    @api.model
    def _get_language(self, country):
        installed = dict(self.env["res.lang"].get_installed())
        return next((x for x in (LANGUAGES.get(country), "en_US") if x in installed), False)

    @api.model
    def _publish_addresses(self):
        """Last: while the story is told, nobody can be written to, whatever the database sends by
        itself. None of these domains exists."""
        for kind, rows in (("customer", CUSTOMERS), ("vendor", VENDORS)):
            for row in rows:
                self._get(f"{kind}_{row.key}").email = f"office@{row.key}.example"

    @api.model
    def _create_river_warehouse(self):
        """A second warehouse that delivers in two steps."""
        warehouse = self.env["stock.warehouse"].create(
            {
                "name": "Riverside Depot",
                "code": "RIVER",
                "company_id": self.env.company.id,
                "delivery_steps": "pick_ship",
                "sequence": 50,
            }
        )
        self._remember({"warehouse_river": warehouse})

    # === PRODUCTS === #

    @api.model
    def _create_products(self):
        categories = self.env["product.category"].create([{"name": n} for n in CATEGORIES.values()])
        self._remember({f"categ_{k}": c for k, c in zip(CATEGORIES, categories, strict=True)})
        stock = self._create_simple([row for row in PRODUCTS if isinstance(row, Product)])
        for row in PRODUCTS:
            if isinstance(row, Variants):
                stock.update(self._create_variants(row))
        self._put_on_shelf(stock)

    @api.model
    def _prepare_product_vals(self, row):
        return {
            "name": row.name,
            "type": "consu",
            "is_storable": True,
            "categ_id": self._get(f"categ_{row.category}").id,
            "list_price": row.price,
        }

    @api.model
    def _create_simple(self, rows):
        """:return: {(product, key of a warehouse): quantity on hand}"""
        products = self.env["product.product"].create(
            [
                {
                    **self._prepare_product_vals(row),
                    "default_code": row.code,
                    "standard_price": row.cost,
                    "tracking": row.tracking,
                    "uom_ids": [Command.set(self.env.ref(row.unit).ids if row.unit else [])],
                }
                for row in rows
            ]
        )
        stock = {}
        for row, product in zip(rows, products, strict=True):
            self._remember({f"product_{row.code}": product})
            stock[product, MAIN], stock[product, RIVER] = row.stock
        return stock

    @api.model
    def _create_variants(self, row):
        """:return: as `_create_simple`"""
        values = [Command.create({"name": name}) for name, _stock in row.values.values()]
        attribute = self.env["product.attribute"].create(
            {"name": row.attribute, "value_ids": values}
        )
        attribute_line = {"attribute_id": attribute.id, "value_ids": attribute.value_ids.ids}
        template = self.env["product.template"].create(
            {
                **self._prepare_product_vals(row),
                "attribute_line_ids": [Command.create(attribute_line)],
            }
        )
        stock = {}
        variants = zip(template.product_variant_ids, row.values.items(), strict=True)
        for variant, (code, (_name, quantity)) in variants:
            variant.write({"default_code": f"{row.code}-{code}", "standard_price": row.cost})
            self._remember({f"product_{row.code}-{code}": variant})
            stock[variant, MAIN] = quantity
        return stock

    @api.model
    def _create_kit(self):
        if "mrp.bom" not in self.env:
            return
        self._create_simple([KIT])
        parts = [
            Command.create({"product_id": self._get_product(code).id, "product_qty": quantity})
            for code, quantity in KIT_PARTS.items()
        ]
        template = self._get_product(KIT.code).product_tmpl_id
        self.env["mrp.bom"].create(
            {"product_tmpl_id": template.id, "type": "phantom", "bom_line_ids": parts}
        )

    @api.model
    def _put_on_shelf(self, stock):
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        for (product, warehouse), quantity in stock.items():
            if quantity:
                quants |= quants.create(
                    {
                        "product_id": product.id,
                        "location_id": self._get_warehouse(warehouse).lot_stock_id.id,
                        "lot_id": self._create_lot(product).id,
                        "inventory_quantity": quantity,
                    }
                )
        quants.action_apply_inventory()

    @api.model
    def _create_lot(self, product):
        if product.tracking == "none":
            return self.env["stock.lot"]
        return self.env["stock.lot"].create({"name": "L-2405", "product_id": product.id})
