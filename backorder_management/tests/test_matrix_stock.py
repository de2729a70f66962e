"""Every operation in the flows that serve from stock."""

from odoo import Command
from odoo.tests import tagged

from .cancel_operations import CancelOperations
from .change_operations import ChangeOperations
from .flows import FlowCommon
from .shortage_operations import ShortageOperations
from .transfer_operations import TransferOperations


class AllOperations(ShortageOperations, ChangeOperations, TransferOperations, CancelOperations):
    pass


@tagged("post_install", "-at_install")
class TestMatrixOneStep(AllOperations, FlowCommon):
    pass


@tagged("post_install", "-at_install")
class TestMatrixTwoSteps(AllOperations, FlowCommon):
    delivery_steps = "pick_ship"


@tagged("post_install", "-at_install")
class TestMatrixThreeSteps(AllOperations, FlowCommon):
    """By push rules: the pack transfer appears when the pick is done."""

    delivery_steps = "pick_pack_ship"


@tagged("post_install", "-at_install")
class TestMatrixThreeStepsPull(AllOperations, FlowCommon):
    """By pull rules, as in databases that come from older versions: all transfers at once."""

    delivery_steps = "pick_pack_ship"

    @classmethod
    def _set_up_flow(cls):
        pick, pack, ship = cls.warehouse.delivery_route_id.rule_ids
        pick.location_dest_id = pack.location_src_id
        (pack | ship).action = "pull"


@tagged("post_install", "-at_install")
class TestMatrixLots(AllOperations, FlowCommon):
    tracking = "lot"


@tagged("post_install", "-at_install")
class TestMatrixSerials(AllOperations, FlowCommon):
    tracking = "serial"


@tagged("post_install", "-at_install")
class TestMatrixSecondWarehouse(AllOperations, FlowCommon):
    """Plenty of stock elsewhere does not help: each warehouse is its own pool."""

    @classmethod
    def _set_up_flow(cls):
        cls.other = cls.env["stock.warehouse"].create({"name": "Annex", "code": "ANX"})

    def setUp(self):
        super().setUp()
        self._stock(self.product, 100, self.other.lot_stock_id)


@tagged("post_install", "-at_install")
class TestMatrixSecondCompany(AllOperations, FlowCommon):
    """The order of another company, by a user who sits in the first."""

    @classmethod
    def _set_up_flow(cls):
        cls.other_company = cls.env["res.company"].create({"name": "Daughter Ltd"})
        cls.env.user.company_ids = [Command.link(cls.other_company.id)]
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.other_company.id)], limit=1
        )
        cls.stock = cls.warehouse.lot_stock_id

    def _sell_lamps(self, quantity, **values):
        return super()._sell_lamps(quantity, company_id=self.other_company.id, **values)

    @classmethod
    def _receive(cls, *args, **values):
        return super()._receive(*args, company_id=cls.other_company.id, **values)

    def test_company_of_the_record(self):
        record = self._start().backorder_ids
        self.assertEqual(record.company_id, self.other_company)
        self.assertEqual(record.warehouse_id, self.warehouse)
