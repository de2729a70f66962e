"""Who trades what in the demo data: a distributor of office and workshop supplies."""

from typing import NamedTuple


class Partner(NamedTuple):
    key: str
    name: str
    street: str
    zip: str
    city: str
    country: str


class Product(NamedTuple):
    """stock: on hand in the main warehouse and in the second one, before the first order."""

    code: str
    name: str
    category: str
    price: float
    cost: float
    stock: tuple = (0, 0)
    tracking: str = "none"
    # sold in another unit too: its XML id
    unit: str | None = None


class Variants(NamedTuple):
    """values: {end of the code: (value of the attribute, stock of the variant)}"""

    code: str
    name: str
    category: str
    price: float
    cost: float
    attribute: str
    values: dict


SELLERS = {"nadia": "Nadia Haddad", "tom": "Tom Lindqvist"}

# the language of a partner, where it is installed
LANGUAGES = {
    "fr": "fr_FR", "de": "de_DE", "es": "es_ES", "it": "it_IT", "nl": "nl_NL", "jp": "ja_JP",
    "no": "nb_NO", "pt": "pt_PT", "pl": "pl_PL", "uk": "en_GB", "ca": "en_CA", "in": "en_IN",
    "cn": "zh_CN",
}  # fmt: skip

CUSTOMERS = [Partner(*row) for row in (
    ("alder", "Alder & Finch Architects", "218 Larkspur Street", "97205", "Portland", "us"),
    ("oakridge", "Oakridge School District", "40 Schoolhouse Road", "05401", "Burlington", "us"),
    ("bellevue", "Grand Hôtel Bellevue", "12 quai des Tilleuls", "74000", "Annecy", "fr"),
    ("muller", "Müller Präzisionstechnik GmbH", "Gewerbering 7", "73430", "Aalen", "de"),
    ("clinica", "Clínica Santa Lucía", "Calle del Olmo 31", "41003", "Sevilla", "es"),
    ("harbourfront", "Harbourfront Logistics", "900 Pier Road", "B3H 4R2", "Halifax", "ca"),
    ("bianchi", "Bianchi Ceramiche S.r.l.", "Via delle Fornaci 18", "41049", "Sassuolo", "it"),
    ("vandermeer", "Van der Meer Bloemen B.V.", "Veilinglaan 55", "1431 GB", "Aalsmeer", "nl"),
    ("cascade", "Cascade Ridge Brewing", "77 Hopyard Lane", "98926", "Ellensburg", "us"),
    ("tanaka", "Tanaka Instruments", "3-14 Kamiyama-cho", "604-8111", "Kyoto", "jp"),
    ("mensah", "Mensah Construction Ltd", "5 Ring Road East", "GA-184", "Accra", "gh"),
    ("saltmarsh", "Saltmarsh Boatyard", "The Old Slipway", "PO19 8TX", "Chichester", "uk"),
    ("larsen", "Larsen Offshore AS", "Strandgata 61", "4307", "Sandnes", "no"),
    ("patel", "Patel Pharma Packaging", "Plot 22, Industrial Estate", "382445", "Ahmedabad", "in"),
    ("quinta", "Quinta do Vale Vinhos", "Estrada do Douro 4", "5050-282", "Peso da Régua", "pt"),
    ("kowalski", "Kowalski Metalworks", "ul. Hutnicza 9", "41-506", "Chorzów", "pl"),
)]  # fmt: skip

VENDORS = [Partner(*row) for row in (
    ("fjordkontor", "Fjordkontor Møbler AS", "Industriveien 3", "6240", "Ørskog", "no"),
    ("brenner", "Brenner Werkzeugbau GmbH", "Am Hammerwerk 2", "42853", "Remscheid", "de"),
    ("brightpack", "Brightpack Safety Co., Ltd.", "88 Longgang Avenue", "518116", "Shenzhen", "cn"),
    ("lakeside", "Lakeside Supply House", "1500 Superior Street", "55802", "Duluth", "us"),
)]  # fmt: skip

DOZEN = "uom.product_uom_dozen"
CATEGORIES = {
    "office": "Office supplies",
    "workshop": "Workshop supplies",
    "safety": "Safety supplies",
}

PRODUCTS = (
    Variants("CH-210", "Task chair Moss", "office", 249.0, 138.0, "Fabric",
             {"BK": ("Black", 12), "GR": ("Grey", 30)}),
    Product("DK-160", "Sit-stand desk 160 x 80 cm", "office", 589.0, 342.0, (4, 0)),
    Product("LP-12", "LED desk lamp", "office", 42.5, 19.8, (25, 0)),
    Product("TN-305", "Toner cartridge 305, black", "office", 78.0, 46.0),
    Product("PP-80", "Copy paper A4, box of 5 reams", "office", 24.5, 14.2, (40, 0)),
    Product("WB-120", "Whiteboard 120 x 90 cm", "office", 94.0, 51.0, (10, 0)),
    Product("FC-4", "Filing cabinet, 4 drawers", "office", 219.0, 127.0, (2, 0)),
    Product("SH-7", "Cross-cut shredder", "office", 159.0, 88.0, (8, 0)),
    Product("CR-25", "Cable reel 25 m", "workshop", 54.9, 28.4, (18, 6)),
    Product("PT-25", "Hand pallet truck 2.5 t", "workshop", 389.0, 236.0, (2, 0)),
    Product("SV-5", "Heavy-duty shelf, 5 levels", "workshop", 175.0, 98.0, (15, 0)),
    Product("BN-3", "Stacking bin, medium", "workshop", 6.9, 2.75, (24, 150)),
    Product("TP-50", "Packing tape 50 mm x 66 m", "workshop", 1.95, 0.82, (300, 0)),
    Product("SF-500", "Stretch film 500 mm", "workshop", 11.4, 6.1, (0, 40)),
    Product("AD-50", "Two-component adhesive 50 ml", "workshop", 18.9, 9.7, (24, 0), "lot"),
    Product("BB-6204", "Ball bearing 6204-2RS", "workshop", 7.35, 3.2, (180, 0)),
    Product("DR-25", "Drill bit set HSS, 25 pieces", "workshop", 64.0, 33.0, (25, 0)),
    Product("AC-24", "Air compressor 24 l", "workshop", 298.0, 181.0),
    Product("VC-30", "Wet and dry vacuum cleaner 30 l", "workshop", 189.0, 112.0),
    Product("LD-8", "Step ladder, 8 steps", "workshop", 129.0, 71.0, (2, 0)),
    Variants("GL-5", "Cut-resistant gloves, level 5", "safety", 8.6, 3.9, "Glove size",
             {"S": ("S", 80), "M": ("M", 60), "L": ("L", 120)}),
    Product("SG-1", "Safety glasses, clear", "safety", 4.2, 1.6, (60, 0), unit=DOZEN),
    Product("FA-50", "First aid kit, 50 persons", "safety", 86.0, 47.5, (4, 0)),
    Product("FE-6", "Fire extinguisher 6 kg", "safety", 72.0, 41.0, (0, 10)),
)  # fmt: skip

# only where manufacturing is installed, else its components are sold one by one
KIT = Product("MR-SET", "Meeting room set", "office", 489.0, 0.0)
KIT_PARTS = {"WB-120": 1, "FC-4": 2}
