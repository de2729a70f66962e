from . import test_engine_quantities
from . import test_flow_basics
