"""Invented names of companies, people and places. Phone numbers and domains are from ranges kept for examples."""

FIRST_NAMES = (
    "Petra", "Jonas", "Lena", "Timo", "Aylin", "Marek", "Sofia", "Noah", "Ingrid", "Pavel", "Clara", "Emil", "Zoë",
    "Matteo", "Hana", "Oskar", "Nadia", "Felix", "Greta", "Tomáš", "Amélie", "Luca", "Freya", "Kofi", "Wiktoria", "Ole",
)  # fmt: skip
LAST_NAMES = (
    "Albers", "Brandt", "Weiss", "Petersen", "Yılmaz", "Kowalski", "Lindgren", "Svoboda", "Moreau", "Rossi", "Nowak",
    "Hofmann", "Dvořák", "Berger", "Jansen", "Okonkwo", "Meier", "Schulz", "Bianchi", "Novotná", "Keller", "Aho",
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
}
# Country, city, postal code, language, and the prefix of numbers.
PLACES = (
    ("DE", "Hamburg", "20457", "de", "+494066969"),
    ("DE", "Berlin", "10115", "de", "+493023125"),
    ("DE", "Köln", "50667", "de", "+492214710"),
    ("AT", "Wien", "1010", "de-AT", "+431555010"),
    ("CZ", "Brno", "602 00", "cs", "+420543001"),
    ("FR", "Lyon", "69002", "fr", "+3346571"),
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
