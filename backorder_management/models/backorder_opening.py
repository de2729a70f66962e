"""Opens backorders and their items, each with all that is known of it in one go: a row that is
changed in the transaction that made it costs as much again."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL


def copy_related(model, vals_list):
    """Fill in what rows that are about to be made repeat of records that are known. Computing each
    of these fields by itself takes longer than all else that makes the row."""
    copies = {
        field: field.related.split(".")
        for field in model._fields.values()
        if field.related and field.store and field.precompute and field.readonly
    }
    for vals in vals_list:
        for field, (link, *path) in copies.items():
            if link not in vals:
                continue
            value = model[link].browse(vals[link])
            for name in path:
                value = value[name]
            vals[field.name] = field.convert_to_write(value, model)


class BackorderWriter(models.AbstractModel):
    _inherit = "backorder.writer"

    @api.model
    def _plan_lines(self, births, tallies, facts, queue, orders):
        """:return: {order id: {key: values of the new item}}, both in order"""
        return {
            order_id: {
                key: {
                    **self._prepare_line_vals(key, order_id, queue),
                    **self._get_fold_vals(key, None, tallies, facts, queue, orders[order_id]),
                }
                for key in keys
            }
            for order_id, keys in self._group_by_order(births, orders).items()
        }

    @api.model
    def _open_records(self, planned, records, queue, orders):
        """Open the missing records. The order's row is locked first, in id order, and updated later
        in the same transaction: a second opener is made to try again."""
        missing = sorted(set(planned) - set(records.sale_order_id.ids))
        if not missing:
            return records.browse()
        if queue.origin != "confirmation":  # whoever confirms has written the row already
            self._lock_orders(missing)
        opened = records.create(
            [
                {
                    **self._prepare_record_vals(orders[order_id], queue),
                    **records._summarise(list(planned[order_id].values())),
                    "amount_open": self._get_amount_open(order_id, planned[order_id]),
                }
                for order_id in missing
            ]
        )
        queue.opened.update(opened.ids)
        return opened

    @api.model
    def _lock_orders(self, order_ids):
        self.env.cr.execute(
            SQL(
                "SELECT id FROM sale_order WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                tuple(order_ids),
            )
        )

    @api.model
    def _get_amount_open(self, order_id, planned):
        """What the items will say together, rounded as each of them is."""
        currency = self.env["sale.order"].browse(order_id).currency_id
        items = self.env["sale.backorder.line"]
        amounts = []
        for (line_id, _product), vals in planned.items():
            sale_line = self.env["sale.order.line"].browse(line_id)
            share = items._get_share_of(
                sale_line,
                items.product_id.browse(vals["product_id"]),
                vals["qty_open"],
                vals["kit_id"] and vals["qty_delivered_last"] + vals["qty_outstanding_last"],
            )
            amounts.append(currency.round(share * sale_line.price_subtotal))
        return sum(amounts)

    @api.model
    def _prepare_record_vals(self, order, queue):
        origin = self._get_origin(queue)
        xmlid = "backorder_management.sequence_sale_backorder"
        sequence_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid, raise_if_not_found=True)
        vals = {
            "name": self.env["ir.sequence"].browse(sequence_id).next_by_id(),
            "sale_order_id": order["id"],
            "origin": origin,
            "date_open": self._get_date_open(order["id"], queue),
            "released": origin != "existing",
        }
        vals.update({k: queue.given[k] for k in ("cause_id", "note") if queue.given.get(k)})
        return vals

    @api.model
    def _get_date_open(self, order_id, queue):
        return queue.given.get("date_open", {}).get(order_id) or fields.Datetime.now()

    @api.model
    def _get_origin(self, queue):
        known = dict(self.env["sale.backorder"]._fields["origin"].selection)
        return queue.origin if queue.origin in known else "change"

    @api.model
    def _create_lines(self, planned, tallies, records):
        """:return: {backorder line: (old tally, new tally)} of the new lines"""
        record_of = {r.sale_order_id.id: r for r in records}
        keys, vals_list = [], []
        for order_id, items in planned.items():
            keys += items
            record_id = record_of[order_id].id
            vals_list += [{"backorder_id": record_id, **vals} for vals in items.values()]
        lines = records.line_ids.create(vals_list)
        told = [(line, False) for line in lines if line.promised_date]
        self.env["backorder.promise"]._record(told, "order")
        return {line: tallies[key] for line, key in zip(lines, keys, strict=True)}

    @api.model
    def _remember_fresh(self, births, facts):
        """What nobody has delivered yet asks the pools of its roots, and no others."""
        fresh = self.env["backorder.tracker"]._state().fresh
        by_line = defaultdict(list)
        for key in births:
            by_line[key[0]].append(facts[key].outline if key in facts else None)
        for line, outlines in by_line.items():
            if all(o and not o.delivered for o in outlines):
                fresh[line] = {(m.product, m.warehouse) for o in outlines for m in o.roots}

    @api.model
    def _prepare_line_vals(self, key, order_id, queue):
        line_id, product_id = key
        sold = self.env["sale.order.line"].browse(line_id).product_id
        return {
            "sale_line_id": line_id,
            "product_id": product_id,
            "kit_id": sold.id if sold.id != product_id else False,
            "date_open": self._get_date_open(order_id, queue),
        }


class SaleBackorder(models.Model):
    _inherit = "sale.backorder"

    @api.model
    def _add_precomputed_values(self, vals_list):
        copy_related(self, vals_list)
        result = super()._add_precomputed_values(vals_list)
        for vals in vals_list:
            if "amount_open" in vals:  # its currency has to be known before it
                vals["amount_open"] = vals.pop("amount_open")
        return result


class SaleBackorderLine(models.Model):
    _inherit = "sale.backorder.line"

    @api.model
    def _add_precomputed_values(self, vals_list):
        copy_related(self, vals_list)
        return super()._add_precomputed_values(vals_list)
