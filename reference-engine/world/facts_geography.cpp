#include "world/facts.hpp"

namespace tessera::engine::world::detail {

namespace {

constexpr std::string_view capitals =
    "Afghanistan=Kabul\nAlbania=Tirana\nAlgeria=Algiers\nAndorra=Andorra la Vella\nAngola=Luanda\n"
    "Antigua and Barbuda=Saint John's\nArgentina=Buenos "
    "Aires\nArmenia=Yerevan\nAustralia=Canberra\n"
    "Austria=Vienna\nAzerbaijan=Baku\nthe Bahamas=Nassau\nBahrain=Manama\nBangladesh=Dhaka\n"
    "Barbados=Bridgetown\nBelarus=Minsk\nBelgium=Brussels\nBelize=Belmopan\nBenin=Porto-Novo\n"
    "Bhutan=Thimphu\nBolivia=Sucre\nBosnia and Herzegovina=Sarajevo\nBotswana=Gaborone\n"
    "Brazil=Brasilia\nBrunei=Bandar Seri Begawan\nBulgaria=Sofia\nBurkina Faso=Ouagadougou\n"
    "Burundi=Gitega\nCambodia=Phnom Penh\nCameroon=Yaounde\nCanada=Ottawa\nCape Verde=Praia\n"
    "the Central African Republic=Bangui\nChad=N'Djamena\nChile=Santiago\nChina=Beijing\n"
    "Colombia=Bogota\nthe Comoros=Moroni\nCosta Rica=San Jose\nCroatia=Zagreb\nCuba=Havana\n"
    "Cyprus=Nicosia\nthe Czech Republic=Prague\nDenmark=Copenhagen\nDjibouti=Djibouti\n"
    "Dominica=Roseau\nthe Dominican Republic=Santo Domingo\nEast Timor=Dili\nEcuador=Quito\n"
    "Egypt=Cairo\nEl Salvador=San Salvador\nEquatorial Guinea=Malabo\nEritrea=Asmara\n"
    "Estonia=Tallinn\nEswatini=Mbabane\nEthiopia=Addis Ababa\nFiji=Suva\nFinland=Helsinki\n"
    "France=Paris\nGabon=Libreville\nthe Gambia=Banjul\nGeorgia=Tbilisi\nGermany=Berlin\n"
    "Ghana=Accra\nGreece=Athens\nGrenada=Saint George's\nGuatemala=Guatemala City\nGuinea=Conakry\n"
    "Guinea-Bissau=Bissau\nGuyana=Georgetown\nHaiti=Port-au-Prince\nHonduras=Tegucigalpa\n"
    "Hungary=Budapest\nIceland=Reykjavik\nIndia=New Delhi\nIndonesia=Jakarta\nIran=Tehran\n"
    "Iraq=Baghdad\nIreland=Dublin\nIsrael=Jerusalem\nItaly=Rome\nIvory Coast=Yamoussoukro\n"
    "Jamaica=Kingston\nJapan=Tokyo\nJordan=Amman\nKazakhstan=Astana\nKenya=Nairobi\n"
    "Kiribati=Tarawa\nKuwait=Kuwait City\nKyrgyzstan=Bishkek\nLaos=Vientiane\nLatvia=Riga\n"
    "Lebanon=Beirut\nLesotho=Maseru\nLiberia=Monrovia\nLibya=Tripoli\nLiechtenstein=Vaduz\n"
    "Lithuania=Vilnius\nLuxembourg=Luxembourg City\nMadagascar=Antananarivo\nMalawi=Lilongwe\n"
    "Malaysia=Kuala Lumpur\nthe Maldives=Male\nMali=Bamako\nMalta=Valletta\n"
    "the Marshall Islands=Majuro\nMauritania=Nouakchott\nMauritius=Port Louis\nMexico=Mexico City\n"
    "Micronesia=Palikir\nMoldova=Chisinau\nMonaco=Monaco\nMongolia=Ulaanbaatar\n"
    "Montenegro=Podgorica\nMorocco=Rabat\nMozambique=Maputo\nMyanmar=Naypyidaw\nNamibia=Windhoek\n"
    "Nepal=Kathmandu\nthe Netherlands=Amsterdam\nNew Zealand=Wellington\nNicaragua=Managua\n"
    "Niger=Niamey\nNigeria=Abuja\nNorth Korea=Pyongyang\nNorth Macedonia=Skopje\nNorway=Oslo\n"
    "Oman=Muscat\nPakistan=Islamabad\nPalau=Ngerulmud\nPanama=Panama City\n"
    "Papua New Guinea=Port Moresby\nParaguay=Asuncion\nPeru=Lima\nthe Philippines=Manila\n"
    "Poland=Warsaw\nPortugal=Lisbon\nQatar=Doha\nthe Republic of the Congo=Brazzaville\n"
    "Romania=Bucharest\nRussia=Moscow\nRwanda=Kigali\nSaint Lucia=Castries\nSamoa=Apia\n"
    "San Marino=San Marino\nSaudi Arabia=Riyadh\nSenegal=Dakar\nSerbia=Belgrade\n"
    "the Seychelles=Victoria\nSierra Leone=Freetown\nSingapore=Singapore\nSlovakia=Bratislava\n"
    "Slovenia=Ljubljana\nthe Solomon Islands=Honiara\nSomalia=Mogadishu\nSouth Africa=Pretoria\n"
    "South Korea=Seoul\nSouth Sudan=Juba\nSpain=Madrid\nSri Lanka=Sri Jayawardenepura "
    "Kotte\nSudan=Khartoum\n"
    "Suriname=Paramaribo\nSweden=Stockholm\nSwitzerland=Bern\nSyria=Damascus\nTaiwan=Taipei\n"
    "Tajikistan=Dushanbe\nTanzania=Dodoma\nThailand=Bangkok\nTogo=Lome\nTonga=Nuku'alofa\n"
    "Trinidad and Tobago=Port of Spain\nTunisia=Tunis\nTurkey=Ankara\nTurkmenistan=Ashgabat\n"
    "Tuvalu=Funafuti\nUganda=Kampala\nUkraine=Kyiv\nthe United Arab Emirates=Abu Dhabi\n"
    "the United Kingdom=London\nthe United States=Washington, D.C.\nUruguay=Montevideo\n"
    "Uzbekistan=Tashkent\nVanuatu=Port Vila\nVenezuela=Caracas\nVietnam=Hanoi\nYemen=Sanaa\n"
    "Zambia=Lusaka\nZimbabwe=Harare\nthe Democratic Republic of the Congo=Kinshasa";

constexpr std::string_view continents =
    "Algeria=Africa\nAngola=Africa\nBotswana=Africa\nCameroon=Africa\nChad=Africa\nEgypt=Africa\n"
    "Ethiopia=Africa\nGabon=Africa\nGhana=Africa\nKenya=Africa\nLiberia=Africa\nLibya=Africa\n"
    "Madagascar=Africa\nMali=Africa\nMorocco=Africa\nMozambique=Africa\nNamibia=Africa\n"
    "Niger=Africa\nNigeria=Africa\nRwanda=Africa\nSenegal=Africa\nSomalia=Africa\n"
    "South Africa=Africa\nSudan=Africa\nTanzania=Africa\nTunisia=Africa\nUganda=Africa\n"
    "Zambia=Africa\nZimbabwe=Africa\nAfghanistan=Asia\nBangladesh=Asia\nCambodia=Asia\nChina=Asia\n"
    "India=Asia\nIndonesia=Asia\nIran=Asia\nIraq=Asia\nIsrael=Asia\nJapan=Asia\nJordan=Asia\n"
    "Laos=Asia\nLebanon=Asia\nMalaysia=Asia\nMongolia=Asia\nMyanmar=Asia\nNepal=Asia\n"
    "North Korea=Asia\nPakistan=Asia\nthe Philippines=Asia\nQatar=Asia\nSaudi Arabia=Asia\n"
    "Singapore=Asia\nSouth Korea=Asia\nSri Lanka=Asia\nSyria=Asia\nThailand=Asia\nVietnam=Asia\n"
    "Yemen=Asia\nAlbania=Europe\nAustria=Europe\nBelgium=Europe\nBulgaria=Europe\nCroatia=Europe\n"
    "the Czech Republic=Europe\nDenmark=Europe\nEstonia=Europe\nFinland=Europe\nFrance=Europe\n"
    "Germany=Europe\nGreece=Europe\nHungary=Europe\nIceland=Europe\nIreland=Europe\nItaly=Europe\n"
    "Latvia=Europe\nLithuania=Europe\nLuxembourg=Europe\nMalta=Europe\nthe Netherlands=Europe\n"
    "Norway=Europe\nPoland=Europe\nPortugal=Europe\nRomania=Europe\nSerbia=Europe\n"
    "Slovakia=Europe\nSlovenia=Europe\nSpain=Europe\nSweden=Europe\nSwitzerland=Europe\n"
    "Ukraine=Europe\nthe United Kingdom=Europe\nCanada=North America\nCosta Rica=North America\n"
    "Cuba=North America\nGuatemala=North America\nHaiti=North America\nHonduras=North America\n"
    "Jamaica=North America\nMexico=North America\nNicaragua=North America\n"
    "Panama=North America\nthe United States=North America\nArgentina=South America\n"
    "Bolivia=South America\nBrazil=South America\nChile=South America\nColombia=South America\n"
    "Ecuador=South America\nGuyana=South America\nParaguay=South America\nPeru=South America\n"
    "Suriname=South America\nUruguay=South America\nVenezuela=South America\nAustralia=Oceania\n"
    "Fiji=Oceania\nNew Zealand=Oceania\nPapua New Guinea=Oceania\nSamoa=Oceania\nTonga=Oceania";

constexpr std::string_view currencies =
    "Argentina=peso\nAustralia=Australian dollar\nAustria=euro\nBelgium=euro\nBrazil=real\n"
    "Bulgaria=lev\nCanada=Canadian dollar\nChile=peso\nChina=yuan\nColombia=peso\n"
    "the Czech Republic=koruna\nDenmark=krone\nEgypt=Egyptian pound\nEthiopia=birr\nFinland=euro\n"
    "France=euro\nGermany=euro\nGhana=cedi\nGreece=euro\nHungary=forint\nIceland=krona\n"
    "India=rupee\nIndonesia=rupiah\nIran=rial\nIreland=euro\nIsrael=shekel\nItaly=euro\nJapan=yen\n"
    "Kenya=shilling\nMalaysia=ringgit\nMexico=peso\nMongolia=tugrik\nMorocco=dirham\nNepal=rupee\n"
    "the Netherlands=euro\nNew Zealand=New Zealand dollar\nNigeria=naira\nNorway=krone\n"
    "Pakistan=rupee\nPeru=sol\nthe Philippines=peso\nPoland=zloty\nPortugal=euro\nRomania=leu\n"
    "Russia=ruble\nSaudi Arabia=riyal\nSouth Africa=rand\nSouth Korea=won\nSpain=euro\n"
    "Sweden=krona\nSwitzerland=franc\nThailand=baht\nTurkey=lira\nUkraine=hryvnia\n"
    "the United Kingdom=pound\nthe United States=dollar\nVietnam=dong\nZambia=kwacha";

constexpr std::string_view languages =
    "Argentina=Spanish\nAustralia=English\nAustria=German\nBrazil=Portuguese\nBulgaria=Bulgarian\n"
    "Chile=Spanish\nChina=Chinese\nColombia=Spanish\nCroatia=Croatian\nCuba=Spanish\n"
    "the Czech Republic=Czech\nDenmark=Danish\nEgypt=Arabic\nEstonia=Estonian\nFinland=Finnish\n"
    "France=French\nGermany=German\nGreece=Greek\nHungary=Hungarian\nIceland=Icelandic\n"
    "Iran=Persian\nIraq=Arabic\nIsrael=Hebrew\nItaly=Italian\nJapan=Japanese\nLatvia=Latvian\n"
    "Lithuania=Lithuanian\nMexico=Spanish\nMongolia=Mongolian\nMorocco=Arabic\n"
    "the Netherlands=Dutch\nNepal=Nepali\nNew Zealand=English\nNorway=Norwegian\nPeru=Spanish\n"
    "Poland=Polish\nPortugal=Portuguese\nRomania=Romanian\nRussia=Russian\nSaudi Arabia=Arabic\n"
    "Serbia=Serbian\nSouth Korea=Korean\nSpain=Spanish\nSweden=Swedish\nThailand=Thai\n"
    "Turkey=Turkish\nUkraine=Ukrainian\nthe United Kingdom=English\nthe United States=English\n"
    "Vietnam=Vietnamese";

constexpr relation table[] = {
    {"capital", 24, "capital", "The capital of {x} is {y}.",
     "the capital of {x}|the capital city of {x}|{x's} capital|{x's} capital city",
     "Which city is the capital of {x}?|Which city is {x's} capital?|What city is the capital of "
     "{x}?|"
     "{X} has which capital?|What is the name of the capital of {x}?|What's {x's} capital called?|"
     "Where is the government of {x}?|In {x}, what is the capital?|Capital of {x}?|{x} capital|"
     "The capital of {x} is|Which city serves as the capital of {x}?|"
     "What do we call the capital of {x}?|What city is {x} governed from?|"
     "Name the city that is the capital of {x}.|What capital does {x} have?|{X}: capital?",
     "What is the capital city of the country {x}?|Which capital city belongs to {x}?|"
     "{X} has a capital. What is it?|For {x}, which city is the capital?",
     capitals},
    {"country of capital", 5, "country", "{Y} is the capital of {x}.", "",
     "{Y} is the capital of which country?|Which country has the capital {y}?|"
     "What country is {y} the capital of?|Of which country is {y} the capital?|"
     "{Y} is the capital of what country?|Which country's capital is {y}?|"
     "What country has {y} as its capital?|{Y} is the capital of|"
     "Which country is {y} the capital of?|Name the country whose capital is {y}.|"
     "Tell me which country has {y} as its capital.",
     "For which country is {y} the capital?|{Y} is which country's capital?|"
     "Where is {y} the capital?",
     capitals, true},
    {"continent", 6, "continent", "{X} is in {y}.", "the continent of {x}|{x's} continent",
     "Which continent is {x} in?|On which continent is {x}?|What continent is {x} in?|"
     "Where is {x}?|Where in the world is {x}?|In which part of the world is {x}?|"
     "{X} is on which continent?|What continent does {x} belong to?|Which continent is {x} on?|"
     "{X} belongs to which continent?|To which continent does {x} belong?|"
     "On what continent can I find {x}?|Where is {x} located?",
     "On what continent is {x}?|On which continent does {x} lie?|{X} lies on which continent?|"
     "In which continent is {x}?",
     continents},
    {"currency", 4, "currency", "The currency of {x} is the {y}.",
     "the currency of {x}|{x's} currency|the money of {x}",
     "Which currency is used in {x}?|What currency do they use in {x}?|What money is used in {x}?|"
     "Which currency does {x} use?|What do people pay with in {x}?|What currency does {x} have?|"
     "What currency is used in {x}?|How do people pay in {x}?|Which money do they use in {x}?|"
     "In {x}, what is the currency?|What is the money in {x} called?",
     "With which currency do people pay in {x}?|What is the currency in {x}?|"
     "Which currency is the money of {x}?",
     currencies},
    {"language", 4, "language", "People in {x} speak {y}.",
     "the language of {x}|the main language of {x}|{x's} language|the official language of {x}",
     "Which language is spoken in {x}?|What language do people speak in {x}?|"
     "What do they speak in {x}?|Which language do they speak in {x}?|What is spoken in {x}?|"
     "What language is spoken in {x}?|In {x}, which language do people speak?|"
     "Which language do people in {x} speak?|What language does {x} speak?",
     "In which language do people talk in {x}?|Which language is used in {x}?|"
     "What is the language in {x}?",
     languages},
    {"landmark", 1, "country", "The {x} is in {y}.", "",
     "Where is the {x}?|In which country is the {x}?|Which country has the {x}?|Where can I see "
     "the {x}?|"
     "Which country is the {x} in?|Where is the {x} located?|What country is the {x} in?",
     "In what country is the {x}?|Where do I find the {x}?",
     "Eiffel Tower=France\nColosseum=Italy\nTaj Mahal=India\nGreat Wall=China\n"
     "Statue of Liberty=the United States\nBig Ben clock=the United Kingdom\nAcropolis=Greece\n"
     "Great Sphinx=Egypt\nMachu Picchu ruin=Peru\nBrandenburg Gate=Germany\nKremlin=Russia\n"
     "Golden Gate Bridge=the United States\nSagrada Familia=Spain\nLouvre=France\n"
     "Leaning Tower of Pisa=Italy\nSydney Opera House=Australia\nMount Fuji volcano=Japan\n"
     "Grand Canyon=the United States\nAngkor Wat temple=Cambodia\nBurj Khalifa=the United Arab "
     "Emirates"},
};

}  // namespace

const std::span<const relation> geography = table;

}  // namespace tessera::engine::world::detail
