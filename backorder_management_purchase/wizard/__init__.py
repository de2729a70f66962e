from . import backorder_procure
