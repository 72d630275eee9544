#include "world/facts.hpp"

namespace tessera::engine::world::detail {

namespace {

constexpr std::string_view elements =
    "hydrogen=H\nhelium=He\nlithium=Li\nberyllium=Be\nboron=B\ncarbon=C\nnitrogen=N\noxygen="
    "O\nfluorine=F\nneon=Ne\nsodium=Na\nmagnesium=Mg\naluminium=Al\nsilicon=Si\nphosphorus="
    "P\nsulfur=S\nchlorine=Cl\nargon=Ar\npotassium=K\ncalcium=Ca\ntitanium=Ti\nchromium="
    "Cr\nmanganese=Mn\niron=Fe\ncobalt=Co\nnickel=Ni\ncopper=Cu\nzinc=Zn\narsenic=As\nbromine="
    "Br\nkrypton=Kr\nsilver=Ag\ntin=Sn\niodine=I\nxenon=Xe\ntungsten=W\nplatinum=Pt\ngold="
    "Au\nmercury=Hg\nlead=Pb\nradon=Rn\nradium=Ra\nuranium=U\nplutonium=Pu";

constexpr relation of_nature[] = {
    {"colour", 5, "color", "{X} is {y}.", "the colour of {x}|the color of {x}",
     "What colour is {x}?|What color is {x}?|Which colour is {x}?|Which color is {x}?|{X} is what "
     "colour?|{X} is which color?|What colour does {x} have?|What color does {x} have?|Of what "
     "color is {x}?|What is the usual colour of {x}?|What is the usual color of {x}?|For {x}, what "
     "is the color?|What color would you paint {x}?|In which color do we see {x}?",
     "Of which colour is {x}?|Which color does {x} have?|In what colour does {x} come?",
     "the sky=blue\ngrass=green\nsnow=white\na banana=yellow\na lemon=yellow\na "
     "tomato=red\nblood=red\ncoal=black\nthe sun=yellow\na carrot=orange\nan orange=orange\nan "
     "elephant=grey\na frog=green\na cucumber=green\nmilk=white\na strawberry=red\na "
     "cherry=red\nchocolate=brown\ncoffee=brown\na flamingo=pink\na pig=pink\na raven=black\na "
     "swan=white\nthe sea=blue\na leaf=green\ncharcoal=black\na polar bear=white\nan "
     "eggplant=purple\nlavender=purple\na plum=purple\na pea=green\nspinach=green\na "
     "pumpkin=orange\nsalt=white\na fire engine=red\na canary=yellow\na "
     "crow=black\nchalk=white\nan emerald=green\na ruby=red\na sapphire=blue\na "
     "lobster=red\nhoney=gold\nsand=yellow\na cloud=white"},
    {"mixed colour", 1, "color", "{X} make {y}.", "the mix of {x}",
     "What do {x} make?|Which colour do {x} make?|What color do {x} make?|What do I get when I mix "
     "{x}?|Which color do I get from {x}?|What happens when I mix {x}?|Mix {x}.|What colour comes "
     "from {x}?",
     "What do you get if you mix {x}?|Which colour comes from mixing {x}?",
     "red and blue=purple\nblue and red=purple\nred and yellow=orange\nyellow and red=orange\nblue "
     "and yellow=green\nyellow and blue=green\nred and white=pink\nwhite and red=pink\nblack and "
     "white=grey\nwhite and black=grey"},
    {"sound", 3, "sound", "{X} says {y}.", "the sound of {x}|the sound that {x} makes",
     "What does {x} say?|What sound does {x} make?|Which sound does {x} make?|What noise does {x} "
     "make?|How does {x} sound?|What is {x} saying?|{X} makes which sound?|What kind of sound does "
     "{x} make?|How does {x} speak?|What do we hear from {x}?|What does {x} sound like?|What can I "
     "hear from {x}?|Which sound comes from {x}?|What does {x} say when it talks?",
     "Which noise does {x} make?|What can we hear from {x}?|How does {x} talk?",
     "a dog=woof\na cat=meow\na cow=moo\na sheep=baa\na duck=quack\na pig=oink\na horse=neigh\na "
     "lion=roar\na frog=ribbit\na bee=buzz\na snake=hiss\nan owl=hoot\na "
     "rooster=cock-a-doodle-doo\na mouse=squeak\na wolf=howl\na bird=tweet\na donkey=hee-haw\na "
     "goat=bleat"},
    {"young", 3, "young", "The young of {x} is called a {y}.",
     "the young of {x}|the baby of {x}|the name of the young of {x}",
     "What is a young of {x} called?|What is the baby of {x} called?|What do we call the young of "
     "{x}?|How do you call the young of {x}?|What is the young of {x} called?|What do you call the "
     "baby of {x}?|Which word means the young of {x}?|What is the right word for the young of "
     "{x}?|How do we call the baby of {x}?|Which name has the young of {x}?",
     "How is the young of {x} called?|What word do we use for the young of {x}?|What is the right "
     "name for the baby of {x}?",
     "a dog=puppy\na cat=kitten\na cow=calf\na sheep=lamb\na horse=foal\na pig=piglet\na "
     "goat=kid\na duck=duckling\na hen=chick\na lion=cub\na bear=cub\na deer=fawn\na "
     "goose=gosling\na swan=cygnet\na frog=tadpole\na kangaroo=joey\na butterfly=caterpillar\na "
     "wolf=pup"},
    {"legs", 3, "legs", "{X} has {y} legs.", "the number of legs of {x}",
     "How many legs does {x} have?|How many legs has {x}?|What number of legs does {x} have?|{X} "
     "has how many legs?|How many legs are there on {x}?|On how many legs does {x} walk?|Count the "
     "legs of {x}.|With how many legs does {x} walk?|On how many legs does {x} stand?|For {x}, how "
     "many legs?|How many legs can I count on {x}?",
     "How many legs do we see on {x}?|With how many legs does {x} stand?|{X}: how many legs?",
     "a dog=4\na cat=4\na cow=4\na horse=4\na spider=8\nan ant=6\na bee=6\na beetle=6\na fly=6\na "
     "butterfly=6\na human=2\na bird=2\na chicken=2\na duck=2\na snake=0\na fish=0\na lion=4\nan "
     "elephant=4\na frog=4\na scorpion=8\na crab=10\na mouse=4\na sheep=4\na table=4\na worm=0"},
    {"class", 3, "class", "{X} is {y}.", "the class of {x}",
     "What kind of animal is {x}?|What type of animal is {x}?|Which class of animals does {x} "
     "belong to?|Which kind of animal is {x}?|To which class does {x} belong?|What sort of animal "
     "is {x}?|{X} is what kind of animal?|{X} belongs to which class?|What is {x}, as an "
     "animal?|Which type of animals does {x} belong to?",
     "Which type of animal is {x}?|{X} belongs to which class of animals?|As an animal, what is "
     "{x}?",
     "a dog=a mammal\na cat=a mammal\na whale=a mammal\na dolphin=a mammal\na bat=a mammal\na "
     "horse=a mammal\nan eagle=a bird\na penguin=a bird\nan owl=a bird\na sparrow=a bird\na "
     "parrot=a bird\nan ostrich=a bird\na shark=a fish\na salmon=a fish\na tuna=a fish\na trout=a "
     "fish\na snake=a reptile\na lizard=a reptile\na turtle=a reptile\na crocodile=a reptile\na "
     "frog=an amphibian\na toad=an amphibian\na salamander=an amphibian\nan ant=an insect\na "
     "bee=an insect\na beetle=an insect\na butterfly=an insect\na mosquito=an insect\nan "
     "elephant=a mammal\na kangaroo=a mammal"},
    {"symbol", 5, "symbol", "The chemical symbol of {x} is {y}.",
     "the chemical symbol of {x}|the symbol of {x}|the symbol for {x}|the chemical symbol for "
     "{x}|{x's} chemical symbol",
     "Which symbol does {x} have?|What symbol does {x} have?|What symbol stands for {x}?|Which "
     "symbol stands for {x}?|How is {x} written in chemistry?|In the periodic table, what is the "
     "symbol of {x}?|Which chemical symbol does {x} have?|How do chemists write {x}?|Which symbol "
     "do chemists use for {x}?|With which letters do we write {x} in chemistry?|For {x}, what is "
     "the chemical symbol?|Which letters stand for {x} in chemistry?|Chemists write {x} as",
     "Which letters stand for {x} in the periodic table?|With which symbol do chemists write "
     "{x}?|What chemical symbol does {x} have?",
     elements},
    {"element", 3, "element", "{Y} is the chemical symbol of {x}.", "",
     "Which element has the symbol {y}?|What element is {y}?|What does the symbol {y} stand "
     "for?|Which element is {y}?|The symbol {y} stands for which element?|What element has the "
     "symbol {y}?|Which chemical element has the symbol {y}?|Name the element with the symbol "
     "{y}.|For the symbol {y}, which element is meant?|What does {y} stand for in "
     "chemistry?|Chemists write {y} for which element?",
     "Which element does {y} stand for?|What is the element with the symbol {y}?", elements, true},
    {"atomic number", 2, "number", "The atomic number of {x} is {y}.",
     "the atomic number of {x}|{x's} atomic number",
     "Which atomic number does {x} have?|What atomic number does {x} have?|How many protons does "
     "{x} have?|What number is {x} in the periodic table?|How many protons are in {x}?|Which "
     "number does {x} have in the periodic table?|{X} has what atomic number?|{X} has which number "
     "of protons?|How many protons are in an atom of {x}?|For {x}, what is the atomic number?",
     "{X} has which atomic number?|How many protons has an atom of {x}?",
     "hydrogen=1\nhelium=2\nlithium=3\nberyllium=4\nboron=5\ncarbon=6\nnitrogen=7\noxygen="
     "8\nfluorine=9\nneon=10\nsodium=11\nmagnesium=12\naluminium=13\nsilicon=14\nphosphorus="
     "15\nsulfur=16\nchlorine=17\nargon=18\npotassium=19\ncalcium=20\niron=26\ncopper=29\nzinc="
     "30\nsilver=47\ntin=50\ngold=79\nlead=82\nuranium=92"},
    {"planet", 2, "planet", "The {x} planet from the sun is {y}.",
     "the {x} planet from the sun|the {x} planet|the {x} planet of the solar system",
     "Which planet is the {x} from the sun?|Which is the {x} planet from the sun?|What planet is "
     "the {x} from the sun?|Which planet is {x} from the sun?|What planet comes {x} from the "
     "sun?|Counting from the sun, what is the {x} planet?|From the sun, which planet is {x}?|If I "
     "count from the sun, which planet is the {x}?|Which planet is number {x} from the sun?",
     "Counting from the sun, which planet is the {x}?|Which planet comes {x} from the sun?",
     "first=Mercury\nsecond=Venus\nthird=Earth\nfourth=Mars\nfifth=Jupiter\nsixth=Saturn\nseventh="
     "Uranus\neighth=Neptune"},
    {"superlative", 4, "answer", "The {x} is {y}.", "the {x}|the name of the {x}",
     "Which is the {x}?|What do we call the {x}?|What is the {x} called?|Which one is the {x}?|Do "
     "you remember the {x}?|What is the world's {x}?|Can you tell which is the {x}?|Which would be "
     "the {x}?|Do you know which is the {x}?",
     "Can you say which is the {x}?|What would you call the {x}?",
     "largest planet=Jupiter\nbiggest planet=Jupiter\nsmallest planet=Mercury\nhottest "
     "planet=Venus\nred planet=Mars\nclosest star=the sun\nlargest ocean=the Pacific\nbiggest "
     "ocean=the Pacific\nsmallest ocean=the Arctic Ocean\ndeepest ocean=the Pacific\nlargest "
     "country=Russia\nbiggest country=Russia\nsmallest country=Vatican City\nlargest "
     "continent=Asia\nbiggest continent=Asia\nsmallest continent=Oceania\nhighest mountain=Mount "
     "Everest\ntallest mountain=Mount Everest\nlongest river=the Nile\nlargest "
     "desert=Antarctica\nlargest animal=the blue whale\nbiggest animal=the blue whale\ntallest "
     "animal=the giraffe\nfastest land animal=the cheetah\nfastest animal=the falcon\nlargest land "
     "animal=the elephant\nslowest animal=the sloth\nlargest bird=the ostrich\nking of animals=the "
     "lion\nhardest natural material=diamond\nlightest element=hydrogen\nlargest "
     "island=Greenland\nlargest lake=the Caspian Sea\ndeepest lake=Lake Baikal\nlargest "
     "rainforest=the Amazon\nlargest organ of the body=the skin"},
};

}  // namespace

const std::span<const relation> nature = of_nature;

}  // namespace tessera::engine::world::detail
