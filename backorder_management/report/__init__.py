from . import backorder_report_base
from . import backorder_report
from . import backorder_report_query
from . import backorder_report_money
from . import backorder_product_report
from . import backorder_rate_report
from . import backorder_rate_period
from . import backorder_aging
