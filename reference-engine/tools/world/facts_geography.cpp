#include "world/facts.hpp"

namespace tessera::engine::world::detail {

namespace {

constexpr std::string_view capitals =
    "Afghanistan=Kabul\nAlbania=Tirana\nAlgeria=Algiers\nAndorra=Andorra la "
    "Vella\nAngola=Luanda\nAntigua and Barbuda=Saint John's\nArgentina=Buenos "
    "Aires\nArmenia=Yerevan\nAustralia=Canberra\nAustria=Vienna\nAzerbaijan=Baku\nthe "
    "Bahamas=Nassau\nBahrain=Manama\nBangladesh=Dhaka\nBarbados=Bridgetown\nBelarus=Minsk\nBelgium="
    "Brussels\nBelize=Belmopan\nBenin=Porto-Novo\nBhutan=Thimphu\nBolivia=Sucre\nBosnia and "
    "Herzegovina=Sarajevo\nBotswana=Gaborone\nBrazil=Brasilia\nBrunei=Bandar Seri "
    "Begawan\nBulgaria=Sofia\nBurkina Faso=Ouagadougou\nBurundi=Gitega\nCambodia=Phnom "
    "Penh\nCameroon=Yaounde\nCanada=Ottawa\nCape Verde=Praia\nthe Central African "
    "Republic=Bangui\nChad=N'Djamena\nChile=Santiago\nChina=Beijing\nColombia=Bogota\nthe "
    "Comoros=Moroni\nCosta Rica=San Jose\nCroatia=Zagreb\nCuba=Havana\nCyprus=Nicosia\nthe Czech "
    "Republic=Prague\nDenmark=Copenhagen\nDjibouti=Djibouti\nDominica=Roseau\nthe Dominican "
    "Republic=Santo Domingo\nEast Timor=Dili\nEcuador=Quito\nEgypt=Cairo\nEl Salvador=San "
    "Salvador\nEquatorial "
    "Guinea=Malabo\nEritrea=Asmara\nEstonia=Tallinn\nEswatini=Mbabane\nEthiopia=Addis "
    "Ababa\nFiji=Suva\nFinland=Helsinki\nFrance=Paris\nGabon=Libreville\nthe "
    "Gambia=Banjul\nGeorgia=Tbilisi\nGermany=Berlin\nGhana=Accra\nGreece=Athens\nGrenada=Saint "
    "George's\nGuatemala=Guatemala "
    "City\nGuinea=Conakry\nGuinea-Bissau=Bissau\nGuyana=Georgetown\nHaiti=Port-au-Prince\nHonduras="
    "Tegucigalpa\nHungary=Budapest\nIceland=Reykjavik\nIndia=New "
    "Delhi\nIndonesia=Jakarta\nIran=Tehran\nIraq=Baghdad\nIreland=Dublin\nIsrael=Jerusalem\nItaly="
    "Rome\nIvory "
    "Coast=Yamoussoukro\nJamaica=Kingston\nJapan=Tokyo\nJordan=Amman\nKazakhstan=Astana\nKenya="
    "Nairobi\nKiribati=Tarawa\nKuwait=Kuwait "
    "City\nKyrgyzstan=Bishkek\nLaos=Vientiane\nLatvia=Riga\nLebanon=Beirut\nLesotho="
    "Maseru\nLiberia=Monrovia\nLibya=Tripoli\nLiechtenstein=Vaduz\nLithuania=Vilnius\nLuxembourg="
    "Luxembourg City\nMadagascar=Antananarivo\nMalawi=Lilongwe\nMalaysia=Kuala Lumpur\nthe "
    "Maldives=Male\nMali=Bamako\nMalta=Valletta\nthe Marshall "
    "Islands=Majuro\nMauritania=Nouakchott\nMauritius=Port Louis\nMexico=Mexico "
    "City\nMicronesia=Palikir\nMoldova=Chisinau\nMonaco=Monaco\nMongolia=Ulaanbaatar\nMontenegro="
    "Podgorica\nMorocco=Rabat\nMozambique=Maputo\nMyanmar=Naypyidaw\nNamibia=Windhoek\nNepal="
    "Kathmandu\nthe Netherlands=Amsterdam\nNew "
    "Zealand=Wellington\nNicaragua=Managua\nNiger=Niamey\nNigeria=Abuja\nNorth "
    "Korea=Pyongyang\nNorth "
    "Macedonia=Skopje\nNorway=Oslo\nOman=Muscat\nPakistan=Islamabad\nPalau=Ngerulmud\nPanama="
    "Panama City\nPapua New Guinea=Port Moresby\nParaguay=Asuncion\nPeru=Lima\nthe "
    "Philippines=Manila\nPoland=Warsaw\nPortugal=Lisbon\nQatar=Doha\nthe Republic of the "
    "Congo=Brazzaville\nRomania=Bucharest\nRussia=Moscow\nRwanda=Kigali\nSaint "
    "Lucia=Castries\nSamoa=Apia\nSan Marino=San Marino\nSaudi "
    "Arabia=Riyadh\nSenegal=Dakar\nSerbia=Belgrade\nthe Seychelles=Victoria\nSierra "
    "Leone=Freetown\nSingapore=Singapore\nSlovakia=Bratislava\nSlovenia=Ljubljana\nthe Solomon "
    "Islands=Honiara\nSomalia=Mogadishu\nSouth Africa=Pretoria\nSouth Korea=Seoul\nSouth "
    "Sudan=Juba\nSpain=Madrid\nSri Lanka=Sri Jayawardenepura "
    "Kotte\nSudan=Khartoum\nSuriname=Paramaribo\nSweden=Stockholm\nSwitzerland=Bern\nSyria="
    "Damascus\nTaiwan=Taipei\nTajikistan=Dushanbe\nTanzania=Dodoma\nThailand=Bangkok\nTogo="
    "Lome\nTonga=Nuku'alofa\nTrinidad and Tobago=Port of "
    "Spain\nTunisia=Tunis\nTurkey=Ankara\nTurkmenistan=Ashgabat\nTuvalu=Funafuti\nUganda="
    "Kampala\nUkraine=Kyiv\nthe United Arab Emirates=Abu Dhabi\nthe United Kingdom=London\nthe "
    "United States=Washington, D.C.\nUruguay=Montevideo\nUzbekistan=Tashkent\nVanuatu=Port "
    "Vila\nVenezuela=Caracas\nVietnam=Hanoi\nYemen=Sanaa\nZambia=Lusaka\nZimbabwe=Harare\nthe "
    "Democratic Republic of the Congo=Kinshasa";

constexpr std::string_view continents =
    "Algeria=Africa\nAngola=Africa\nBotswana=Africa\nCameroon=Africa\nChad=Africa\nEgypt="
    "Africa\nEthiopia=Africa\nGabon=Africa\nGhana=Africa\nKenya=Africa\nLiberia=Africa\nLibya="
    "Africa\nMadagascar=Africa\nMali=Africa\nMorocco=Africa\nMozambique=Africa\nNamibia="
    "Africa\nNiger=Africa\nNigeria=Africa\nRwanda=Africa\nSenegal=Africa\nSomalia=Africa\nSouth "
    "Africa=Africa\nSudan=Africa\nTanzania=Africa\nTunisia=Africa\nUganda=Africa\nZambia="
    "Africa\nZimbabwe=Africa\nAfghanistan=Asia\nBangladesh=Asia\nCambodia=Asia\nChina=Asia\nIndia="
    "Asia\nIndonesia=Asia\nIran=Asia\nIraq=Asia\nIsrael=Asia\nJapan=Asia\nJordan=Asia\nLaos="
    "Asia\nLebanon=Asia\nMalaysia=Asia\nMongolia=Asia\nMyanmar=Asia\nNepal=Asia\nNorth "
    "Korea=Asia\nPakistan=Asia\nthe Philippines=Asia\nQatar=Asia\nSaudi "
    "Arabia=Asia\nSingapore=Asia\nSouth Korea=Asia\nSri "
    "Lanka=Asia\nSyria=Asia\nThailand=Asia\nVietnam=Asia\nYemen=Asia\nAlbania=Europe\nAustria="
    "Europe\nBelgium=Europe\nBulgaria=Europe\nCroatia=Europe\nthe Czech "
    "Republic=Europe\nDenmark=Europe\nEstonia=Europe\nFinland=Europe\nFrance=Europe\nGermany="
    "Europe\nGreece=Europe\nHungary=Europe\nIceland=Europe\nIreland=Europe\nItaly=Europe\nLatvia="
    "Europe\nLithuania=Europe\nLuxembourg=Europe\nMalta=Europe\nthe "
    "Netherlands=Europe\nNorway=Europe\nPoland=Europe\nPortugal=Europe\nRomania=Europe\nSerbia="
    "Europe\nSlovakia=Europe\nSlovenia=Europe\nSpain=Europe\nSweden=Europe\nSwitzerland="
    "Europe\nUkraine=Europe\nthe United Kingdom=Europe\nCanada=North America\nCosta Rica=North "
    "America\nCuba=North America\nGuatemala=North America\nHaiti=North America\nHonduras=North "
    "America\nJamaica=North America\nMexico=North America\nNicaragua=North America\nPanama=North "
    "America\nthe United States=North America\nArgentina=South America\nBolivia=South "
    "America\nBrazil=South America\nChile=South America\nColombia=South America\nEcuador=South "
    "America\nGuyana=South America\nParaguay=South America\nPeru=South America\nSuriname=South "
    "America\nUruguay=South America\nVenezuela=South America\nAustralia=Oceania\nFiji=Oceania\nNew "
    "Zealand=Oceania\nPapua New Guinea=Oceania\nSamoa=Oceania\nTonga=Oceania";

constexpr std::string_view currencies =
    "Argentina=peso\nAustralia=Australian "
    "dollar\nAustria=euro\nBelgium=euro\nBrazil=real\nBulgaria=lev\nCanada=Canadian "
    "dollar\nChile=peso\nChina=yuan\nColombia=peso\nthe Czech "
    "Republic=koruna\nDenmark=krone\nEgypt=Egyptian "
    "pound\nEthiopia=birr\nFinland=euro\nFrance=euro\nGermany=euro\nGhana=cedi\nGreece="
    "euro\nHungary=forint\nIceland=krona\nIndia=rupee\nIndonesia=rupiah\nIran=rial\nIreland="
    "euro\nIsrael=shekel\nItaly=euro\nJapan=yen\nKenya=shilling\nMalaysia=ringgit\nMexico="
    "peso\nMongolia=tugrik\nMorocco=dirham\nNepal=rupee\nthe Netherlands=euro\nNew Zealand=New "
    "Zealand dollar\nNigeria=naira\nNorway=krone\nPakistan=rupee\nPeru=sol\nthe "
    "Philippines=peso\nPoland=zloty\nPortugal=euro\nRomania=leu\nRussia=ruble\nSaudi "
    "Arabia=riyal\nSouth Africa=rand\nSouth "
    "Korea=won\nSpain=euro\nSweden=krona\nSwitzerland=franc\nThailand=baht\nTurkey=lira\nUkraine="
    "hryvnia\nthe United Kingdom=pound\nthe United States=dollar\nVietnam=dong\nZambia=kwacha";

constexpr std::string_view languages =
    "Argentina=Spanish\nAustralia=English\nAustria=German\nBrazil=Portuguese\nBulgaria="
    "Bulgarian\nChile=Spanish\nChina=Chinese\nColombia=Spanish\nCroatia=Croatian\nCuba="
    "Spanish\nthe Czech "
    "Republic=Czech\nDenmark=Danish\nEgypt=Arabic\nEstonia=Estonian\nFinland=Finnish\nFrance="
    "French\nGermany=German\nGreece=Greek\nHungary=Hungarian\nIceland=Icelandic\nIran="
    "Persian\nIraq=Arabic\nIsrael=Hebrew\nItaly=Italian\nJapan=Japanese\nLatvia=Latvian\nLithuania="
    "Lithuanian\nMexico=Spanish\nMongolia=Mongolian\nMorocco=Arabic\nthe "
    "Netherlands=Dutch\nNepal=Nepali\nNew "
    "Zealand=English\nNorway=Norwegian\nPeru=Spanish\nPoland=Polish\nPortugal=Portuguese\nRomania="
    "Romanian\nRussia=Russian\nSaudi Arabia=Arabic\nSerbia=Serbian\nSouth "
    "Korea=Korean\nSpain=Spanish\nSweden=Swedish\nThailand=Thai\nTurkey=Turkish\nUkraine="
    "Ukrainian\nthe United Kingdom=English\nthe United States=English\nVietnam=Vietnamese";

constexpr relation of_geography[] = {
    {"capital", 24, "capital", "The capital of {x} is {y}.",
     "the capital of {x}|the capital city of {x}|{x's} capital|{x's} capital city",
     "Which city is the capital of {x}?|Which city is {x's} capital?|What city is the capital of "
     "{x}?|{X} has which capital?|What is the name of the capital of {x}?|What's {x's} capital "
     "called?|Where is the government of {x}?|In {x}, what is the capital?|Capital of {x}?|{x} "
     "capital|The capital of {x} is|Which city serves as the capital of {x}?|What do we call the "
     "capital of {x}?|What city is {x} governed from?|Name the city that is the capital of "
     "{x}.|What capital does {x} have?|{X}: capital?|Which city is the capital of the country "
     "{x}?|What is the capital of the country {x}?|For {x}, what is the capital?|Take {x}: which "
     "city is the capital?|In {x}, which city is the capital?|Tell me the capital city of the "
     "country {x}.|For the country {x}, name the capital.|{X} is a country. What is its "
     "capital?|Which city is capital in {x}?|What is the main city of government in {x}?",
     "What is the capital city of the country {x}?|Which capital city belongs to {x}?|{X} has a "
     "capital. What is it?|For {x}, which city is the capital?",
     capitals},
    {"country of capital", 5, "country", "{Y} is the capital of {x}.", "",
     "{Y} is the capital of which country?|Which country has the capital {y}?|What country is {y} "
     "the capital of?|Of which country is {y} the capital?|{Y} is the capital of what "
     "country?|Which country's capital is {y}?|What country has {y} as its capital?|{Y} is the "
     "capital of|Which country is {y} the capital of?|Name the country whose capital is {y}.|Tell "
     "me which country has {y} as its capital.|{Y} is a capital. Which country does it belong "
     "to?|Which country does the capital {y} belong to?|To which country does the capital {y} "
     "belong?|In which country is {y} the capital city?|What country is governed from {y}?",
     "For which country is {y} the capital?|{Y} is which country's capital?|{Y} is the capital. Of "
     "which country?",
     capitals, true},
    {"continent", 6, "continent", "{X} is in {y}.", "the continent of {x}|{x's} continent",
     "Which continent is {x} in?|On which continent is {x}?|What continent is {x} in?|Where is "
     "{x}?|Where in the world is {x}?|In which part of the world is {x}?|{X} is on which "
     "continent?|What continent does {x} belong to?|Which continent is {x} on?|{X} belongs to "
     "which continent?|To which continent does {x} belong?|On what continent can I find {x}?|Where "
     "is {x} located?|The country {x} is on which continent?|For {x}, what is the continent?|{X} "
     "is part of which continent?|Is {x} in Africa, Asia, Europe, America or Oceania?",
     "On what continent is {x}?|On which continent does {x} lie?|{X} lies on which continent?|In "
     "which continent is {x}?",
     continents},
    {"currency", 4, "currency", "The currency of {x} is the {y}.",
     "the currency of {x}|{x's} currency|the money of {x}",
     "Which currency is used in {x}?|What currency do they use in {x}?|What money is used in "
     "{x}?|Which currency does {x} use?|What do people pay with in {x}?|What currency does {x} "
     "have?|What currency is used in {x}?|How do people pay in {x}?|Which money do they use in "
     "{x}?|In {x}, what is the currency?|What is the money in {x} called?|For {x}, what is the "
     "currency?|With which money do people pay in {x}?|People in {x} pay with what?|What is the "
     "currency of the country {x}?",
     "With which currency do people pay in {x}?|What is the currency in {x}?|Which currency is the "
     "money of {x}?",
     currencies},
    {"language", 4, "language", "People in {x} speak {y}.",
     "the language of {x}|the main language of {x}|{x's} language|the official language of {x}",
     "Which language is spoken in {x}?|What language do people speak in {x}?|What do they speak in "
     "{x}?|Which language do they speak in {x}?|What is spoken in {x}?|What language is spoken in "
     "{x}?|In {x}, which language do people speak?|Which language do people in {x} speak?|What "
     "language does {x} speak?|For {x}, what is the language?|People in {x} speak which "
     "language?|In which language do people write in {x}?|What is the language of the country {x}?",
     "In which language do people talk in {x}?|Which language is used in {x}?|What is the language "
     "in {x}?",
     languages},
    {"landmark", 1, "country", "The {x} is in {y}.", "",
     "Where is the {x}?|In which country is the {x}?|Which country has the {x}?|Where can I see "
     "the {x}?|Which country is the {x} in?|Where is the {x} located?|What country is the {x} in?",
     "In what country is the {x}?|Where do I find the {x}?",
     "Eiffel Tower=France\nColosseum=Italy\nTaj Mahal=India\nGreat Wall=China\nStatue of "
     "Liberty=the United States\nBig Ben clock=the United Kingdom\nAcropolis=Greece\nGreat "
     "Sphinx=Egypt\nMachu Picchu ruin=Peru\nBrandenburg Gate=Germany\nKremlin=Russia\nGolden Gate "
     "Bridge=the United States\nSagrada Familia=Spain\nLouvre=France\nLeaning Tower of "
     "Pisa=Italy\nSydney Opera House=Australia\nMount Fuji volcano=Japan\nGrand Canyon=the United "
     "States\nAngkor Wat temple=Cambodia\nBurj Khalifa=the United Arab Emirates"},
};

}  // namespace

const std::span<const relation> geography = of_geography;

}  // namespace tessera::engine::world::detail
