from . import backorder_checklist
from . import backorder_give
from . import backorder_serve
from . import sale_backorder_create
from . import sale_backorder_fulfil
from . import sale_backorder_update
from . import stock_backorder_confirmation
from . import backorder_compare
