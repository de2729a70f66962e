from . import test_lateness
from . import test_waiting
