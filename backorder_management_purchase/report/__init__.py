from . import backorder_purchase_report
from . import backorder_product_report
from . import backorder_vendor_report
