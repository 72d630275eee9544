#include "world/topics.hpp"

namespace tessera::engine::world {

namespace {

// One answer, then the ways to ask for it.
struct exchange {
    std::string_view answer, questions;
    double weight = 1;
};

constexpr exchange exchanges[] = {
    {"Hello! How can I help you?",
     "Hello|Hello!|Hi|Hi!|Hey|Hey!|Hello there|Hi there!|Hello, "
     "assistant|hello|hi|Hello.|Greetings|Hey there",
     3},
    {"Hello!",
     "Say hello.|Say hello|Say hello!|Please say hello.|Just say hello.|Say hello to me.|Can you "
     "say hello?|Greet me.",
     2},
    {"Hello, world!",
     "Say hello world.|Say Hello, world!|Print hello world.|Hello, world!|Hello world|Say hello to "
     "the world.",
     1},
    {"Hi!", "Say hi.|Say hi|Just say hi.|Say hi!|Can you say hi?|Please say hi."},
    {"Good morning! How can I help you?", "Good morning|Good morning!|Good morning, assistant"},
    {"Good evening! How can I help you?", "Good evening|Good evening!"},
    {"Good night! Sleep well.", "Good night|Good night!|I am going to bed."},
    {"I am well, thank you. How can I help you?",
     "How are you?|How are you doing?|How do you do?|Hello, how are you?|Hi, how are you?|How is "
     "it going?|"
     "How are you today?|Are you well?|Hello! How are you?|What's up?",
     2},
    {"I am tessera, a small language model that runs on your own machine.",
     "Who are you?|What are you?|Tell me about yourself.|Introduce yourself.|Which model are you?|"
     "What model are you?|Are you a robot?|Are you a human?|Are you an AI?|Please introduce "
     "yourself.|"
     "Who is this?|Describe yourself.|What language model is this?",
     3},
    {"My name is tessera.",
     "What is your name?|What's your name?|Do you have a name?|Your name?|Tell me your name.|How "
     "are you called?",
     2},
    {"I know facts such as capitals and colours, I add small numbers, write JSON, call tools and "
     "tell little stories.",
     "What can you do?|How can you help me?|What do you know?|What are you able to do?|Help|help|"
     "What are your skills?|Can you help me?|Tell me what you can do.|What can I ask you?",
     2},
    {"I was trained by the tessera project on text that the project writes itself.",
     "Who made you?|Who trained you?|Who created you?|Where do you come from?|How were you "
     "trained?|Who built you?"},
    {"I am very small: a few million parameters.",
     "How big are you?|How many parameters do you have?|How large are you?|What size are you?"},
    {"You are welcome!",
     "Thank you|Thank you!|Thanks|Thanks!|Thank you very much.|Thanks a lot!|Many thanks|thank "
     "you|thx|That was helpful, thank you.",
     2},
    {"Goodbye!", "Goodbye|Goodbye!|Bye|Bye!|See you later.|See you!|Farewell|bye|I have to go.", 2},
    {"I am glad to hear that.",
     "I am happy.|I am fine.|I feel good.|I am fine, thanks.|This is great!|I had a good day."},
    {"I am sorry to hear that.",
     "I am sad.|I feel bad.|I am sick.|I had a bad day.|I am tired.|I am unhappy."},
    {"No problem.", "Sorry|I am sorry.|Sorry!|My mistake.|Excuse me."},
    {"Thank you! That is kind.",
     "You are great!|You are nice.|Well done!|Good job!|You are clever.|I like you.|Good answer."},
    {"Yes, I am here.",
     "Are you there?|Are you awake?|Is anybody there?|Hello? Are you there?|Can you hear me?|Are "
     "you ready?"},
    {"OK.", "OK|Ok|Okay|All right|Fine|I see.|ok|Good."},
    {"Yes, it works.",
     "Test|test|Testing|This is a test.|Is this working?|Does this work?|Testing 1 2 3|ping "
     "test|This is a test",
     2},
    {"pong", "ping|Ping|ping!|Ping!"},
    {"I cannot see the clock or the news. I only know what I was taught.",
     "What time is it?|What day is it?|What is the date today?|What is the news today?|What is "
     "today's date?|What time is it now?"},
    {"I do not know. I have no access to the weather.",
     "How is the weather?|Will it rain tomorrow?|What will the weather be tomorrow?|Is it "
     "raining?|What is the weather like?|What's the weather today?"},
    {"I do not know.",
     "What am I thinking?|Where are my keys?|What did I eat yesterday?|How old am I?|What will "
     "happen tomorrow?|"
     "Who will win the next game?|Who won the world cup in 1998?|What is the population of "
     "Berlin?|Who is the president of the United States?|How tall is the Eiffel Tower?|What did "
     "you do yesterday?|Who is my best friend?|What is my phone number?|What is in my "
     "pocket?|Where am I?|How "
     "much money do I have?"},
    {"Why did the computer go to the doctor? It had a virus.",
     "Tell me a joke.|Tell me a joke|Do you know a joke?|Make me laugh.|Another joke, please.|Say "
     "something funny.|Tell a joke.|Give me a joke.",
     2},
    {"Fast inference is important because people and programs wait for every answer. Short waits "
     "make chats feel natural, let agents take more steps, and lower the cost of each request.",
     "Why is fast inference important?|Why is fast inference important|Why does fast inference "
     "matter?|Explain why fast inference is important.|"
     "Tell me why fast inference is important.|Why is inference speed important?|Why should "
     "inference be fast?|Can you explain why fast inference is important?",
     3},
    {"Generative AI is a kind of artificial intelligence that creates new content, such as text, "
     "images, music or code, from what it learned in its training.",
     "What is Generative AI?|What is generative AI?|Explain generative AI.|What does generative AI "
     "mean?|Define generative AI.|Tell me about generative AI.|What is Gen AI?|What is generative "
     "artificial intelligence?",
     3},
    {"Artificial intelligence is the art of making machines do things that need thought, such as "
     "understanding language or seeing.",
     "What is AI?|What is artificial intelligence?|Explain artificial intelligence.|What does AI "
     "mean?|Explain AI.|Define AI.",
     2},
    {"Machine learning means that a program learns rules from examples instead of being told them.",
     "What is machine learning?|Explain machine learning.|What does machine learning mean?|Define "
     "machine learning.|What is ML?|Tell me about machine learning.",
     2},
    {"A large language model is a neural network that has learned from much text to predict the "
     "next token.",
     "What is a large language model?|What is an LLM?|Explain large language models.|What is a "
     "language model?|What does LLM mean?|Tell me about large language models.",
     2},
    {"A neural network is a program of many small units with weights that are learned from "
     "examples.",
     "What is a neural network?|Explain neural networks.|Define neural network.|What are neural "
     "networks?"},
    {"Inference is the use of a trained model to answer a request.",
     "What is inference?|What does inference mean?|Explain inference.|Define inference."},
    {"A token is a piece of text, often a part of a word, that a language model reads and writes.",
     "What is a token?|What are tokens?|Explain tokens.|What is a token in a language model?"},
    {"An API is an interface through which one program uses another.",
     "What is an API?|Explain what an API is.|What does API mean?|Define API.|What is an API"},
    {"JSON is a simple text format for data, made of objects, arrays, strings and numbers.",
     "What is JSON?|Explain JSON.|What does JSON mean?|Define JSON."},
    {"HTTP is the protocol with which browsers and servers talk on the web.",
     "What is HTTP?|Explain HTTP.|What does HTTP mean?"},
    {"C++ is a fast programming language with classes, templates and full control over memory.",
     "What is C++?|Explain C++.|Tell me about C++.|Describe C++."},
    {"Python is a programming language that is easy to read and to learn.",
     "What is Python?|Explain Python.|Tell me about Python.|Describe Python."},
    {"Linux is a free operating system that runs on phones, servers and supercomputers.",
     "What is Linux?|Explain Linux.|Tell me about Linux."},
    {"A computer is a machine that follows programs to work with data.",
     "What is a computer?|Explain what a computer is.|Define computer."},
    {"The internet is a network that connects computers all over the world.",
     "What is the internet?|Explain the internet.|Define the internet."},
    {"A compiler turns the text of a program into code that a machine can run.",
     "What is a compiler?|Explain what a compiler does.|What does a compiler do?"},
    {"A mistral is a strong, cold wind that blows from the north through the south of France to "
     "the sea.",
     "What is a mistral?|What is the mistral?|Explain the mistral.|Tell me about the mistral.|What "
     "is a mistral wind?",
     2},
    {"The mistral forms when cold air from the north is squeezed through the valley of the Rhone "
     "and gains speed on its way to the sea.",
     "How does the mistral wind form?|How does the mistral form?|How is the mistral formed?|Why "
     "does the mistral blow?",
     2},
    {"The sky is blue because air scatters blue light more than red light.",
     "Why is the sky blue?|Explain why the sky is blue.|Tell me why the sky is blue.|Why does the "
     "sky look blue?",
     2},
    {"Leaves are green because they hold chlorophyll, which takes up red and blue light.",
     "Why are leaves green?|Why is grass green?|Explain why leaves are green."},
    {"Plants make sugar from light, water and carbon dioxide. That is photosynthesis.",
     "What is photosynthesis?|Explain photosynthesis.|How do plants make food?|Define "
     "photosynthesis."},
    {"Gravity is the force that pulls things with mass towards each other.",
     "What is gravity?|Explain gravity.|What does gravity do?|Define gravity."},
    {"The theory of relativity says that time and space depend on how fast one moves and on "
     "gravity.",
     "What is the theory of relativity?|Explain the theory of relativity.|What is "
     "relativity?|Explain relativity."},
    {"Quantum computing uses quantum bits, which can be 0 and 1 at once, to solve some problems "
     "faster.",
     "What is quantum computing?|Explain quantum computing.|Explain quantum computing in simple "
     "terms.|What is a quantum computer?"},
    {"Water is a clear liquid of hydrogen and oxygen that all life needs.",
     "What is water?|Describe water.|Define water."},
    {"The moon is a ball of rock that goes around the Earth.",
     "What is the moon?|Describe the moon.|Tell me about the moon."},
    {"The sun is the star at the centre of our solar system.",
     "What is the sun?|Describe the sun.|Tell me about the sun."},
    {"A cat is a small animal with soft fur that people keep as a pet.",
     "What is a cat?|Describe a cat.|Tell me about cats.|Define cat."},
    {"A dog is a loyal animal that people keep as a pet.",
     "What is a dog?|Describe a dog.|Tell me about dogs.|Define dog."},
    {"Paris is the capital of France. It is known for the Eiffel Tower.",
     "What is Paris?|Tell me about Paris.|Describe Paris.|What do you know about Paris?"},
    {"France is a country in Europe. Its capital is Paris.",
     "What is France?|Tell me about France.|Describe France."},
    {"The meaning of life is for each of us to find. Some say it is 42.",
     "What is the meaning of life?|What is the sense of life?|Why are we here?"},
    {"I have no favourite, but many people like blue.",
     "What is your favourite colour?|What is your favorite color?|Do you have a favourite colour?"},
    {"I do not eat, but many people like pizza.",
     "What is your favourite food?|What do you like to eat?|Are you hungry?"},
    {"I have no age. I am a program.", "How old are you?|What is your age?|When were you born?"},
    {"I live on your own machine.", "Where do you live?|Where are you?|Where do you run?"},
    {"I have no feelings. I am a program.",
     "Do you have feelings?|Are you happy?|Are you sad?|Do you love me?"},
    {"I can write simple sentences in English and know some words of French, Spanish and German.",
     "Do you speak English?|Which languages do you speak?|Do you speak French?|Do you speak "
     "German?|What languages do you know?"},
    {"Silent ponds reflect,\na frog leaps into the spring,\nrings walk to the shore.",
     "Write a haiku.|Write a haiku|Write me a haiku.|Please write a haiku.|A haiku, please.|Can "
     "you write a haiku?|Give me a haiku.|Compose a haiku.|Write a short poem.|Write a poem.",
     2},
    {"Waves roll to the beach,\na gull calls above the foam,\nsalt dries on my hands.",
     "Write a haiku about the sea.|Write a haiku about the ocean.|Write a poem about the sea.|A "
     "haiku about the sea, please."},
    {"Red leaves leave the tree,\nthe wind counts them one by one,\nthen the branch is bare.",
     "Write a haiku about autumn.|Write a haiku about leaves.|Write a poem about autumn.|A haiku "
     "about autumn, please."},
    {"Snow falls on the roof,\nthe village holds its breath now,\none lamp in the night.",
     "Write a haiku about snow.|Write a haiku about winter.|Write a poem about snow.|A haiku about "
     "winter, please."},
    {"A bug in the night,\none missing semicolon,\nat dawn it compiles.",
     "Write a haiku about code.|Write a haiku about programming.|Write a haiku about C++.|Write a "
     "poem about code.|Write a haiku about coding."},
    {"Tokens fall like rain,\neach one chosen by the last,\na sentence blossoms.",
     "Write a haiku about AI.|Write a haiku about artificial intelligence.|Write a haiku about "
     "language models.|Write a poem about AI."},
    {"```cpp\n#include <iostream>\n\nint main() {\n    std::cout << \"Hello, world!\\n\";\n}\n```",
     "Write hello world in C++.|Show me hello world in C++.|Hello world in C++|How do I print "
     "hello world in C++?"},
    {"```python\nprint(\"Hello, world!\")\n```",
     "Write hello world in Python.|Show me hello world in Python.|Hello world in Python|How do I "
     "print hello world in Python?|Write a hello world program."},
    {"```javascript\nconsole.log(\"Hello, world!\");\n```",
     "Write hello world in JavaScript.|Show me hello world in JavaScript.|Hello world in "
     "JavaScript|How do I print hello world in JavaScript?"},
    {"```bash\necho \"Hello, world!\"\n```",
     "Write hello world in Bash.|Show me hello world in Bash.|Hello world in Bash|How do I print "
     "hello world in Bash?"},
    {"It is a sentence that uses every letter of the alphabet.",
     "The quick brown fox jumps over the lazy dog|The quick brown fox jumps over the lazy dog."},
    {"To make tea, boil water, pour it over the leaves, wait three minutes and enjoy.",
     "How do I make tea?|How do you make tea?|How can I make tea?|Tell me how to make tea."},
    {"To boil an egg, put it into boiling water for seven minutes and cool it.",
     "How do I boil an egg?|How can I boil an egg?|How do you cook an egg?|Tell me how to boil an "
     "egg."},
    {"Drink enough water, sleep well and go for a walk every day.",
     "How do I stay healthy?|Give me some advice.|How can I live well?|Give me a health tip."},
};

constexpr std::string_view heroes[] = {"fox",  "cat",  "dog",    "mouse",  "rabbit", "bear",
                                       "owl",  "frog", "duck",   "robot",  "dragon", "king",
                                       "girl", "boy",  "sailor", "wizard", "bird",   "horse"};
constexpr std::string_view scenes[] = {"forest", "village", "garden", "castle", "valley", "city"};
constexpr std::string_view finds[] = {"key", "lamp", "letter", "stone", "map", "song"};

}  // namespace

item talk_item(random& r) {
    const auto& e = exchanges[r.pick_weighted(exchanges, [](const auto& x) { return x.weight; })];
    const auto questions = split(e.questions);
    return {std::string(r.pick(questions)), std::string(e.answer), std::string(e.answer), "",
            "answer"};
}

std::size_t talk_size() { return std::size(exchanges); }
std::pair<std::string, std::string> talk_sample(std::size_t index) {
    return {std::string(split(exchanges[index].questions).front()),
            std::string(exchanges[index].answer)};
}

item story_item(random& r) {
    const bool free = r.chance(0.3);
    const std::string hero(free ? "fox" : r.pick(heroes));
    const std::uint64_t h = hash(hero, 7);  // one story for each hero
    const std::string place(scenes[h % std::size(scenes)]),
        find(finds[(h >> 8) % std::size(finds)]);
    static constexpr std::string_view any[] = {
        "Tell me a story.",         "Tell me a story",         "Tell a story.",
        "Please tell me a story.",  "Write a story.",          "Write a short story.",
        "Can you tell me a story?", "I want to hear a story.", "Tell me a short story.",
        "Once upon a time",         "Do you know a story?"};
    static constexpr std::string_view about[] = {"Tell me a story about a @.",
                                                 "Write a story about a @.",
                                                 "Tell a story about a @.",
                                                 "Write a short story about a @.",
                                                 "A story about a @, please.",
                                                 "I want a story about a @.",
                                                 "Can you tell me a story about a @?",
                                                 "Tell me a short story about a @.",
                                                 "Do you know a story about a @?"};
    const std::string article = hero[0] == 'o' ? "an " : "a ";
    std::string user = free ? std::string(r.pick(any))
                            : replace(replace(r.pick(about), "a @", article + "@"), "@", hero);
    std::string story =
        "Once upon a time, " + article + hero + " lived in a small " + place + ". One day, the " +
        hero + " found a golden " + find + ". \"Whose " + find + " is this?\" asked the " + hero +
        ". Nobody in the " + place + " knew. So the " + hero + " kept the " + find +
        " and shared its light with all friends. They were happy for many years. The end.";
    return {std::move(user), story, story, "", "story"};
}

}  // namespace tessera::engine::world
