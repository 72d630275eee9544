#include "world/facts.hpp"

namespace tessera::engine::world::detail {

namespace {

constexpr std::string_view weekdays =
    "Monday=Tuesday\nTuesday=Wednesday\nWednesday=Thursday\nThursday=Friday\nFriday="
    "Saturday\nSaturday=Sunday\nSunday=Monday";
constexpr std::string_view months =
    "January=February\nFebruary=March\nMarch=April\nApril=May\nMay=June\nJune=July\nJuly="
    "August\nAugust=September\nSeptember=October\nOctober=November\nNovember=December\nDecember="
    "January";
constexpr std::string_view letters =
    "A=B\nB=C\nC=D\nD=E\nE=F\nF=G\nG=H\nH=I\nI=J\nJ=K\nK=L\nL=M\nM=N\nN=O\nO=P\nP=Q\nQ=R\nR=S\nS="
    "T\nT=U\nU=V\nV=W\nW=X\nX=Y\nY=Z";
constexpr std::string_view translation_questions =
    "How do I say {x} in @?|What is {x} in @?|Translate {x} to @.|Translate {x} into @.|How do you "
    "say {x} in @?|What is the @ word for {x}?|Say {x} in @.|In @, how do I say {x}?|Which @ word "
    "means {x}?|What do the speakers of @ say for {x}?|{X} in @|What does {x} mean in @?|The @ "
    "word for {x} is|{X} in @?";

constexpr relation of_language[] = {
    {"opposite", 6, "opposite", "The opposite of {x} is {y}.",
     "the opposite of {x}|the opposite word of {x}",
     "Which word is the opposite of {x}?|What is opposite to {x}?|{X} is the opposite of|Which "
     "word means the opposite of {x}?|What word is the opposite of {x}?|Opposite of {x}?|What is "
     "the contrary of {x}?|{X} is the opposite of what?|The opposite of {x} is|To {x}, what is the "
     "opposite?|What would be the opposite of {x}?|If it is not {x}, what is it?|Which word is the "
     "contrary of {x}?",
     "Which word is opposite to {x}?|If it is not {x}, it is the opposite. What is the opposite of "
     "{x}?|Find the opposite of {x}.",
     "hot=cold\ncold=hot\nbig=small\nsmall=big\nfast=slow\nslow=fast\nhigh=low\nlow=high\nlight="
     "dark\ndark=light\nday=night\nnight=day\nup=down\ndown=up\nleft=right\nright=left\nopen="
     "closed\nclosed=open\nhappy=sad\nsad=happy\nold=young\nyoung=old\nrich=poor\npoor=rich\ngood="
     "bad\nbad=good\neasy=hard\nhard=easy\nearly=late\nlate=early\nfull=empty\nempty=full\nlong="
     "short\nshort=long\nloud=quiet\nquiet=loud\nstrong=weak\nweak=strong\nwet=dry\ndry=wet\nclean="
     "dirty\ndirty=clean\ntrue=false\nfalse=true\nyes=no\nno=yes\nstart=stop\nstop=start\nwin="
     "lose\nlose=win\nbuy=sell\nsell=buy\npush=pull\npull=push\nnear=far\nfar=near\nthick="
     "thin\nthin=thick\nwide=narrow\nnarrow=wide\nfirst=last\nlast=first\ninside=outside\noutside="
     "inside\nlove=hate\nhate=love\nsweet=sour\nsour=sweet\nsafe=dangerous\ndangerous=safe\ncheap="
     "expensive\nexpensive=cheap\nabove=below\nbelow=above\nalways=never\nnever=always\nfriend="
     "enemy\nenemy=friend\nsummer=winter\nwinter=summer\nnorth=south\nsouth=north\neast=west\nwest="
     "east\nsmooth=rough\nrough=smooth\nbrave=afraid\ndeep=shallow\nshallow=deep"},
    {"next day", 2, "day", "The day after {x} is {y}.", "the day after {x}",
     "Which day comes after {x}?|What day comes after {x}?|Which day follows {x}?|What comes after "
     "{x}?|What day is after {x}?|Today is {x}. What day is tomorrow?|Which day is after {x}?|If "
     "it is {x} today, what day is tomorrow?|What day comes just after {x}?|After {x} comes which "
     "day?",
     "What day follows {x}?|If today is {x}, what day is tomorrow?", weekdays},
    {"previous day", 2, "day", "The day before {y} is {x}.", "",
     "Which day comes before {y}?|What day comes before {y}?|What is the day before {y}?|What day "
     "is before {y}?|Today is {y}. What day was yesterday?|Which day is before {y}?|Tell me the "
     "day before {y}.|If it is {y} today, what day was yesterday?|Which day is just before "
     "{y}?|What comes before {y}?|Before {y} comes which day?",
     "What comes just before {y}?|If today is {y}, what day was yesterday?", weekdays, true},
    {"next month", 2, "month", "The month after {x} is {y}.", "the month after {x}",
     "Which month comes after {x}?|What month comes after {x}?|Which month follows {x}?|What month "
     "is after {x}?|Which month is after {x}?|{X} is over. Which month begins?|What month comes "
     "just after {x}?|After {x} comes which month?|Which month do we have when {x} is over?",
     "What month follows {x}?|Which month do we have after {x}?", months},
    {"previous month", 2, "month", "The month before {y} is {x}.", "",
     "Which month comes before {y}?|What month comes before {y}?|What is the month before "
     "{y}?|What month is before {y}?|Which month is before {y}?|Tell me the month before {y}.|What "
     "month comes just before {y}?|Before {y} comes which month?|Which month is over when {y} "
     "begins?",
     "Which month do we have before {y}?|Name the month before {y}.", months, true},
    {"days of month", 2, "days", "{X} has {y} days.", "the number of days in {x}",
     "How many days does {x} have?|How many days are in {x}?|How many days are there in {x}?|{X} "
     "has how many days?|How long is {x} in days?",
     "What number of days does {x} have?|How many days has {x}?",
     "January=31\nFebruary=28\nMarch=31\nApril=30\nMay=31\nJune=30\nJuly=31\nAugust=31\nSeptember="
     "30\nOctober=31\nNovember=30\nDecember=31"},
    {"next letter", 2, "letter", "The letter after {x} is {y}.",
     "the letter after {x}|the next letter after {x}",
     "Which letter comes after {x}?|What letter comes after {x}?|Which letter follows {x}?|In the "
     "alphabet, what comes after {x}?|What letter is after {x}?|Which letter is after {x} in the "
     "alphabet?|After {x} comes which letter?|What follows {x} in the alphabet?",
     "What letter follows {x}?|Which letter of the alphabet is after {x}?", letters},
    {"plural", 2, "plural", "The plural of {x} is {y}.", "the plural of {x}|the plural form of {x}",
     "How do I write the plural of {x}?|One {x}, two what?|What is the word for more than one "
     "{x}?|Which word is the plural of {x}?|What is more than one {x} called?|How do we write the "
     "plural of {x}?|What plural does {x} have?|{X} in the plural is",
     "Which plural does {x} have?|How is the plural of {x} written?",
     "mouse=mice\nchild=children\nfoot=feet\ntooth=teeth\ngoose=geese\nman=men\nwoman="
     "women\nperson=people\nox=oxen\nsheep=sheep\nfish=fish\nknife=knives\nleaf=leaves\nwolf="
     "wolves\ncat=cats\ndog=dogs\nhouse=houses\nbook=books\ncity=cities\nbaby=babies\nbox="
     "boxes\nbus=buses\npotato=potatoes\ntomato=tomatoes\nlife=lives\nwife=wives"},
    {"past", 2, "past", "The past tense of {x} is {y}.",
     "the past tense of {x}|the past of {x}|the past form of {x}",
     "Which word is the past tense of {x}?|Put {x} into the past tense.|What is {x} in the past "
     "tense?|Today I {x}. What did I do yesterday?|How do we write the past tense of {x}?|In the "
     "past tense, what is {x}?|What does {x} become in the past tense?|{X} in the past tense|What "
     "is the past tense of the verb {x}?",
     "How is the past tense of {x} written?|{X} in the past tense is what?",
     "go=went\nsee=saw\neat=ate\ncome=came\ntake=took\nmake=made\ngive=gave\nrun=ran\nwrite="
     "wrote\nread=read\nbuy=bought\nthink=thought\nbring=brought\ncatch=caught\nteach=taught\nfind="
     "found\nfly=flew\nswim=swam\nsing=sang\ndrink=drank\nspeak=spoke\nbreak=broke\nsleep="
     "slept\nknow=knew\ngrow=grew\nfall=fell\ndrive=drove\nsit=sat\nstand=stood\nwin=won\nlose="
     "lost\nhold=held\nfeel=felt\nleave=left\ncall=called\nwalk=walked\nplay=played\nlook=looked"},
    {"french", 2, "french", "The French word for {x} is {y}.", "the French word for {x}",
     translation_questions, "Which word do the French use for {x}?|In French, what is {x}?",
     "hello=bonjour\ngoodbye=au revoir\nthank you=merci\nplease=s'il vous "
     "plait\nyes=oui\nno=non\nwater=eau\nbread=pain\ncat=chat\ndog=chien\nhouse=maison\nbook="
     "livre\nfriend=ami\nsun=soleil\nmoon=lune\nred=rouge\nblue=bleu\ngreen=vert\none=un\ntwo="
     "deux\nthree=trois\nlove=amour\nmilk=lait\ncheese=fromage\ntree=arbre\nschool=ecole\ngood "
     "morning=bonjour\ngood night=bonne nuit"},
    {"spanish", 2, "spanish", "The Spanish word for {x} is {y}.", "the Spanish word for {x}",
     translation_questions, "Which word do the Spanish use for {x}?|In Spanish, what is {x}?",
     "hello=hola\ngoodbye=adios\nthank you=gracias\nplease=por "
     "favor\nyes=si\nno=no\nwater=agua\nbread=pan\ncat=gato\ndog=perro\nhouse=casa\nbook="
     "libro\nfriend=amigo\nsun=sol\nmoon=luna\nred=rojo\nblue=azul\ngreen=verde\none=uno\ntwo="
     "dos\nthree=tres\nlove=amor\nmilk=leche\ncheese=queso\ntree=arbol\nschool=escuela\ngood "
     "morning=buenos dias\ngood night=buenas noches"},
    {"german", 2, "german", "The German word for {x} is {y}.", "the German word for {x}",
     translation_questions, "Which word do the Germans use for {x}?|In German, what is {x}?",
     "hello=hallo\ngoodbye=auf Wiedersehen\nthank "
     "you=danke\nplease=bitte\nyes=ja\nno=nein\nwater=Wasser\nbread=Brot\ncat=Katze\ndog="
     "Hund\nhouse=Haus\nbook=Buch\nfriend=Freund\nsun=Sonne\nmoon=Mond\nred=rot\nblue=blau\ngreen="
     "gruen\none=eins\ntwo=zwei\nthree=drei\nlove=Liebe\nmilk=Milch\ncheese=Kaese\ntree="
     "Baum\nschool=Schule\ngood morning=guten Morgen\ngood night=gute Nacht"},
};

}  // namespace

const std::span<const relation> language = of_language;

}  // namespace tessera::engine::world::detail
