from .common import BackorderCommon


class OfferCase(BackorderCommon):
    """Ten desks at 10.0 are sold, six are there: four wait. An oak desk costs 15.0 and a board 4.0;
    three boards replace a desk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.oak = cls._create_product("Oak desk", list_price=15.0)
        cls.board = cls._create_product("Board", list_price=4.0)

    @classmethod
    def _replace(cls, substitute, ratio=1.0, product=None, **values):
        product = product or cls.desk
        return cls.env["product.substitute"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "substitute_id": substitute.id,
                "ratio": ratio,
                **values,
            }
        )

    def _wait(self, ordered=10, there=6, **values):
        """:return: the item that waits"""
        if there:
            self._stock(self.desk, there)
        return self._sell((self.desk, ordered), **values).backorder_ids.line_ids

    def _get_new_line(self, item):
        return item.sale_order_id.order_line - item.sale_line_id
