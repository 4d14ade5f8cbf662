"""What is typed, and what comes of it: the table of the kinds of values.

Each row is a text, its canonical form when read strictly (as REST does) and when read leniently at home in Germany (as
the portal does). `!` begins a part of the words of a refusal; a row of two has the same outcome in both.
"""

PHONE = [
    # Spellings of one number.
    ("+491703182255", "+491703182255"), ("+49 170 3182255", "+491703182255"), ("+49-170-318-22-55", "+491703182255"),
    ("+49.170.3182255", "+491703182255"), ("+49/170/3182255", "+491703182255"), ("(+49) 170 3182255", "+491703182255"),
    ("+(49) (170) 3182255", "+491703182255"), ("+49 [170] 3182255", "+491703182255"), ("＋49 170 3182255", "+491703182255"),
    ("+49\u00a0170\u00a03182255", "+491703182255"), ("+49\u202f170\u20093182255", "+491703182255"),
    ("+49‑170–3182255", "+491703182255"), ("+49—170−3182255", "+491703182255"), ("\u202a+49 170 3182255\u202c", "+491703182255"),
    ("+49 170\u200b3182255", "+491703182255"), ("\ufeff+491703182255", "+491703182255"), ("+49\u00ad170 3182255", "+491703182255"),
    (" +49 170 3182255 ", "+491703182255"), ("+49 170 3182255\n", "+491703182255"), ("+49\t170\t3182255", "+491703182255"),
    ("00491703182255", "+491703182255"), ("0049 170 3182255", "+491703182255"), ("(0049) 170 3182255", "+491703182255"),
    ("tel:+491703182255", "+491703182255"), ("TEL:+49-170-3182255", "+491703182255"), ("tel:00491703182255", "+491703182255"),
    ("491703182255", "+491703182255"), ("49 170 3182255", "+491703182255"), ("+４９１７０３１８２２５５", "+491703182255"),
    ("+٤٩١٧٠٣١٨٢٢٥٥", "+491703182255"),
    # A trunk prefix in brackets is left out, but where the plan has it.
    ("+49 (0)170 3182255", "+491703182255"), ("+49(0)1703182255", "+491703182255"), ("0049 (0) 170 3182255", "+491703182255"),
    ("49 (0)170 3182255", "+491703182255"), ("+49 [0] 170 3182255", "+491703182255"), ("+49（0）170 3182255", "+491703182255"),
    ("+44 (0)20 7946 0958", "+442079460958"), ("+33 (0)6 12 34 56 78", "+33612345678"), ("+43 (0)664 1234567", "+436641234567"),
    ("+34 (0)912 345 678", "+34912345678"), ("+36 (06) 1 234 5678", "+3612345678"), ("+7 (8) 800 555 35 35", "+78005553535"),
    ("+39 (0)6 12345678", "+390612345678"), ("+39 06 12345678", "+390612345678"), ("+39 333 1234567", "+393331234567"),
    ("+378 0549 886377", "+3780549886377"), ("+225 07 01 02 03 04", "+2250701020304"), ("+225 (0)701020304", "+2250701020304"),
    ("+242 06 123 4567", "+242061234567"), ("+229 01 95 12 34 56", "+2290195123456"),
    # A trunk prefix that is left stands in no number.
    ("+4901703182255", "!+49 numbers don't keep the 0 after the country code; write +49 170 3182255."),
    ("+49 0170 3182255", "!don't keep the 0"), ("00490170 3182255", "!write +49 170 3182255."), ("+44 (020) 7946 0958", "!keep the 0"),
    ("+44 020 7946 0958", "!write +44 20 7946 0958."), ("+33 06 12 34 56 78", "!write +33 6 12 34 56 78."),
    ("+43 0664 1234567", "!don't keep the 0"), ("+41 079 123 45 67", "!write +41 79 123 45 67."), ("+31 06 12345678", "!keep the 0"),
    ("+34 0912345678", "!don't keep the 0"), ("+7 8 800 555 35 35", "!don't keep the 8"), ("+36 06 1 234 5678", "!don't keep the 0"),
    # Plans of other countries.
    ("+1 (202) 555-0123", "+12025550123"), ("+1 202 555 0168", "+12025550168"), ("+351 912 345 256", "+351912345256"),
    ("+420 777 123 456", "+420777123456"), ("+48 512 345 678", "+48512345678"), ("+81 90-1234-5678", "+819012345678"),
    ("+86 138 0013 8000", "+8613800138000"), ("+91 98765 43210", "+919876543210"), ("+55 11 96123-4567", "+5511961234567"),
    ("+54 9 11 2345-6789", "+5491123456789"), ("+800 1234 5678", "+80012345678"), ("+7 701 123 4567", "+77011234567"),
    # Nobody's ranges are taken, impossible lengths and codes are not.
    ("+49 150 55512345", "+4915055512345"), ("+883 51000123456", "+88351000123456"), ("499999999999999", "+499999999999999"),
    ("4999999999999999", "!digits"), ("+1202555012", "!+1 numbers have 10 digits after the country code; this one has 9."),
    ("+120255501234", "!this one has 11"), ("+521551234567", "+521551234567"), ("+5215512345678", "!+52 numbers have 10 digits"),
    ("+49 12", "!+49 numbers have 4 to 13 digits"), ("+351 91234525", "!have 9 digits"), ("+99912345678", "!begins with 999"),
    ("+0049 170", "!no country code begins with 0"), ("000491703182255", "!no country code begins with 0"), ("+", "!it contains no digits"),
    ("tel:", "!it contains no digits"), ("", "!Must not be empty."), (" ", "!Must not be empty."), ("1" * 61, "!has 61 digits"),
    ("1" * 20, "!"), ("+49 170 318x255", "!“x” at 12 doesn't belong in one."), ("+49 170 3182255 ext. 5", "!“e” at 17"),
    ("+49+170", "!“+” at 4"), ("++49170", "!“+” at 2"), ("+49 170 3182255, +49 171", "!“,” at 16"), ("*100#", "!“*” at 1"),
    ("1-800-FLOWERS", "!“F” at 7"), ("tel:+1202;ext=5", "!“;” at 10"), ("+49 170\n3182255", "!U+000A at 8 (line feed)"),
    ("+49 170\x003182255", "!U+0000 at 8 (null)"), ("+49 ²", "!“²” at 5"), ("anna", "!“a” at 1"),
    # What only the portal understands: it knows where it is.
    ("0170 3182255", "!write + or 00 and the country code first", "+491703182255"), ("(0170) 318 22 55", "!begins with 0", "+491703182255"),
    ("0170-3182255", "!begins with 0", "+491703182255"), ("030 1234567", "!begins with 0", "+49301234567"),
    ("tel:0170 3182255", "!begins with 0", "+491703182255"), ("1703182255", "!+1 numbers have 10 digits", "+491703182255"),
    ("436641234567", "+436641234567"), ("0", "!begins with 0", "!too short"), ("112", "!+1 numbers", "!not a national one"),
]  # fmt: skip
MSISDN = [
    ("491703182255", "491703182255"), ("+49 170 3182255", "491703182255"), ("0049 (0)170 3182255", "491703182255"),
    ("490170318225", "!don't keep the 0"), ("01703182255", "!begins with 0", "491703182255"), ("+390612345678", "390612345678"),
    ("12025550168", "12025550168"),
]  # fmt: skip
ICCID = [
    ("8949020000012345670", "8949020000012345670"), ("89490200000123456708", "89490200000123456708"),
    ("8949020000012345670F", "8949020000012345670"), ("8949020000012345670f", "8949020000012345670"),
    ("894902000001234567FF", "894902000001234567"), ("8949 0200 0001 2345 670", "8949020000012345670"),
    ("8949-0200-0001-2345-670", "8949020000012345670"), ("8949\u00a00200\u00a00001 2345 670", "8949020000012345670"),
    ("\u202d8949020000012345670\u202c", "8949020000012345670"), (" 8949020000012345670\n", "8949020000012345670"),
    ("89860000a1b2c3d4e5f6", "89860000A1B2C3D4E5F6"), ("8949020000012345671", "8949020000012345671"),
    ("8949020000012345670000", "8949020000012345670000"), ("89490200000123456700000", "!has 23 digits without padding"),
    ("89490200000123456", "!has 17 digits without padding; 18 to 22 are possible"), ("8899020000012345670", "!doesn't begin with 89"),
    ("9894200000103254760", "!swapped in pairs"), ("8999999999999999999", "!the same digit throughout"), ("8900000000000000000", "!the same digit"),
    ("8888888888888888888", "!doesn't begin with 89"), ("FFFFFFFFFFFFFFFFFFFF", "!doesn't begin with 89"), ("", "!Must not be empty."),
    ("8949020000o12345670", "!“o” at 11 is no hexadecimal digit."), ("8949.0200.0001", "!“.” at 5"), ("８949020000012345670", "!“８” at 1"),
]  # fmt: skip
IMSI = [
    ("262015550142001", "262015550142001"), ("26201555014200", "26201555014200"), ("262 01 5550142001", "262015550142001"),
    ("310-150-123456789", "310150123456789"), ("001010123456789", "001010123456789"), ("\u200b262015550142001", "262015550142001"),
    (" 262015550142001 ", "262015550142001"), ("2620155501420", "!has 13 digits; 14 or 15 are possible."), ("2620155501420011", "!has 16 digits"),
    ("26201555014200a", "!“a” at 15 is no digit."), ("+262015550142001", "!“+” at 1"), ("٢62015550142001", "!at 1 is no digit"), ("", "!empty"),
]  # fmt: skip
IPV4 = [
    ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::ffff:192.0.2.1", "192.0.2.1"),
    ("::FFFF:C000:0201", "192.0.2.1"), (" 192.0.2.1", "!U+0020 at 1 (space) must be left out", "192.0.2.1"),
    ("192.0.2.1\u200b", "!U+200B at 10 (zero width space)", "192.0.2.1"), ("192.168.001.001", "!“001” has a leading zero"),
    ("010.0.0.1", "!“010” has a leading zero"), ("::ffff:192.0.02.1", "!leading zero"), ("192.0.2.256", "!four numbers of 0 to 255"),
    ("192.0.2", "!four numbers"), ("3221225985", "!four numbers"), ("0xC0.0.2.1", "!“x” at 2"), ("192.0.2.0/24", "!leave out the prefix length, “/24”"),
    ("192.0.2.1%eth0", "!leave out the zone, “%eth0”"), ("192.0.2.1:80", "!"), ("192.0.2.1.", "!four numbers"), ("192..2.1", "!four numbers"),
    ("2001:db8::1", "!this is an IPv6 address"), ("１92.0.2.1", "!“１” at 1"), ("192,0,2,1", "!“,” at 4"), ("", "!empty"), ("example.com", "!“x” at 2"),
]  # fmt: skip
IPV6 = [
    ("2001:db8::1", "2001:db8::1"), ("2001:DB8::1", "2001:db8::1"), ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
    ("2001:db8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8::0:1", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"), ("::", "::"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("::ffff:c000:201", "::ffff:192.0.2.1"), ("::FFFF:192.0.2.1", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ("2001:db8::1 ", "!U+0020 at 12", "2001:db8::1"), ("fe80::1%eth0", "!leave out the zone, “%eth0”"), ("2001:db8::/32", "!leave out the prefix length"),
    ("2001:db8::00001", "!up to eight groups"), ("::ffff:192.000.2.1", "!“000” has a leading zero"), ("192.0.2.1", "!this is an IPv4 address"),
    ("2001:db8", "!up to eight groups"), ("1::2::3", "!up to eight groups"), ("1:2:3:4:5:6:7:8:9", "!up to eight groups"), ("[::1]:80", "!“[” at 1"),
    ("2001:db8::g", "!“g” at 11 doesn't belong"), ("[2001:db8::g]", "!“g” at 12"), ("2001:db8\u200b::1", "!U+200B at 9", "2001:db8::1"), ("", "!empty"),
]  # fmt: skip
EMAIL = [
    ("anna@example.com", "anna@example.com"), ("Anna.Schmidt@Example.COM", "anna.schmidt@example.com"), ("a+b@x.de", "a+b@x.de"),
    ("jörg@bücher.de", "jörg@xn--bcher-kva.de"), ("JÖRG@BÜCHER.DE", "jörg@xn--bcher-kva.de"), ("jo\u0308rg@bu\u0308cher.de", "jörg@xn--bcher-kva.de"),
    ("a@XN--BCHER-KVA.de", "a@xn--bcher-kva.de"), ("info@straße.de", "info@xn--strae-oqa.de"), ("用户@例子.中国", "用户@xn--fsqu00a.xn--fiqs8s"),
    ("a@host.test", "a@host.test"), ("a@mail.local", "a@mail.local"), ("o'brien@x.ie", "o'brien@x.ie"), ("a" * 64 + "@x.de", "a" * 64 + "@x.de"),
    ("a" * 65 + "@x.de", "!the part before the @ has 65 characters, 1 too many."), ("a@" + "b." * 126 + "de", "!it has 256 characters, 2 too many."),
    (" anna@example.com", "!U+0020 at 1 (space)", "anna@example.com"), ("anna@example.com\n", "!U+000A at 17 (line feed)", "anna@example.com"),
    ("an\u200bna@example.com", "!U+200B at 3 (zero width space)"), ("anna@exam\u00adple.com", "!U+00AD at 10 (soft hyphen)"),
    ("\ufeffanna@example.com", "!U+FEFF at 1"), ("anna\u200d@example.com", "!U+200D at 5"), ("an na@example.com", "!U+0020 at 3 (space)"),
    ("anna\u00a0@example.com", "!U+00A0 at 5 (no-break space)"), ("anna@exam\x00ple.com", "!U+0000 at 10 (null)"), ("anna", "!it contains no @"),
    ("@example.com", "!before the @-sign"), ("anna@", "!after the @-sign"), ("anna@localhost", "!should have a period"), ("a@b@c.de", "!"),
    ("a..b@x.de", "!two periods"), (".a@x.de", "!period"), ("a@x_y.de", "!invalid characters"), ("a@-x.de", "!hyphen"), ("a@x.de.", "!period"),
    ('"a b"@x.de', "!U+0020 at 3"), ('"ab"@x.de', "!"), ("a@[192.0.2.1]", "!bracketed IP address"), ("Anna <anna@x.de>", "!U+0020 at 5"),
    ("<anna@x.de>", "!"), ("", "!Must not be empty."),
]  # fmt: skip
COUNTRY = [
    ("DE", "DE"), ("de", "DE"), ("DEU", "DE"), ("deu", "DE"), ("IRL", "IE"), ("AUT", "AT"), ("CHN", "CN"), ("CHE", "CH"), ("IRN", "IR"), ("XK", "XK"),
    ("XKX", "XK"), ("GB", "GB"), ("US", "US"), ("USA", "US"), ("UK", "!write GB", "GB"), ("EL", "!write GR", "!did you mean"), ("EU", "!two letters", "!"),
    ("276", "!“2” at 1", "!"), ("D", "!two letters", "!"), ("ZZ", "!", "!"), ("ANT", "!two letters", "!"), ("SUN", "!", "!"), ("XAA", "!", "!"),
    (" DE", "!U+0020 at 1", "DE"), ("D\u200bE", "!U+200B at 2", "DE"), ("ＤＥ", "!“Ｄ” at 1", "DE"), ("Germany", "!two letters", "DE"), ("GERMANY", "!", "DE"),
    ("Deutschland", "!", "DE"), ("Österreich", "!“Ö” at 1", "AT"), ("Osterreich", "!", "AT"), ("O\u0308sterreich", "!", "AT"), ("Türkiye", "!", "TR"),
    ("Turkey", "!", "TR"), ("United States", "!", "US"), ("u.s.a.", "!", "!write its name"), ("Holland", "!", "NL"), ("Côte d'Ivoire", "!", "CI"), ("Cote d’Ivoire", "!", "CI"),
    ("Bosnia and Herzegovina", "!", "BA"), ("Congo", "!", "!did you mean Congo - Brazzaville (CG) or Congo - Kinshasa (CD)?"),
    ("Niger", "!", "NE"), ("Nigeria", "!", "NG"), ("Ger", "!", "!did you mean Germany (DE)?"), ("Atlantis", "!", "!write its name"), ("", "!empty"),
]  # fmt: skip
LANGUAGE = [
    ("de", "de"), ("DE", "de"), ("de-at", "de-AT"), ("DE-AT", "de-AT"), ("deu", "de"), ("ger", "de"), ("gsw", "gsw"), ("zh-hans-cn", "zh-Hans-CN"),
    ("sr-latn", "sr-Latn"), ("es-419", "es-419"), ("de-1996", "de-1996"), ("en-x-plain", "en-x-plain"), ("de_AT", "!“_” at 3", "de-AT"),
    ("German", "!", "de"), ("Deutsch", "!", "de"), ("Österreichisches Deutsch", "!“Ö” at 1", "de-AT"), ("xx", "!no language “xx”"), ("de-ZZ", "!no country “ZZ”"),
    ("de-Zxyw", "!no script “Zxyw”"), ("d", "!write it as de or de-AT"), ("de-", "!write it"), ("-de", "!write it"), (" de", "!U+0020 at 1", "de"),
    ("de\u200b", "!U+200B at 3", "de"), ("x" * 36, "!has 36 characters"), ("", "!empty"),
]  # fmt: skip
ID = [
    ("A-1", "A-1"), ("C 100 200", "C 100 200"), ("Mu\u0308ller", "Müller"), ("客户-1", "客户-1"), ("x" * 255, "x" * 255), ("x" * 256, "!Has 256 characters, 1 too many"),
    (" A-1", "!U+0020 at 1 (space) must be left out.", "A-1"), ("A-1 ", "!U+0020 at 4", "A-1"), ("A-1\u00a0", "!U+00A0 at 4 (no-break space)", "A-1"),
    ("A-1\u200b", "!U+200B at 4 (zero width space)", "A-1"), ("A\u200b-1", "!U+200B at 2", "A-1"), ("\ufeffA-1", "!U+FEFF at 1", "A-1"),
    ("A\u00ad-1", "!U+00AD at 2 (soft hyphen)", "A-1"), ("A\u202e-1", "!U+202E at 2 (right-to-left override)", "A-1"), ("A\ufe0f-1", "!U+FE0F at 2", "A-1"),
    ("A\u2800-1", "!U+2800 at 2", "A-1"), ("A\u3164-1", "!U+3164 at 2 (hangul filler)", "A-1"), ("A-1\n", "!U+000A at 4 (line feed)", "A-1"),
    ("A\n1", "!U+000A at 2 (line feed)"), ("A\t1", "!U+0009 at 2 (tab)"), ("A\x001", "!U+0000 at 2 (null)"), ("A\x7f1", "!U+007F at 2 (delete)"),
    ("A\u20281", "!U+2028 at 2"), ("A\ud8001", "!U+D800 at 2"), ("A\uffff1", "!U+FFFF at 2"), ("", "!Must not be empty."), ("  ", "!Must not be empty."),
    ("\u200b", "!U+200B at 1", "!Must not be empty."),
]  # fmt: skip
CODE = [
    ("dfltActive", "dfltActive"), ("a.b_c-1", "a.b_c-1"), ("x" * 60, "x" * 60), ("x" * 61, "!Has 61 characters, 1 too many; at most 60"), ("a b", "!U+0020 at 2"),
    ("ü", "!“ü” at 1"), ("a/b", "!“/” at 2"), (" a", "!U+0020 at 1", "a"), ("a\u200b", "!U+200B at 2"), ("", "!empty"),
]  # fmt: skip
NAME = [
    ("Anna Schmidt", "Anna Schmidt"), ("Mu\u0308ller", "Müller"), ("Łódź", "Łódź"), ("李小龍", "李小龍"), ("O’Brien", "O’Brien"), ("🍀", "🍀"), ("محمد", "محمد"),
    ("کتاب\u200cها", "کتاب\u200cها"), ("र्\u200dय", "र्\u200dय"), ("ไทย\u200bไทย", "ไทย\u200bไทย"), ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"), ("❤\ufe0f", "❤\ufe0f"),
    ("👩🏽\u200d🚀", "👩🏽\u200d🚀"), ("שלום\u200f!", "שלום\u200f!"), ("葛\U000e0100城", "葛\U000e0100城"), ("An\u200dna", "!U+200D at 3 (zero width joiner)", "Anna"),
    ("An\u200cna", "!U+200C at 3", "Anna"), ("An\u200bna", "!U+200B at 3 (zero width space), which nobody sees", "Anna"), ("Anna\u200e", "!U+200E at 5", "Anna"),
    ("Anna\u202e", "!U+202E at 5 (right-to-left override)", "Anna"), ("\u202aAnna\u202c", "!U+202A at 1", "Anna"), ("\u2066Anna\u2069", "!U+2066 at 1", "Anna"),
    ("محمد\u202e", "!U+202E at 5", "محمد"), ("An\u00adna", "!U+00AD at 3", "Anna"), ("Anna\tSchmidt", "!Contains U+0009 at 5 (tab).", "Anna Schmidt"),
    ("Anna\r\nSchmidt", "!U+000D at 5", "Anna Schmidt"), ("Anna\x00", "!U+0000 at 5 (null)"), ("Anna\x1b", "!U+001B at 5 (escape)"), ("Anna\ud800", "!U+D800 at 5"),
    (" Anna ", " Anna ", "Anna"), ("", "!Must not be empty."), ("   ", "!Must not be empty."), ("\u0301", "!Has nothing that can be seen."), ("\u00a0", "!empty"),
    ("\u2800", "!U+2800 at 1", "!empty"), ("\u3164", "!U+3164 at 1", "!empty"), ("e" + "\u0301" * 40, "é" + "\u0301" * 39), ("é" * 256, "!Has 256 characters, 1 too many"),
    ("e\u0301" * 255, "é" * 255),
]  # fmt: skip
LINES = [
    ("one\ntwo", "one\ntwo"), ("one\r\ntwo\rthree", "one\ntwo\nthree"), ("a\tb", "a\tb"), ("a\x00b", "!U+0000 at 2"), ("\n\n", "!empty"), ("a\u202eb", "!U+202E at 2", "ab"),
]  # fmt: skip
