from . import test_lateness
from . import test_procure
from . import test_waiting
