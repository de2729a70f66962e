"""Where parcels are followed, with Odoo's carriers (module `stock_delivery`); nothing without."""

import json

from odoo import models


def read_parcels(reference, address):
    """:param address: as Odoo's carriers give it: an address, or JSON of [[name, address]] for
        several parcels
    :return: [(reference, address or False)]; only addresses that a browser may open
    """
    parcels = [(reference, address)]
    if address and address.startswith("["):
        try:
            parcels = [(name, link) for name, link in json.loads(address)]
        except (TypeError, ValueError):
            parcels = [(reference, False)]
    return [
        (name, link if str(link or "").startswith(("https://", "http://")) else False)
        for name, link in parcels
    ]


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _get_backorder_parcels(self):
        """:return: [(carrier and reference, address or False)] of these shipments"""
        if "carrier_tracking_ref" not in self._fields:
            return []
        return [
            parcel
            for picking in self.filtered("carrier_tracking_ref")
            for parcel in read_parcels(
                " ".join(filter(None, picking._get_backorder_carrier())),
                picking.carrier_tracking_url,
            )
        ]
