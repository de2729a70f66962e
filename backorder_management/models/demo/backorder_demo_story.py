"""The story of the demo data, in the order in which it happened. `backorder_demo.py` plays it.
Days count back from today; dates given in `promised`, `hoped`, `until` and `arrives` count forward,
so -3 is three days ago."""

from typing import NamedTuple

from .backorder_demo_catalog import DOZEN

MAIN, RIVER = "main", "river"


class Sell(NamedTuple):
    """items: {code: quantity}, or {code: (quantity, XML id of the unit)}
    hoped: the first expected date that was ever given, where nothing was promised"""

    days: int
    order: str
    customer: str
    seller: str
    items: dict
    warehouse: str = MAIN
    reference: str = ""
    promised: int | None = None
    hoped: int | None = None
    whole: bool = False
    urgent: bool = False
    cause: str | None = None
    note: str = ""


class Ship(NamedTuple):
    """quantities: what the picker found, default all that is reserved; rest: is it to follow?"""

    days: int
    order: str
    quantities: dict | None = None
    cause: str | None = None
    rest: bool = True


class Fulfil(NamedTuple):
    days: int
    order: str


class Wait(NamedTuple):
    days: int
    order: str
    items: dict
    until: int
    cause: str
    note: str


class Buy(NamedTuple):
    days: int
    purchase: str
    vendor: str
    items: dict
    arrives: int
    warehouse: str = MAIN


class Receive(NamedTuple):
    days: int
    purchase: str


class Count(NamedTuple):
    days: int
    code: str
    quantity: float


class Change(NamedTuple):
    days: int
    order: str
    code: str
    quantity: float


class Cancel(NamedTuple):
    days: int
    order: str


class Say(NamedTuple):
    """A message on the order, from the customer or to the customer; followup: days from today."""

    days: int
    order: str
    text: str
    from_customer: bool = True
    followup: int | None = None


