from . import purchase_order_line
from . import purchase_order
from . import backorder_lateness
from . import backorder_dates
from . import backorder_need
from . import res_partner
