"""Invented names of companies, people and places. Phone numbers and domains are from ranges kept for examples."""

FIRST_NAMES = (
    "Petra", "Jonas", "Lena", "Timo", "Aylin", "Marek", "Sofia", "Noah", "Ingrid", "Pavel", "Clara", "Emil", "Zoë",
    "Matteo", "Hana", "Oskar", "Nadia", "Felix", "Greta", "Tomáš", "Amélie", "Luca", "Freya", "Kofi", "Wiktoria", "Ole",
    "João", "Siobhán", "Łukasz", "İrem", "Núria", "健太", "さくら", "Giulia", "Oisín", "Emily",
)  # fmt: skip
LAST_NAMES = (
    "Albers", "Brandt", "Weiss", "Petersen", "Yılmaz", "Kowalski", "Lindgren", "Svoboda", "Moreau", "Rossi", "Nowak",
    "Hofmann", "Dvořák", "Berger", "Jansen", "Okonkwo", "Meier", "Schulz", "Bianchi", "Novotná", "Keller", "Aho",
    "O’Brien", "Gonçalves", "Łuczak", "Muñoz", "佐藤", "田中", "Esposito", "MacDonald", "D’Angelo", "Washington",
)  # fmt: skip
COMPANY_HEADS = (
    "Nordwind", "Alpenblick", "Hanse", "Bergkristall", "Rheintal", "Lindgren", "Morava", "Sonnenhof", "Baltic", "Adler",
    "Kupfer & Zinn", "Weitblick", "Donau", "Vltava", "Fjord", "Steinbach",
)  # fmt: skip
COMPANY_TAILS = (
    "Logistik", "Maschinenbau", "Pflegedienst", "Spedition", "Energie", "Café", "Software", "Bau", "Medizintechnik",
    "Verlag", "Gartenbau", "Taxi", "Hotels", "Recycling",
)  # fmt: skip
COMPANY_FORMS = {
    "DE": ("GmbH", "AG", "KG", "e. K."),
    "AT": ("GmbH", "OG"),
    "CZ": ("s.r.o.", "a.s."),
    "FR": ("SARL", "SA"),
    "IT": ("S.r.l.", "S.p.A."),
    "ES": ("S.L.", "S.A."),
    "PT": ("Lda.", "S.A."),
    "GB": ("Ltd", "plc"),
    "IE": ("Ltd", "DAC"),
    "PL": ("sp. z o.o.", "S.A."),
    "US": ("Inc.", "LLC"),
    "JP": ("株式会社", "合同会社"),
}
# Country, city, postal code, language, and the prefix of numbers.
PLACES = (
    ("DE", "Hamburg", "20457", "de", "+494066969"),
    ("DE", "Berlin", "10115", "de", "+493023125"),
    ("DE", "Köln", "50667", "de", "+492214710"),
    ("AT", "Wien", "1010", "de-AT", "+431555010"),
    ("CZ", "Brno", "602 00", "cs", "+42054300"),
    ("FR", "Lyon", "69002", "fr", "+3346571"),
    ("IT", "Milano", "20121", "it", "+39023456"),
    ("ES", "Zaragoza", "50001", "es", "+3497612"),
    ("PT", "Lisboa", "1100-148", "pt", "+35121345"),
    ("GB", "Bristol", "BS1 5TR", "en-GB", "+44117496"),
    ("IE", "Galway", "H91 E2K3", "en-IE", "+3539156"),
    ("PL", "Łódź", "90-001", "pl", "+4842630"),
    ("US", "Portland", "97204", "en-US", "+1503555"),
    ("JP", "大阪市", "530-0001", "ja", "+8166412"),
)
STREETS = (
    "Speicherstraße",
    "Hauptstraße",
    "Am Markt",
    "Lindenallee",
    "Bahnhofstraße",
    "Hafenweg",
    "Ringstraße",
    "Schulgasse",
)
# What a company's tree of accounts is made of, level by level below the company itself.
SITES = ("North", "South", "Headquarters", "Plant 2", "Austria", "Czechia", "Online shop", "Field service")
DEPARTMENTS = (
    "Fleet",
    "Warehouse",
    "Sales",
    "Service desk",
    "Purchasing",
    "Construction sites",
    "Care team",
    "Workshop",
)
TEAMS = ("Night shift", "Drivers", "Apprentices", "Scanners", "Tablets", "Stand-by duty")
SUSPENSIONS = {
    "nonPayment": (
        "third reminder unanswered, invoice 2026-10-4471",
        "direct debit returned twice, invoice 2026-09-1180",
    ),
    "fraud": ("calls to premium numbers far beyond the usual, fraud desk case 7731",),
    "lostSim": ("caller verified by PIN, SIM reported stolen on the train",),
    "dfltSuspended": ("requested by key account manager for the duration of the move",),
}