EVENTS = (
    # Closed long ago, in all the ways in which a backorder ends.
    Sell(52, "larsen_compressors", "larsen", "admin", {"AC-24": 4}, reference="LO-7731",
         promised=-28),
    Buy(50, "compressors", "brenner", {"AC-24": 4}, arrives=-31),
    Sell(45, "alder_chairs", "alder", "demo", {"CH-210-BK": 20}, reference="Studio move",
         promised=-10,
         note="New studio. They have twelve chairs and share the rest of the desks."),
    Buy(44, "chairs_1", "fjordkontor", {"CH-210-BK": 5}, arrives=-20),
    Ship(43, "alder_chairs"),
    Sell(38, "patel_tape", "patel", "nadia", {"TP-50": 720}, reference="PPP/26/0418",
         note="Wanted it all for one campaign, the rest is of no use to them later."),
    Ship(36, "patel_tape", rest=False),
    Sell(35, "mensah_bins", "mensah", "tom", {"BN-3": 60}),
    Ship(34, "mensah_bins"),
    Sell(33, "harbourfront_trucks", "harbourfront", "admin", {"PT-25": 6}, reference="HL-2210",
         promised=-2, urgent=True, cause="vendor_late",
         note="Vendor missed two ship dates. Ask for air freight on two of them."),
    Buy(33, "trucks", "brightpack", {"PT-25": 10}, arrives=-4),
    Ship(32, "harbourfront_trucks"),
    Buy(32, "bins_1", "lakeside", {"BN-3": 20}, arrives=-30),
    Receive(31, "compressors"),
    Receive(30, "bins_1"),
    Fulfil(30, "larsen_compressors"),
    Fulfil(29, "mensah_bins"),

    # A month ago: an order that must ship whole, and a large one for the new school year.
    Sell(28, "mensah_shelves", "mensah", "tom", {"SV-5": 40}, reference="Depot Tema", whole=True,
         note="One truck to the site: ships only when all forty are here."),
    Buy(27, "shelves_1", "brenner", {"SV-5": 10}, arrives=-6),
    Buy(27, "shelves_2", "brenner", {"SV-5": 15}, arrives=13),
    Change(25, "mensah_bins", "BN-3", 44),
    Sell(24, "oakridge_desks", "oakridge", "admin", {"DK-160": 30, "CH-210-GR": 30},
         reference="PO 2214-B", promised=12, urgent=True, cause="short",
         note="Computer room. School starts the week after the promised date."),
    Ship(22, "oakridge_desks"),
    Buy(21, "desks", "fjordkontor", {"DK-160": 40}, arrives=9),
    Sell(21, "quinta_vacuums", "quinta", "nadia", {"VC-30": 5}),
    Receive(20, "chairs_1"),
    Fulfil(19, "alder_chairs"),
    Sell(19, "muller_bearings", "muller", "nadia", {"BB-6204": 500}, reference="4500187734",
         cause="short"),
    Ship(18, "muller_bearings"),
    Buy(18, "bearings", "brenner", {"BB-6204": 400}, arrives=-2),
    Buy(18, "chairs_2", "fjordkontor", {"CH-210-BK": 10}, arrives=6),
    Sell(18, "harbourfront_bins", "harbourfront", "admin", {"BN-3": 400}, RIVER, "HL-2246",
         promised=-3),
    Ship(17, "harbourfront_bins"),
    Buy(17, "bins_2", "lakeside", {"BN-3": 100}, -9, RIVER),

    # Three customers wait for the same toner; one asks to wait, one finds out at a count.
    Sell(17, "oakridge_toner", "oakridge", "admin", {"TN-305": 12}, reference="PO 2231-A"),
    Buy(16, "toner_1", "lakeside", {"TN-305": 10}, arrives=-1),
    Sell(16, "saltmarsh_reels", "saltmarsh", "demo", {"CR-25": 10}),
    Wait(15, "saltmarsh_reels", {"CR-25": 6}, 20, "customer",
         "The boat shed gets its roof first, then they want the other six."),
    Ship(14, "saltmarsh_reels"),
    Sell(13, "bianchi_adhesive", "bianchi", "tom", {"AD-50": 60}, reference="ODA 1183"),
    Ship(12, "bianchi_adhesive"),
    Buy(12, "adhesive_1", "brenner", {"AD-50": 20}, arrives=-3),
    Sell(12, "larsen_shredders", "larsen", "admin", {"SH-7": 8}, reference="LO-7802", hoped=-3),
    Say(11, "alder_chairs",
        "Could you tell us when the last three chairs will come? People stand.", followup=0),
    Sell(11, "bellevue_rooms", "bellevue", "nadia", {"DK-160": 6, "LP-12": 40},
         reference="Étage 3"),
    Count(10, "SH-7", 5),
    Sell(10, "vandermeer_extinguishers", "vandermeer", "demo", {"FE-6": 30}, RIVER),
    Ship(9, "bellevue_rooms"),
    Sell(9, "tanaka_drills", "tanaka", "demo", {"DR-25": 25}),
    Buy(9, "lamps", "lakeside", {"LP-12": 30}, arrives=2),
    Receive(9, "bins_2"),
    Fulfil(8, "harbourfront_bins"),
    Buy(8, "bins_3", "lakeside", {"BN-3": 150}, 5, RIVER),
    Buy(8, "extinguishers", "brightpack", {"FE-6": 20}, -1, RIVER),
    Ship(8, "tanaka_drills", {"DR-25": 22}, "not_found"),
    Cancel(8, "quinta_vacuums"),

    # The last week.
    Sell(7, "bellevue_toner", "bellevue", "nadia", {"TN-305": 6}),
    Sell(6, "cascade_film", "cascade", "demo", {"SF-500": 96}, RIVER, promised=6),
    Sell(6, "alder_meeting", "alder", "demo", {"MR-SET": 5}, reference="Studio move 2"),
    Receive(6, "shelves_1"),
    Buy(5, "cabinets", "fjordkontor", {"FC-4": 12}, arrives=18),
    Ship(5, "cascade_film"),
    Buy(5, "film", "lakeside", {"SF-500": 96}, 4, RIVER),
    Say(5, "oakridge_desks",
        "The remaining 26 desks are on their way to us and ship before school starts.",
        from_customer=False, followup=4),
    Sell(5, "clinica_kits", "clinica", "nadia", {"FA-50": 12, "GL-5-M": 40}, reference="SL-0093",
         promised=3),
    Buy(5, "kits", "brightpack", {"FA-50": 6}, arrives=0),
    Sell(4, "patel_ladders", "patel", "nadia", {"LD-8": 2}),
    Sell(4, "saltmarsh_toner", "saltmarsh", "demo", {"TN-305": 10}, urgent=True),
    Change(3, "patel_ladders", "LD-8", 5),
    Buy(3, "ladders", "brenner", {"LD-8": 10}, arrives=25),
    Sell(3, "vandermeer_glasses", "vandermeer", "demo", {"SG-1": (12, DOZEN)}),
    Receive(3, "adhesive_1"),
    Buy(3, "adhesive_2", "brenner", {"AD-50": 48}, arrives=11),
    Receive(2, "bearings"),
    Sell(2, "kowalski_gloves", "kowalski", "tom", {"GL-5-L": 200, "GL-5-S": 50},
         reference="ZK/112", promised=5),
    Buy(2, "gloves", "brightpack", {"GL-5-L": 100}, arrives=3),
    Say(2, "harbourfront_trucks", "We need a firm date by Friday or we rent.", followup=1),
    Receive(1, "toner_1"),
    Buy(1, "toner_2", "lakeside", {"TN-305": 24}, arrives=7),
    Receive(1, "extinguishers"),
    # in time for its day, so it is no backorder
    Sell(1, "tanaka_lamps", "tanaka", "demo", {"LP-12": 5}, promised=30),
    Receive(0, "kits"),
)  # fmt: skip

# A product that keeps running out: bought when the shelf is empty, and there ten days later.
PAPER = (
    *(Sell(days, f"paper_{days}", customer, seller, {"PP-80": quantity})
      for days, customer, seller, quantity in (
          (58, "alder", "demo", 12), (53, "oakridge", "admin", 10), (49, "bellevue", "nadia", 15),
          (46, "clinica", "nadia", 14), (38, "larsen", "admin", 18), (34, "oakridge", "admin", 16),
          (30, "patel", "nadia", 20), (27, "alder", "demo", 12), (22, "bellevue", "nadia", 14),
          (19, "oakridge", "admin", 17), (15, "tanaka", "demo", 16), (12, "clinica", "nadia", 10),
          (9, "alder", "demo", 12), (5, "larsen", "admin", 15), (2, "oakridge", "admin", 13),
      )),
    # what is on the shelf goes out the day after
    *(Ship(days - 1, f"paper_{days}") for days in (58, 53, 49, 46, 38, 34, 30, 22, 19, 15, 5, 2)),
    *(Buy(days, f"paper_{days}", "lakeside", {"PP-80": 60}, -received)
      for days, received in ((49, 40), (35, 24), (20, 7))),
    *(Receive(received, f"paper_{days}") for days, received in ((49, 40), (35, 24), (20, 7))),
    *(Fulfil(received - 1, f"paper_{days}")
      for days, received in ((46, 40), (30, 24), (27, 24), (15, 7), (12, 7), (9, 7))),
    Buy(6, "paper_6", "lakeside", {"PP-80": 60}, 4),
)  # fmt: skip

STORY = tuple(sorted((*EVENTS, *PAPER), key=lambda event: -event.days))
