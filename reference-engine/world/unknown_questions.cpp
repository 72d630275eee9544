#include "world/unknown_questions.hpp"

namespace tessera::engine::world::detail {

namespace {

constexpr gap table[] = {
    {"{thing}",
     "bicycle|camera|phone|lamp|sofa|tent|kettle|printer|tractor|umbrella|wallet|backpack|"
     "microwave|"
     "toaster|helmet|keyboard|monitor|drill|saw|bucket|broom|suitcase|candle|clock|radio|boat|"
     "kayak|skateboard|lawn mower|washing machine|vacuum cleaner|blender|coffee machine|mattress|"
     "curtain|door|roof|chimney|fence|pump|battery|engine|car|motorcycle|truck|drone|telescope|"
     "microscope|compass|thermometer|piano|guitar|trumpet|harp|accordion|jacket|zip|boot|sock|tie|"
     "ring|necklace|watch|mirror|shelf|desk|chair|ladder|hammer|rope|net|kite|puzzle|doll|balloon"},
    {"{topic}",
     "economics|chess|knitting|photography|gardening|philosophy|algebra|calculus|geometry|opera|"
     "ballet|jazz|surfing|judo|karate|poker|baking|pottery|sewing|fishing|hunting|sailing|diving|"
     "astrology|archaeology|genetics|robotics|marketing|accounting|banking|insurance|politics|"
     "democracy|capitalism|religion|Buddhism|Islam|mythology|folklore|grammar|poetry|rhetoric|"
     "logic|statistics|topology|cryptography|compilers|databases|networking|virtual reality|"
     "climate change|recycling|solar power|wind energy|nuclear fusion|plate tectonics|erosion|"
     "electricity|magnetism|radioactivity|entropy|evolution|ecology|anatomy|nutrition|yoga|"
     "meditation|medicine|surgery|dentistry|psychology|sociology|law|history|art|architecture"},
    {"{food}",
     "pancakes|pizza|soup|bread|sushi|curry|pasta|risotto|stew|salad|cake|cookies|pie|jam|yogurt|"
     "cheese|sausages|fish|rice|beans|lentils|mushrooms|noodles|dumplings|tacos|burgers|waffles|"
     "ice cream|chocolate|pudding|omelette|gravy|mustard|ketchup|mayonnaise|popcorn|lemonade|beer|"
     "wine|coffee|pickles|hummus|paella|goulash|pretzels|muffins|brownies|granola|steak|ham"},
    {"{being}",
     "dog|cat|horse|cow|sheep|goat|pig|rabbit|hamster|parrot|owl|eagle|penguin|swan|duck|hen|"
     "whale|dolphin|shark|salmon|octopus|crab|snail|worm|ant|bee|wasp|butterfly|spider|scorpion|"
     "snake|lizard|crocodile|turtle|frog|toad|lion|tiger|leopard|wolf|fox|bear|panda|koala|"
     "kangaroo|elephant|giraffe|zebra|camel|llama|monkey|gorilla|bat|mouse|rat|squirrel|beaver|"
     "badger|hedgehog|otter|seal|walrus|reindeer|moose|bison|peacock|flamingo|pelican|crow"},
    {"{star}",
     "Mozart|Beethoven|Einstein|Newton|Picasso|Napoleon|Cleopatra|Alexander the Great|Lincoln|"
     "Washington|Churchill|Gandhi|Mandela|Tesla|Darwin|Galileo|Kepler|Aristotle|Plato|Confucius|"
     "Buddha|Shakespeare|Dickens|Tolstoy|Hemingway|Kafka|Orwell|Elvis Presley|Michael Jackson|"
     "Madonna|Beyonce|Bob Dylan|David Bowie|Charlie Chaplin|Marilyn Monroe|Audrey Hepburn|Tom "
     "Hanks|Brad Pitt|Meryl Streep|Steven Spielberg|Alfred Hitchcock|Messi|Maradona|Ronaldo|Serena "
     "Williams|Usain Bolt|Muhammad Ali|Tiger Woods|Michael Phelps|Bill Gates|Steve Jobs|Elon Musk|"
     "Marco Polo|Magellan|Amundsen|Neil Armstrong|Yuri Gagarin|Marie Curie|Florence Nightingale|"
     "Joan of Arc|Queen Victoria|Genghis Khan|Attila|Stalin|Lenin|Karl Marx|Freud|Nietzsche|Kant"},
    {"{work}",
     "The Great Gatsby|Brave New World|Lord of the Flies|To Kill a Mockingbird|The Trial|The "
     "Metamorphosis|Madame Bovary|Crime and Punishment|The Brothers Karamazov|Wuthering Heights|"
     "Middlemarch|Robinson Crusoe|Gulliver's Travels|The Count of Monte Cristo|The Three "
     "Musketeers|Around the World in Eighty Days|The Time Machine|Dune|Neuromancer|The Stranger|"
     "The Plague|Siddhartha|Steppenwolf|The Magic Mountain|The Name of the Rose|The Alchemist|Life "
     "of Pi|Twilight|The Hunger Games|The Da Vinci Code|It|Carrie|The Shining|Titanic|Avatar|Star "
     "Wars|The Matrix|Inception|Jaws|Psycho|Vertigo|Alien|Gladiator|Rocky|Forrest Gump|Pulp "
     "Fiction|The Lion King|Frozen|Toy Story|Cats|Hamilton|Carmen|Aida|Tosca|Fidelio|Swan Lake|"
     "The Nutcracker|Bolero|Imagine|Thriller|Hotel California|American Gothic|The Thinker|David|"
     "The Hay Wain|Olympia|Nighthawks|The Night Cafe|The Raft of the Medusa"},
    {"{event}",
     "the First World War|the American Civil War|the Russian Revolution|the Industrial "
     "Revolution|the Renaissance|the Reformation|the Black Death|the Crusades|the Vietnam War|the "
     "Gulf War|the Korean War|the moon landing|the Battle of Hastings|the Battle of Waterloo|the "
     "Boston Tea Party|the Great Depression|the gold rush|the ice age|the Stone Age|the Bronze "
     "Age|the Spanish Inquisition|the discovery of America|the fire of London|the earthquake of "
     "Lisbon|the eruption of Vesuvius|the Peace of Westphalia|the Congress of Vienna|the "
     "Declaration of Independence|the Olympic Games in Rome|the Chernobyl disaster|the fall of "
     "Constantinople|the Trojan War|the Russian winter campaign|the storming of the Bastille"},
    {"{group}",
     "Apple|Google|Toyota|Volkswagen|Siemens|Samsung|Sony|Nokia|Nike|Adidas|Coca-Cola|IKEA|Lego|"
     "Netflix|Disney|Boeing|Airbus|Ferrari|Nintendo|Intel|IBM|Oracle|Facebook|Twitter|Spotify|"
     "Real Madrid|Barcelona|Liverpool|Arsenal|the Lakers|the Yankees|the Red Cross|the United "
     "Nations|NATO|the European Union|Greenpeace|the Beatles|the Rolling Stones|Queen|ABBA|Pink "
     "Floyd|Nirvana|U2|the Vienna Philharmonic"},
    {"{place}",
     "Texas|Florida|Alaska|Hawaii|Bavaria|Saxony|Tuscany|Sicily|Scotland|Wales|Catalonia|Andalusia|"
     "Brittany|Normandy|Siberia|Tibet|Hokkaido|Queensland|Tasmania|Ontario|Quebec|Patagonia|the "
     "Sahara|the Alps|the Andes|the Himalayas|Mont Blanc|Lake Geneva|Lake Victoria|the "
     "Danube|the Rhine|the Thames|the Mississippi|the Ganges|the Black Sea|the Baltic Sea|"
     "Chicago|Boston|Los Angeles|San Francisco|Manchester|Edinburgh|Munich|Hamburg|Milan|Naples|"
     "Barcelona|Seville|Lyon|Marseille|Geneva|Krakow|Istanbul|Mumbai|Shanghai|Hong Kong|Sydney|"
     "Melbourne|Toronto|Montreal|Vancouver|Rio de Janeiro|Antwerp|Rotterdam|Gothenburg|Bergen"},
    {"{role}",
     "president|prime minister|king|queen|mayor|chancellor|emperor|pope|governor|foreign minister|"
     "ambassador|general|dictator|captain|head coach|founder|owner|leader|director|chief justice"},
    {"{task}",
     "learn to swim|learn the guitar|stop smoking|fall asleep|wake up early|save money|make "
     "friends|write a novel|write a letter|give a speech|draw a horse|build a shed|plant a tree|"
     "grow tomatoes|train a puppy|wash a sweater|iron a shirt|fold a map|pack a suitcase|rent a "
     "car|book a flight|find a job|quit a job|start a company|buy a stock|sell a house|get a "
     "passport|get married|raise a child|treat a burn|cure a cold|stop a nosebleed|lower a fever|"
     "whistle|juggle|dance the tango|tie a knot|light a fire|catch a fish|pitch a tent|read a "
     "map|climb a wall|ride a motorcycle|park a car|jump-start a car|change the oil|unlock a "
     "phone|back up a disk|format a disk|sort a list in Java|parse XML|write a loop in Rust|"
     "merge two branches|deploy a website|set up a server|open a port|compress a video|edit a "
     "photo|scan a document|clean a keyboard|remove rust|remove mould|unclog a sink|hang a "
     "picture|lay tiles|paint a wall|insulate a roof|prune roses|mow the lawn|feed a hedgehog"},
    {"{year}",
     "1066|1215|1453|1517|1618|1776|1789|1812|1848|1871|1900|1914|1929|1936|1945|1955|"
     "1968|1974|1986|1990|1996|2000|2004|2008|2010|2016|2018|2020|2022"},
    {"{prize}",
     "the World Cup|the Nobel Prize in Physics|the Nobel Peace Prize|the Champions League|the "
     "Oscar for best actor|the Eurovision Song Contest|Wimbledon|the Davis Cup|the Ryder Cup|the "
     "Stanley Cup|the World Series|the Pulitzer Prize|the Booker Prize|the election|the chess "
     "championship|the gold medal in the high jump|the Giro d'Italia|Formula One|the Golden Globe"},
    {"{mine}",
     "sister|brother|father|uncle|aunt|cousin|boss|teacher|doctor|wife|husband|son|daughter|"
     "neighbour|best friend|dog|cat|landlord|colleague|grandmother"},
    {"{planet}", "Mercury|Venus|Mars|Jupiter|Saturn|Uranus|Neptune|Pluto|the moon|Titan|Europa"},
    {"{element}",
     "hydrogen|helium|lithium|carbon|nitrogen|oxygen|sodium|iron|copper|zinc|silver|gold|lead|"
     "uranium|neon|sulfur|iodine|tin|nickel|platinum"},
    {"{most}",
     "biggest|smallest|oldest|newest|longest|shortest|highest|deepest|fastest|heaviest|tallest|"
     "most "
     "famous|most expensive|most beautiful|most dangerous|richest|cheapest|loudest|busiest"},
    {"{sight}",
     "bridge|tunnel|museum|stadium|ship|airport|dam|tower|palace|cathedral|temple|library|hotel|"
     "theatre|park|zoo|market|prison|factory|harbour|railway|bank|university|hospital|school|"
     "volcano|waterfall|cave|glacier|valley|tree|garden|newspaper|road|monument|cemetery"},
    {"{did}",
     "led|sang|built|designed|killed|married|betrayed|taught|paid for|stole|owned|recorded|"
     "translated|published|filmed|banned|started|stopped|won|sold|followed|saved|planned|lost"},
    {"{kind}",
     "car|music|sport|song|book|film|dress|horse|game|wine|drink|dance|flower|perfume|brand|team|"
     "singer|actor|holiday|hobby|soup|newspaper|school|train|tree|fruit|fish|dessert|tea|poem"},
    {"{rate}",
     "birth rate|crime rate|unemployment rate|average income|speed limit|voting age|sales "
     "tax|price "
     "of milk|price of bread|life expectancy|literacy rate|retirement age|rent|income tax|rainfall|"
     "number of tourists|debt|wealth|number of births|energy consumption"},
    {"{illness}",
     "the flu|asthma|diabetes|malaria|cancer|a broken arm|a sprained ankle|back pain|toothache|"
     "hay fever|insomnia|anaemia|migraine|acne|eczema|a sunburn|a cough|sore throat|stress"},
};

}  // namespace

const std::span<const gap> gaps = table;

const std::string_view questions_with_gaps =
    "How much does a {thing} cost?|How do I repair a {thing}?|How do I clean my {thing}?|Which "
    "{thing} should I buy?|What is the best {thing} for a beginner?|When was the {thing} "
    "invented?|How does a {thing} work?|How heavy is a {thing}?|Where can I buy a {thing}?|Why is "
    "my {thing} broken?|What is a {thing}?|What is a {thing} made of?|Where is my {thing}?|How "
    "long does a {thing} last?|Is my {thing} still under warranty?|Why does my {thing} make a "
    "noise?|How many parts does a {thing} have?|What is {topic}?|Explain {topic}.|Tell me about "
    "{topic}.|What do you know about {topic}?|Who is the father of {topic}?|How can I learn "
    "{topic}?|Why is {topic} important?|What is the history of {topic}?|Which book about {topic} "
    "is the best?|When did {topic} begin?|Is {topic} difficult?|What are the basics of "
    "{topic}?|Describe {topic} in one sentence.|How do I cook {food}?|How do I make {food}?|What "
    "is in {food}?|How many calories do {food} have?|Are {food} healthy?|Where do {food} come "
    "from?|Give me a recipe for {food}.|How long can I keep {food} in the fridge?|What goes well "
    "with {food}?|Can dogs eat {food}?|How do you make {food} at home?|Which restaurant has the "
    "best {food}?|How long does a {being} live?|What does a {being} eat?|How fast can a {being} "
    "run?|How heavy is a {being}?|Can a {being} swim?|How long does a {being} sleep?|How many "
    "teeth does a {being} have?|Is a {being} dangerous?|How big does a {being} get?|Why does a "
    "{being} shed its skin?|Can I keep a {being} as a pet?|What is the Latin name of the "
    "{being}?|How many kinds of {being} are there?|What do I do when a {being} bites me?|How smart "
    "is a {being}?|When was {star} born?|When did {star} die?|How old was {star}?|How did {star} "
    "die?|What is {star} famous for?|Who was the wife of {star}?|How many children did {star} "
    "have?|Who was {star}?|Tell me about {star}.|What did {star} say about love?|How rich was "
    "{star}?|Where is {star} buried?|Where did {star} go to school?|What was the first work of "
    "{star}?|Did {star} ever visit {place}?|Who was the teacher of {star}?|How tall was "
    "{star}?|Who composed {work}?|Who directed {work}?|When was {work} written?|What is {work} "
    "about?|Who plays the lead in {work}?|How long is {work}?|How does {work} end?|What is the "
    "first sentence of {work}?|Who is the hero of {work}?|When did {work} come out?|Have you seen "
    "{work}?|Is {work} worth it?|Who sings in {work}?|Where does {work} take place?|When was "
    "{event}?|When did {event} end?|Who won {event}?|What caused {event}?|How many people died in "
    "{event}?|How long was {event}?|Why did {event} happen?|Tell me about {event}.|What happened "
    "after {event}?|Where did {event} begin?|Who took part in {event}?|Who founded {group}?|When "
    "was {group} founded?|Who is the CEO of {group}?|Who is the {role} of {group}?|Where is the "
    "headquarters of {group}?|How many people work for {group}?|What is the newest product of "
    "{group}?|Who are the members of {group}?|What does {group} do?|Is {group} a good "
    "investment?|How many members does {group} have?|What is the population of {place}?|How many "
    "people live in {place}?|How far is {place} from {place}?|How do I get from {city} to "
    "{place}?|How long is the flight from {city} to {city}?|What is the distance from {city} to "
    "{city}?|Which hotel in {city} is the cheapest?|What can I see in {city}?|What is {place} "
    "famous for?|Where is {place}?|How high is {place}?|How long is {place}?|How big is "
    "{place}?|Who is the mayor of {city}?|When was {city} founded?|What is the population of "
    "{city}?|What is the phone code of {city}?|Which river flows through {city}?|Is {city} "
    "expensive?|How old is {city}?|What is the best restaurant in {city}?|What is the size of "
    "{country}?|How many people live in {country}?|How big is {country}?|Who is the {role} of "
    "{country}?|Who was the first {role} of {country}?|What is the national dish of "
    "{country}?|What is the flag of {country}?|What are the neighbours of {country}?|Which "
    "religion do people in {country} have?|What is the highest mountain of {country}?|What is the "
    "longest river in {country}?|What is the largest city in {country}?|When did {country} join "
    "the United Nations?|Do I need a vaccination for {country}?|How do I immigrate to "
    "{country}?|What is the country code of {country}?|How many soldiers does {country} have?|Is "
    "{country} a safe country?|How is the economy of {country}?|Which side of the road do people "
    "drive on in {country}?|Who won {prize} in {year}?|Who won {prize}?|Who will win {prize}?|How "
    "often did {country} win {prize}?|Where was {prize} held in {year}?|What happened in "
    "{year}?|Who was {role} of {country} in {year}?|Which film was popular in {year}?|How do I "
    "{task}?|How can I {task}?|What is the best way to {task}?|Can you teach me to {task}?|Explain "
    "how to {task}.|How long does it take to {task}?|Show me how to {task}.|Is it hard to "
    "{task}?|What do I need to {task}?|Tell me how to {task}.|How old is my {mine}?|What is the "
    "name of my {mine}?|What does my {mine} want for dinner?|Where is my {mine}?|Why is my {mine} "
    "angry?|When is the birthday of my {mine}?|What should I give my {mine}?|Is my {mine} at "
    "home?|What does my {mine} do for a living?|How can I treat {illness}?|What helps against "
    "{illness}?|What are the signs of {illness}?|How long does {illness} last?|Is {illness} "
    "contagious?|What causes {illness}?|Do I have {illness}?|Which doctor treats {illness}?|What "
    "is the meaning of the word {odd}?|What does {odd} mean?|Define {odd}.|What is {odd}?|Who is "
    "{name}?|Where is {name}?|How old is {name}?|Who is {person}?|Who wrote the song {title}?|What "
    "is {title} about?|Have you read {title}?|How do you say {thing} in Chinese?|What is the Latin "
    "word for {thing}?|How do I say {food} in Japanese?|How far is {planet} from the sun?|Can "
    "people live on {planet}?|Who discovered {planet}?|When did a probe land on {planet}?|What is "
    "the air on {planet} like?|Is there water on {planet}?|What is {element} used for?|Who "
    "discovered {element}?|How much does {element} cost?|Is {element} dangerous?|Where is "
    "{element} found?|At what temperature does {element} boil?|Can I eat {element}?|What is the "
    "{most} {sight}?|What is the {most} {sight} in {country}?|Which {sight} is the {most} in the "
    "world?|Where is the {most} {sight}?|Who built the {most} {sight}?|How old is the {most} "
    "{sight} in {city}?|Who owns the {most} {sight}?|Who {did} {title}?|Who {did} {event}?|Who "
    "{did} the {sight} of {city}?|Who {did} {star}?|Who {did} the king?|When was the {sight} of "
    "{city} opened?|What can I see in the {sight} of {city}?|How many {sight}s does {country} "
    "have?|How many {sight}s are there in {place}?|Which {sight} in {city} is free?|What {kind} "
    "did {star} like?|Which {kind} did {star} own?|Which {kind} is popular in {country}?|Which "
    "{kind} comes from {place}?|What {kind} do people in {country} like?|What is the best "
    "{kind}?|Which {kind} do you like?|What did {star} believe?|What did {star} win in "
    "{year}?|What did {star} find in {place}?|What was the plan of {star}?|Why was {star} in "
    "prison?|What is the {rate} in {country}?|How has the {rate} changed since {year}?|What was "
    "the {rate} in {country} in {year}?|Why is the {rate} in {country} so high?|Should I "
    "{task}?|Can I {task} on Sundays?|Do I need help to {task}?|Why did {person} {task}?|When will "
    "{person} {task}?|Which king ruled {country} in {year}?|Which war did {country} lose?|Which "
    "language family does {place} have?|What does the word {odd} mean in {place}?|What is the "
    "origin of {food}?|Who ate the first {food}?|What is the difference between a {thing} and a "
    "{thing}?|What is the difference between a {being} and a {being}?|Which is better, {food} or "
    "{food}?|Does a {being} like {food}?|Is a {being} smarter than a {being}?|Are there {being}s "
    "in {country}?|Can a {being} see at night?|Why do {being}s fight?|How do {being}s talk to each "
    "other?|Which {noun} {did} the {noun}?|Which {noun} is used in {country}?|Which {noun} is in "
    "{food}?|Which {noun} was called the {noun}?|Which {noun} has the {most} {noun}?|Which of my "
    "{noun}s is the {most}?|What is the {most} {noun}?|What is the {most} {odd}?|What is the "
    "second {most} {noun} in {country}?|What is the third {most} {noun}?|What did {star} "
    "{did}?|What does {odd} stand for?|What is the price of one {odd}?|What is the score of the "
    "{noun}?|What do my {mine}s think of me?|What {noun} is my {noun}?|Who {did} the {noun} of "
    "{noun}?|Who wrote the {noun} of the {noun}?|Who composed The {noun} {noun}?|Why is the {noun} "
    "{odd}?|Why is the {noun} so {most}?|How many {noun}s belong to {country}?|How many {noun}s of "
    "{noun} are there?|How many {noun}s did {star} have?|Can {being}s see the {noun}?|Can a {noun} "
    "be {most}?|Is the {noun} in the {sight}?|Does the {noun} of {country} have a {noun}?|Which "
    "countries have a {noun}?|Which countries like {food}?|Where does the {noun} of the {noun} "
    "come from?|When was the {noun} of {country} {did}?";

const std::string_view whole_questions =
    "What is the square root of 7?|What is 17 to the power of 5?|What is the logarithm of 100?|Is "
    "91 a prime number?|What is the derivative of a sine?|How many litres are in a gallon?|How "
    "many inches are in a mile?|What is ten miles in kilometres?|How many feet are in a yard?|Why "
    "is the sea blue?|Why do leaves fall in autumn?|Why do we yawn?|Why do onions make me cry?|Why "
    "is ice slippery?|Why do stars twinkle?|Why do people lie?|Why do dogs bark?|Why do wolves "
    "howl?|Why does the moon change its shape?|Why does iron rust?|Why do planes fly?|Why are "
    "flamingos pink?|Why is there war?|Why did Rome fall?|How does the heart work?|How do fish "
    "breathe?|How do planes stay in the air?|How does the internet work?|How does a computer store "
    "numbers?|How is glass made?|How is paper made?|How is chocolate made?|How are mountains "
    "formed?|How do volcanoes erupt?|How do bees make honey?|How many stars are in the sky?|How "
    "many galaxies are there?|How many bones does a human have?|How many teeth does a child "
    "have?|How many people live on Earth?|How many languages are there?|How far away is the "
    "moon?|How hot is the sun?|How big is the universe?|How deep is the sea?|How heavy is the "
    "Earth?|What is inside the Earth?|What is an atom?|What is a molecule?|What is a quark?|What "
    "is a galaxy?|What is lightning?|What is a volcano?|What is an earthquake?|What is a "
    "glacier?|What is a gene?|What is a cell?|What is a muscle?|What is blood made of?|What is the "
    "Big Bang?|What is time?|What is love?|What is happiness?|What is truth?|What is justice?|What "
    "is money?|What is a tax?|What is a bond?|What is a credit score?|What is a pension?|What is a "
    "contract?|What is a patent?|What is copyright?|What is a haiku?|What is a metaphor?|What is a "
    "noun?|What is an adverb?|What is a fugue?|What is a chord?|What is a home run?|What is a hat "
    "trick?|What is a checkmate?|What is a pointer?|What is a mutex?|What is a hash table?|What is "
    "a firewall?|What is a cookie on a website?|What is the cloud?|What is Kubernetes?|What is "
    "React?|What is SQL?|What is Bitcoin?|What is 5G?|What is a GPU?|What is an operating "
    "system?|What is binary search?|How do I exit vim?|How do I rename a branch in git?|How do I "
    "read a file in Java?|How do I connect to the wifi?|How do I update my browser?|How do I "
    "forward a mail?|How do I block a caller?|How do I delete my account?|How do I convert a Word "
    "file?|Why does my program crash?|Why is the website down?|Why is my screen black?|What is my "
    "IP address?|What is my password?|What is my blood type?|What is my shoe size?|What is the "
    "number of my passport?|Where do I work?|Where was I born?|Where did I park the car?|What did "
    "I have for lunch?|What did I dream last night?|What did my teacher say?|What do I want?|What "
    "should I do today?|What should I study?|What should I eat for breakfast?|Should I quit my "
    "job?|Should I marry him?|Should I take the bus?|Do I look good in red?|Does he love me?|Will "
    "I be rich?|Will it snow at Christmas?|Will there be a war?|Who is at the door?|Who sent me "
    "this letter?|Who is my neighbour?|Who stole my bike?|Who ate my sandwich?|Who is behind "
    "me?|When does the bus come?|When does the film start?|When is the next full moon?|When is "
    "Easter this year?|When is the meeting?|When will the rain stop?|When does school start?|When "
    "does the bank open?|When is high tide?|What is on the radio?|What is for dinner?|What is "
    "playing at the cinema?|What is the traffic like?|What is the price of gold?|What is the price "
    "of oil?|What is the interest rate?|How is the stock market today?|How much is a ticket to the "
    "zoo?|How much do I owe you?|How much does the president earn?|How much does a house cost?|How "
    "much should I tip?|How much should I weigh?|How much water should I drink?|How much sugar is "
    "in a cola?|What is a healthy diet?|What is a good hobby?|What is a good name for a baby?|What "
    "is a good gift?|What is a good film?|Which song is number one?|Which team is in first "
    "place?|Which horse will win?|Which phone is the best?|Which train goes to the airport?|Which "
    "bus goes downtown?|Which university is the best?|Which dog breed is the smallest?|Which god "
    "did the Vikings fear most?|Which god is the god of war?|Which king had six wives?|Which pope "
    "lived longest?|Which country won the most medals?|Which country has the best food?|Which "
    "state is the coldest?|Which city is the oldest?|Which sea is the warmest?|Which star is the "
    "brightest?|Which acid is in vinegar?|Which gas do we breathe out?|Which organ makes "
    "insulin?|Which nerve is in the ear?|Who wrote the Bible?|Who wrote the Koran?|Who invented "
    "the wheel?|Who invented football?|Who invented writing?|Who discovered America?|Who "
    "discovered fire?|Who killed Kennedy?|Who was the first woman in space?|Who was the first "
    "emperor of Rome?|Who was the last tsar of Russia?|Who is the richest man in the world?|Who is "
    "the oldest woman alive?|Who is the strongest man?|Who is the fastest swimmer?|Who is the best "
    "singer?|Who is the pope?|Who is Zeus?|Who is Santa Claus?|Who is the tooth fairy?|Who is "
    "God?|Is there a god?|Is the Earth flat?|Is a tomato a fruit?|Is glass a liquid?|Is Pluto a "
    "planet?|Is coffee bad for me?|Is it late?|Is the shop open?|Is the water warm?|Is my phone "
    "charged?|Is he at work?|Are ghosts real?|Are we alone?|Are eggs healthy?|Are they coming?|Can "
    "fish hear?|Can plants feel pain?|Can I drink the water here?|Can I bring my dog?|Show me the "
    "way to the station.|Show me pictures of the beach.|Recommend a book.|Recommend a film for "
    "tonight.|Recommend a hotel.|Compare the two candidates.|Explain the offside rule.|Explain the "
    "rules of cricket.|Explain the ending of the film.|Explain the Kyoto protocol.|Describe the "
    "taste of a mango.|Describe the French flag.|Tell me the news.|Tell me a secret.|Tell me my "
    "future.|Tell me who is calling.|Tell me what he said.";

}  // namespace tessera::engine::world::detail
