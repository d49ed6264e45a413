"""Where countries are, to mark them on a map: the middle of each in whole degrees, and its English name.

Worked out from Natural Earth 1:110m (public domain) and the tables of the tz database (public domain).
"""

from dataclasses import dataclass
from functools import cache
from typing import Final


@dataclass(frozen=True, slots=True)
class Country:
    """`code` is of ISO 3166-1 alpha-2; degrees north and east."""

    code: str
    latitude: int
    longitude: int
    name: str


def find_country(code: str) -> Country | None:
    """The country of a two-letter code in any case; None for one that there is not."""
    return _read_table().get(code.strip().upper())


@cache
def _read_table() -> dict[str, Country]:
    table = {}
    for line in _TABLE.strip().splitlines():
        code, latitude, longitude, name = line.split(" ", 3)
        table[code] = Country(code, int(latitude), int(longitude), name)
    return table


_TABLE: Final = """
AD 47 2 Andorra
AE 24 54 United Arab Emirates
AF 34 66 Afghanistan
AG 17 -62 Antigua and Barbuda
AI 18 -63 Anguilla
AL 41 20 Albania
AM 40 45 Armenia
AO -12 18 Angola
AQ -77 31 Antarctica
AR -35 -65 Argentina
AS -14 -171 American Samoa
AT 48 14 Austria
AU -26 134 Australia
AW 12 -70 Aruba
AX 60 20 Åland Islands
AZ 40 48 Azerbaijan
BA 44 18 Bosnia and Herzegovina
BB 13 -60 Barbados
BD 24 90 Bangladesh
BE 51 5 Belgium
BF 12 -2 Burkina Faso
BG 43 25 Bulgaria
BH 26 51 Bahrain
BI -3 30 Burundi
BJ 10 2 Benin
BL 18 -63 Saint Barthélemy
BM 32 -65 Bermuda
BN 5 115 Brunei
BO -16 12 Bolivia
BQ 12 -68 Caribbean Netherlands
BR -11 -53 Brazil
BS 25 -77 Bahamas
BT 27 90 Bhutan
BV -54 3 Bouvet Island
BW -22 24 Botswana
BY 54 28 Belarus
BZ 18 -88 Belize
CA 58 -102 Canada
CC -12 97 Cocos Islands
CD -3 24 DR Congo
CF 7 20 Central African Rep.
CG -4 15 Congo
CH 47 8 Switzerland
CI 8 -6 Côte d'Ivoire
CK -21 -160 Cook Islands
CL -37 -72 Chile
CM 6 13 Cameroon
CN 37 104 China
CO 4 -73 Colombia
CR 10 -84 Costa Rica
CU 22 -79 Cuba
CV 15 -24 Cape Verde
CW 12 -69 Curaçao
CX -10 106 Christmas Island
CY 35 34 Cyprus
CZ 50 15 Czechia
DE 51 10 Germany
DJ 12 43 Djibouti
DK 56 9 Denmark
DM 15 -61 Dominica
DO 19 -70 Dominican Republic
DZ 37 3 Algeria
EC -1 -78 Ecuador
EE 59 26 Estonia
EG 27 30 Egypt
EH 30 -8 Western Sahara
ER 15 39 Eritrea
ES 40 -4 Spain
ET 9 40 Ethiopia
FI 65 26 Finland
FJ -18 178 Fiji
FK -52 -58 Falkland Islands
FM 7 152 Micronesia
FO 62 -7 Faroe Islands
FR 49 2 France
GA -1 12 Gabon
GB 54 -3 United Kingdom
GD 12 -62 Grenada
GE 42 43 Georgia
GF 5 -52 French Guiana
GG 49 -3 Guernsey
GH 8 -1 Ghana
GI 36 -5 Gibraltar
GL 75 -42 Greenland
GM 13 -15 Gambia
GN 10 -14 Guinea
GP 16 -62 Guadeloupe
GQ 4 9 Equatorial Guinea
GR 39 23 Greece
GS -54 -37 South Georgia
GT 16 -90 Guatemala
GU 13 145 Guam
GW 12 -15 Guinea-Bissau
GY 5 -59 Guyana
HK 22 114 Hong Kong
HM -53 73 Heard and McDonald Islands
HN 15 -87 Honduras
HR 45 17 Croatia
HT 19 -73 Haiti
HU 47 19 Hungary
ID -2 118 Indonesia
IE 53 -8 Ireland
IL 32 35 Israel
IM 54 -4 Isle of Man
IN 23 80 India
IO -7 72 British Indian Ocean Territory
IQ 33 44 Iraq
IR 33 54 Iran
IS 65 -19 Iceland
IT 43 12 Italy
JE 49 -2 Jersey
JM 18 -77 Jamaica
JO 31 37 Jordan
JP 36 137 Japan
KE 1 38 Kenya
KG 42 75 Kyrgyzstan
KH 13 105 Cambodia
KI 1 173 Kiribati
KM -12 43 Comoros
KN 17 -63 Saint Kitts and Nevis
KP 40 127 North Korea
KR 36 128 South Korea
KW 29 48 Kuwait
KY 19 -81 Cayman Islands
KZ 48 67 Kazakhstan
LA 18 104 Laos
LB 34 36 Lebanon
LC 14 -61 Saint Lucia
LI 47 10 Liechtenstein
LK 7 80 Sri Lanka
LR 6 -9 Liberia
LS -29 25 Lesotho
LT 55 24 Lithuania
LU 50 6 Luxembourg
LV 57 25 Latvia
LY 33 13 Libya
MA 34 -8 Morocco
MC 44 7 Monaco
MD 47 28 Moldova
ME 43 19 Montenegro
MF 18 -63 Saint Martin
MG -19 47 Madagascar
MH 7 171 Marshall Islands
MK 42 22 North Macedonia
ML 17 -4 Mali
MM 21 97 Myanmar
MN 47 103 Mongolia
MO 22 114 Macau
MP 15 146 Northern Mariana Islands
MQ 15 -61 Martinique
MR 20 -10 Mauritania
MS 17 -62 Montserrat
MT 36 15 Malta
MU -20 58 Mauritius
MV 4 74 Maldives
MW -13 34 Malawi
MX 24 -103 Mexico
MY 4 109 Malaysia
MZ -17 35 Mozambique
NA -22 17 Namibia
NC -22 166 New Caledonia
NE 17 9 Niger
NF -29 168 Norfolk Island
NG 10 8 Nigeria
NI 13 -85 Nicaragua
NL 52 6 Netherlands
NO 65 14 Norway
NP 28 84 Nepal
NR -1 167 Nauru
NU -19 -170 Niue
NZ -44 171 New Zealand
OM 21 56 Oman
PA 9 -80 Panama
PE -9 -74 Peru
PF -18 -150 French Polynesia
PG -7 144 Papua New Guinea
PH 16 122 Philippines
PK 30 69 Pakistan
PL 52 19 Poland
PM 47 -56 Saint Pierre and Miquelon
PN -25 -130 Pitcairn
PR 18 -66 Puerto Rico
PS 32 34 Palestine
PT 40 -8 Portugal
PW 7 134 Palau
PY -23 -58 Paraguay
QA 25 51 Qatar
RE -21 55 Réunion
RO 46 25 Romania
RS 44 21 Serbia
RU 62 97 Russia
RW -2 30 Rwanda
SA 24 45 Saudi Arabia
SB -8 159 Solomon Islands
SC -5 55 Seychelles
SD 16 30 Sudan
SE 63 17 Sweden
SG 1 104 Singapore
SH -16 -6 Saint Helena
SI 46 15 Slovenia
SJ 78 16 Svalbard and Jan Mayen
SK 49 20 Slovakia
SL 8 -13 Sierra Leone
SM 44 12 San Marino
SN 14 -15 Senegal
SO 5 46 Somalia
SR 4 -56 Suriname
SS 7 30 South Sudan
ST 0 7 São Tomé and Príncipe
SV 14 -89 El Salvador
SX 18 -63 Sint Maarten
SY 35 39 Syria
SZ -26 31 Eswatini
TC 21 -71 Turks and Caicos Is
TD 15 19 Chad
TF -49 70 French Southern Territories
TG 8 1 Togo
TH 15 101 Thailand
TJ 39 71 Tajikistan
TK -9 -171 Tokelau
TL -9 126 East Timor
TM 39 59 Turkmenistan
TN 34 10 Tunisia
TO -21 -175 Tonga
TR 41 29 Türkiye
TT 10 -61 Trinidad and Tobago
TV -9 179 Tuvalu
TW 24 121 Taiwan
TZ -6 35 Tanzania
UA 49 31 Ukraine
UG 1 32 Uganda
UM 28 -177 US Outlying Islands
US 40 -99 United States
UY -35 -56 Uruguay
UZ 42 63 Uzbekistan
VA 42 12 Vatican
VC 13 -61 Saint Vincent
VE 7 -66 Venezuela
VG 18 -65 British Virgin Islands
VI 18 -65 US Virgin Islands
VN 17 106 Vietnam
VU -18 168 Vanuatu
WF -13 -176 Wallis and Futuna
WS -14 -172 Samoa
XK 43 21 Kosovo
YE 13 45 Yemen
YT -13 45 Mayotte
ZA -26 28 South Africa
ZM -13 28 Zambia
ZW -19 30 Zimbabwe
"""
