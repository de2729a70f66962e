from . import backorder_purchase_report
