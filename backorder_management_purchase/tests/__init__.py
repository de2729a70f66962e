from . import test_alert_buyer
from . import test_asking
from . import test_kept
from . import test_kept_agreement
from . import test_lateness
from . import test_procure
from . import test_waiting
