from . import test_engine_quantities
from . import test_flow_basics
from . import test_price_lock
from . import test_demo_story
from . import test_slip
from . import test_views
from . import test_web
from . import test_wizards
