#include "world/facts.hpp"

namespace tessera::engine::world::detail {

namespace {

constexpr relation of_culture[] = {
    {"author", 3, "author", "{X} was written by {y}.", "the author of {x}|the writer of {x}",
     "Who wrote {x}?|Who is the author of {x}?|{X} was written by whom?|Who was the author of "
     "{x}?|Which author wrote {x}?|Which writer wrote {x}?|By whom is {x}?|Who has written "
     "{x}?|From which writer is {x}?|Which author gave us {x}?|By which author is {x}?|{X} is by "
     "which writer?",
     "By whom was {x} written?|From which author is {x}?|Which writer gave us {x}?",
     "Hamlet=William Shakespeare\nRomeo and Juliet=William Shakespeare\nMacbeth=William "
     "Shakespeare\nDon Quixote=Miguel de Cervantes\nFaust=Goethe\nWar and Peace=Leo Tolstoy\nAnna "
     "Karenina=Leo Tolstoy\nThe Odyssey=Homer\nThe Iliad=Homer\nPride and Prejudice=Jane "
     "Austen\nEmma=Jane Austen\nOliver Twist=Charles Dickens\nGreat Expectations=Charles "
     "Dickens\nMoby Dick=Herman Melville\nFrankenstein=Mary Shelley\nDracula=Bram Stoker\nThe "
     "Hobbit=J. R. R. Tolkien\nThe Lord of the Rings=J. R. R. Tolkien\nHarry Potter=J. K. "
     "Rowling\nAnimal Farm=George Orwell\nThe Divine Comedy=Dante\nUlysses=James Joyce\nTreasure "
     "Island=Robert Louis Stevenson\nAlice in Wonderland=Lewis Carroll\nPeter Pan=J. M. "
     "Barrie\nPinocchio=Carlo Collodi\nThe Little Prince=Antoine de Saint-Exupery\nLes "
     "Miserables=Victor Hugo"},
    {"painter", 1, "artist", "{X} was painted by {y}.", "the painter of {x}",
     "Who painted {x}?|{X} was painted by whom?|Which artist painted {x}?|Which painter made "
     "{x}?|Who made the painting {x}?|Who is the artist of {x}?|From which artist is {x}?|By whom "
     "is the painting {x}?|By which painter is {x}?",
     "By whom was {x} painted?|From which painter is {x}?",
     "the Mona Lisa=Leonardo da Vinci\nThe Last Supper=Leonardo da Vinci\nThe Starry Night=Vincent "
     "van Gogh\nSunflowers=Vincent van Gogh\nGuernica=Pablo Picasso\nThe Scream=Edvard Munch\nThe "
     "Night Watch=Rembrandt\nWater Lilies=Claude Monet\nThe Birth of Venus=Sandro Botticelli\nThe "
     "Kiss=Gustav Klimt\nGirl with a Pearl Earring=Johannes Vermeer\nThe Persistence of "
     "Memory=Salvador Dali"},
    {"inventor", 2, "inventor", "{X} is the work of {y}.", "the inventor of {x}",
     "Who invented {x}?|{X} was invented by whom?|Which inventor made {x}?|Who discovered {x}?|Who "
     "found {x}?|Who came up with {x}?|Who is known for {x}?|Who created {x}?|Whom do we thank for "
     "{x}?|Who gave us {x}?|By whom was {x} discovered?|Which person is known for {x}?|Which "
     "person do we thank for {x}?",
     "By whom was {x} invented?|To whom do we owe {x}?|Which person invented {x}?",
     "the telephone=Alexander Graham Bell\nthe light bulb=Thomas Edison\nthe theory of "
     "relativity=Albert Einstein\ngravity=Isaac Newton\npenicillin=Alexander Fleming\nradium=Marie "
     "Curie\nthe theory of evolution=Charles Darwin\nthe printing press=Johannes "
     "Gutenberg\ndynamite=Alfred Nobel\nthe airplane=the Wright brothers\nthe radio=Guglielmo "
     "Marconi\nthe World Wide Web=Tim Berners-Lee\nthe C++ language=Bjarne Stroustrup\nthe C "
     "language=Dennis Ritchie\nthe Python language=Guido van Rossum\nLinux=Linus "
     "Torvalds\nX-rays=Wilhelm Roentgen\nthe steam engine=James Watt\nthe periodic table=Dmitri "
     "Mendeleev\nthe vaccine=Edward Jenner"},
    {"birthplace", 1, "birthplace", "{X} was born in {y}.",
     "the birthplace of {x}|{x's} birthplace",
     "Where was {x} born?|In which city was {x} born?|{X} was born in|What city was {x} born "
     "in?|{X} is born in|Where is {x} from?|Which city does {x} come from?|In what place was {x} "
     "born?|Where did {x} come into the world?|Where did {x} begin life?",
     "In what city was {x} born?|Where did the life of {x} begin?",
     "Michael Jordan=Brooklyn, New York\nMicheael Jordan=Brooklyn, New York\nAlbert "
     "Einstein=Ulm\nMozart=Salzburg\nBeethoven=Bonn\nMarie Curie=Warsaw\nWilliam "
     "Shakespeare=Stratford-upon-Avon\nLeonardo da Vinci=Vinci\nAda Lovelace=London\nAlan "
     "Turing=London\nPablo Picasso=Malaga\nCharles "
     "Darwin=Shrewsbury\nGalileo=Pisa\nNapoleon=Ajaccio\nFrida Kahlo=Mexico City"},
    {"number of", 4, "number", "There are {y} {x}.", "the number of {x}",
     "How many {x} are there?|How many {x} do we have?|What number of {x} is there?|How many {x} "
     "exist?|Count of {x}?|How many {x}?|There are how many {x}?|Tell me how many {x} there "
     "are.|Can you say how many {x} there are?|How many are the {x}?",
     "Do you know how many {x} there are?|How many are there of {x}?",
     "days in a week=7\nmonths in a year=12\nhours in a day=24\nminutes in an hour=60\nseconds in "
     "a minute=60\ndays in a year=365\nweeks in a year=52\nletters in the "
     "alphabet=26\ncontinents=7\noceans=5\nplanets=8\nplanets in the solar system=8\ncolours of "
     "the rainbow=7\nseasons=4\nseasons in a year=4\nsides of a triangle=3\nsides of a "
     "square=4\nsides of a cube=6\nplayers in a football team=11\nstates in the United "
     "States=50\nmeters in a kilometer=1000\ngrams in a kilogram=1000\ncentimeters in a "
     "meter=100\nbits in a byte=8\nyears in a century=100\nyears in a decade=10\nfingers on a "
     "hand=5\neggs in a dozen=12\nstrings on a violin=4\nkeys on a piano=88\nsides of a "
     "hexagon=6\nsides of a pentagon=5\nzeros in a million=6"},
    {"home", 2, "home", "{X} lives in {y}.", "the home of {x}",
     "Where does {x} live?|Where is {x} at home?|In what does {x} live?|{X} lives where?|Where can "
     "I find {x}?|What is {x's} home?|Where would I find {x}?|Where would {x} live?|In which home "
     "does {x} live?|In which place can I find {x}?|Where should I look for {x}?",
     "In which place does {x} live?|Where would I look for {x}?",
     "a bee=a hive\na bird=a nest\na fish=the water\na camel=the desert\na penguin=Antarctica\na "
     "spider=a web\na rabbit=a burrow\na horse=a stable\na pig=a sty\na bear=a den\na polar "
     "bear=the Arctic\na kangaroo=Australia\na monkey=the jungle\nan ant=an anthill\na whale=the "
     "sea\na panda=China\na king=a castle\na lion=the savanna"},
    {"job", 2, "job", "{X} works in {y}.", "the workplace of {x}",
     "Where does {x} work?|{X} works where?|In which place does {x} work?|At what place does {x} "
     "work?|What is {x's} workplace?|Where can I meet {x} at work?|Where would {x} work?|Where "
     "does {x} go to work?|Where would I meet {x} at work?|To which place does {x} go for work?",
     "At which place does {x} work?|Where would {x} go to work?",
     "a teacher=a school\na doctor=a hospital\na nurse=a hospital\na cook=a kitchen\na pilot=a "
     "plane\na farmer=the fields\na judge=a court\na sailor=a ship\na baker=a bakery\na "
     "librarian=a library\na scientist=a laboratory\nan actor=a theatre\na waiter=a restaurant\na "
     "priest=a church\na programmer=an office\na gardener=a garden"},
    {"constant", 1, "value", "The {x} is {y}.", "the {x}",
     "How much is the {x}?|What value does the {x} have?|How large is the {x}?|What is the value "
     "of the {x}?|Tell me the value of the {x}.|Which is the {x}?",
     "Which value does the {x} have?|Give the value of the {x}.",
     "boiling point of water=100 degrees Celsius\nfreezing point of water=0 degrees Celsius\nspeed "
     "of light=299792458 meters per second\nspeed of sound=343 meters per second\nvalue of "
     "pi=3.14159\nsquare root of 16=4\nsquare root of 9=3\nsquare root of 25=5\nsquare root of "
     "81=9\nsquare root of 100=10\nsquare root of 64=8\nsquare root of 144=12\nchemical formula of "
     "water=H2O\nchemical formula of salt=NaCl\ntemperature of the human body=37 degrees "
     "Celsius\nage of the Earth=4.5 billion years"},
};

}  // namespace

const std::span<const relation> culture = of_culture;

}  // namespace tessera::engine::world::detail
