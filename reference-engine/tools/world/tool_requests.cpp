#include "world/tool_requests.hpp"

namespace tessera::engine::world {

namespace {

struct argument {
    std::string name, type;
    json value;
    json choices = nullptr;
};

// The request names arguments in an order of its own.
void shuffle(std::vector<argument>& arguments, random& r) {
    for (std::size_t i = arguments.size(); i > 1; --i)
        std::swap(arguments[i - 1],
                  arguments[static_cast<std::size_t>(r.below(static_cast<int>(i)))]);
}

json make_tool(const std::string& name, const std::string& description,
               const std::vector<argument>& arguments) {
    json properties = json::object(), required = json::array();
    for (const auto& a : arguments) {
        properties[a.name] = {{"type", a.type}};
        if (!a.choices.is_null()) properties[a.name]["enum"] = a.choices;
        required.push_back(a.name);
    }
    return {{"type", "function"},
            {"function",
             {{"name", name},
              {"description", description},
              {"parameters",
               {{"type", "object"}, {"properties", properties}, {"required", required}}}}}};
}

json arguments_of(const std::vector<argument>& arguments) {
    json out = json::object();
    for (const auto& a : arguments) out[a.name] = a.value;
    return out;
}

tool_request weather(random& r, bool unseen) {
    static constexpr std::string_view names[] = {
        "get_weather",     "get_weather",   "weather",    "get_current_weather",
        "current_weather", "fetch_weather", "getWeather", "weather_lookup"};
    static constexpr std::string_view places[] = {"city", "city", "location", "location", "place"};
    static constexpr std::string_view about[] = {"Get the weather in a city.",
                                                 "Get the current weather",
                                                 "Get the current weather for a location.",
                                                 "The weather of a place.", "Returns the weather."};
    static constexpr std::string_view forms[] = {"What is the weather in {x}?",
                                                 "What is the weather in {x}?",
                                                 "How is the weather in {x}?",
                                                 "What's the weather in {x}?",
                                                 "What is the weather like in {x}?",
                                                 "Weather in {x}?",
                                                 "Is it raining in {x}?",
                                                 "Is it warm in {x}?",
                                                 "Tell me the weather in {x}.",
                                                 "What is the weather in {x} today?",
                                                 "How warm is it in {x}?",
                                                 "What's the weather like in {x}?",
                                                 "How is the weather in {x} today?",
                                                 "Do I need an umbrella in {x}?",
                                                 "What is the temperature in {x}?",
                                                 "Check the weather in {x}.",
                                                 "weather in {x}",
                                                 "Is it sunny in {x}?"};
    static constexpr std::string_view held[] = {"How warm is it today in {x}?",
                                                "Can you check the weather in {x}?",
                                                "I am going to {x}. How is the weather there?"};
    static constexpr std::string_view skies[] = {"sunny", "cloudy", "rainy", "windy",
                                                 "snowy", "foggy",  "clear"};
    tool_request q;
    q.kind = "weather";
    std::vector<argument> a{{std::string(r.pick(places)), "string", nullptr, nullptr}};
    q.name = std::string(r.pick(names));
    q.user = unseen ? r.pick(held) : r.pick(forms);
    q.subject = a[0].name;
    if (r.chance(0.2)) {
        const bool celsius = r.chance(0.5);
        a.push_back({"unit", "string", celsius ? "celsius" : "fahrenheit",
                     json::array({"celsius", "fahrenheit"})});
        q.user += celsius ? " Use celsius." : " Use fahrenheit.";
    }
    shuffle(a, r);
    q.tool = make_tool(q.name, std::string(r.pick(about)), a);
    q.arguments = arguments_of(a);
    static constexpr std::string_view warmth[] = {"temperature", "temperature", "temperature",
                                                  "degrees",     "celsius",     "temp"};
    const int form = r.below(20);
    const bool bare = r.chance(0.5), halves = r.chance(0.2), sky_first = r.chance(0.4);
    const std::string sky_key = r.chance(0.6) ? "condition" : "sky", warmth_key(r.pick(warmth)),
                      first_key = a[0].name;
    q.draw = [=](tool_request& to, random& from) {
        const std::string where = city(from), sky(from.pick(skies));
        json degrees = from.between(-10, 38);
        if (halves) degrees = degrees.get<int>() + (from.chance(0.5) ? 0.5 : 0.0);
        to.arguments[to.subject] = where;
        to.thought = "I need the weather in " + where + ".";
        json result = json::object();
        if (form < 5) result[first_key] = where;
        if (sky_first) result[sky_key] = sky;
        result[warmth_key] = degrees;
        result[sky_key] = sky;
        to.result = form >= 15 ? sky + ", " + shown(degrees) + (bare ? " degrees" : "C")
                    : bare     ? result.dump()
                               : spaced(result);
        to.answer = "It is " + sky + " in " + where + " with " + shown(degrees) + " degrees.";
    };
    q.draw(q, r);
    return q;
}

tool_request clock(random& r, bool unseen) {
    static constexpr std::string_view names[] = {"get_time", "current_time", "get_current_time",
                                                 "time",     "getTime",      "clock"};
    static constexpr std::string_view places[] = {"city", "location", "timezone", "place"};
    static constexpr std::string_view forms[] = {"What time is it in {x}?",
                                                 "What time is it in {x}?",
                                                 "What is the time in {x}?",
                                                 "Tell me the time in {x}.",
                                                 "How late is it in {x}?",
                                                 "Time in {x}?",
                                                 "What's the time in {x}?",
                                                 "Current time in {x}?",
                                                 "What is the current time in {x}?",
                                                 "Give me the time in {x}.",
                                                 "Do you know what time it is in {x}?"};
    static constexpr std::string_view held[] = {"Which time is it now in {x}?",
                                                "Can you tell me the time in {x}?"};
    tool_request q;
    q.kind = "clock";
    std::vector<argument> a{{std::string(r.pick(places)), "string", nullptr, nullptr}};
    q.name = std::string(r.pick(names));
    q.user = unseen ? r.pick(held) : r.pick(forms);
    q.subject = a[0].name;
    q.tool = make_tool(
        q.name, r.chance(0.5) ? "Get the current time in a city." : "The time of a place.", a);
    const bool bare = r.chance(0.4);
    q.draw = [bare](tool_request& to, random& from) {
        const std::string where = city(from);
        const int hour = from.below(24), minute = from.below(60);
        const std::string at = (hour < 10 ? "0" : "") + std::to_string(hour) +
                               (minute < 10 ? ":0" : ":") + std::to_string(minute);
        to.arguments[to.subject] = where;
        to.thought = "I need the time in " + where + ".";
        to.result = bare ? at : spaced({{"time", at}});
        to.answer = "It is " + at + " in " + where + ".";
    };
    q.draw(q, r);
    return q;
}

tool_request calculator(random& r, bool unseen) {
    static constexpr std::string_view names[] = {"calculate", "calculator", "evaluate", "compute",
                                                 "math"};
    static constexpr std::string_view forms[] = {
        "What is {x}?", "Calculate {x}.", "How much is {x}?",      "Compute {x}.",
        "{x}",          "What's {x}?",    "Please calculate {x}.", "Use the calculator: {x}"};
    static constexpr std::string_view held[] = {"Can you calculate {x}?",
                                                "I need the value of {x}."};
    tool_request q;
    q.kind = "calculator";
    const int a = r.between(10, 999), b = r.between(10, 999), kind = r.below(3);
    const std::string text = std::to_string(a) +
                             (kind == 0   ? " * "
                              : kind == 1 ? " + "
                                          : " - ") +
                             std::to_string(b);
    const int value = kind == 0 ? a * b : kind == 1 ? a + b : a - b;
    std::vector<argument> arguments{
        {r.chance(0.7) ? "expression" : "input", "string", text, nullptr}};
    q.name = std::string(r.pick(names));
    q.user = filled(unseen ? r.pick(held) : r.pick(forms), text);
    q.tool = make_tool(q.name,
                       r.chance(0.5) ? "Evaluate a mathematical expression."
                                     : "Calculate the value of an expression.",
                       arguments);
    q.arguments = arguments_of(arguments);
    q.thought = "I use the calculator.";
    q.result = r.chance(0.5) ? std::to_string(value) : spaced({{"result", value}});
    q.answer = text + " = " + std::to_string(value) + ".";
    return q;
}

// Tools whose request says in words what the arguments are: {1}, {2}.
struct family {
    std::string_view names, description, arguments, requests, held_out, done;
};
constexpr family families[] = {
    {"send_email|email|sendEmail", "Send an email.", "to:p subject:w",
     "Send an email to {1} about {2}.|Email {1} about {2}.|Write an email to {1} with the subject "
     "{2}.|Please send {1} an email about {2}.",
     "Can you email {1} about {2}?", "I have sent the email to {1}."},
    {"set_timer|timer|start_timer", "Start a timer.", "minutes:n",
     "Set a timer for {1} minutes.|Start a timer of {1} minutes.|Timer for {1} minutes, "
     "please.|Wake me in {1} minutes.",
     "I need a timer for {1} minutes.", "The timer is set to {1} minutes."},
    {"get_stock_price|stock_price|get_quote", "Get the price of a stock.", "symbol:S",
     "What is the stock price of {1}?|How much is a share of {1}?|What does {1} stock cost?|Get "
     "the stock price of {1}.|Price of {1}?",
     "Can you get the stock price of {1}?", ""},
    {"play_music|play_song|play", "Play a song.", "song:w",
     "Play {1}.|Play the song {1}.|Please play {1}.|I want to hear the song {1}.",
     "Can you play the song {1}?", "I am playing {1}."},
    {"search|web_search|search_web|lookup", "Search the web.", "query:t",
     "Search the web for {1}.|Search for {1}.|Look up {1}.|Find {1} on the web.|Google {1}.",
     "Do a search for {1}.", ""},
    {"book_table|reserve_table|book_restaurant", "Book a table in a restaurant.",
     "restaurant:w people:n",
     "Book a table at {1} for {2} people.|Reserve a table for {2} at {1}.|I want a table for {2} "
     "people at {1}.",
     "Please get a table at {1} for {2} people.", "The table at {1} is booked."},
    {"translate|translate_text|translation", "Translate a text.", "text:t language:L",
     "Translate {1} to {2} with the tool.|Use the tool to translate {1} into {2}.|Translate the "
     "text {1} into {2}.",
     "Please put {1} into {2} with the tool.", ""},
    {"convert_currency|exchange|currency_converter", "Convert money.", "amount:n from:C to:C",
     "Convert {1} {2} to {3}.|How much is {1} {2} in {3}?|Change {1} {2} into {3}.|What are {1} "
     "{2} in {3}?",
     "Turn {1} {2} into {3}.", ""},
    {"add_todo|create_task|add_task", "Add a task to the list.", "task:t",
     "Add {1} to my list.|Put {1} on my to-do list.|Add the task {1}.|Remind me to buy {1}.",
     "Please write {1} on my list.", "I have added {1}."},
    {"turn_on_light|light_on|switch_on_light", "Switch on the light in a room.", "room:w",
     "Turn on the light in the {1}.|Switch on the {1} light.|Light on in the {1}, please.|Make "
     "light in the {1}.",
     "Can you turn on the light in the {1}?", "The light in the {1} is on."},
    {"get_user|find_user|get_customer|lookup_user", "Find a user.", "id:n",
     "Who is user {1}?|Find user {1}.|Get the user with the id {1}.|Show me user {1}.|Look up user "
     "{1}.",
     "Which user has the id {1}?", ""},
    {"get_capital|find_capital", "Find the capital of a country.", "country:K",
     "What is the capital of {1}? Use the tool.|Use the tool to find the capital of {1}.|Look up "
     "the capital of {1}.",
     "With the tool, find the capital of {1}.", ""},
};

json typed_value(random& r, char type) {
    static constexpr std::string_view languages[] = {"French",  "German",  "Spanish",
                                                     "Italian", "English", "Japanese"};
    static constexpr std::string_view money[] = {"USD", "EUR",     "GBP",   "JPY",
                                                 "CHF", "dollars", "euros", "yen"};
    switch (type) {
        case 'n':
            return r.between(1, r.chance(0.7) ? 60 : 5000);
        case 'p':
            return person(r);
        case 'L':
            return std::string(r.pick(languages));
        case 'C':
            return std::string(r.pick(money));
        case 'K':
            return std::string(r.pick(fact_tables()[0].facts).x);
        case 'S': {
            std::string s = letters(r, 2, 4);
            for (char& ch : s) ch = static_cast<char>(ch - 'a' + 'A');
            return s;
        }
        case 't': {
            std::string t = word(r);
            for (int n = r.below(3); n > 0; --n) t += " " + word(r);
            return t;
        }
        default:
            return word(r);
    }
}

tool_request household(random& r, bool unseen) {
    const auto& f = r.pick(families);
    tool_request q;
    std::vector<argument> arguments;
    q.kind = f.description;
    q.user = std::string(r.pick(split(unseen ? f.held_out : f.requests)));
    q.answer = f.done;
    q.name = std::string(r.pick(split(f.names)));
    q.thought = "The tool " + q.name + " does this.";
    const auto kinds = split(f.arguments, ' ');
    int i = 0;
    for (auto text : kinds) {
        const char type = text.back();
        const auto value = typed_value(r, type);
        arguments.push_back({std::string(text.substr(0, text.find(':'))),
                             type == 'n' ? (r.chance(0.5) ? "integer" : "number") : "string", value,
                             nullptr});
        const std::string place = "{" + std::to_string(++i) + "}";
        q.user = replace(q.user, place, kinds.size() == 1 ? "{x}" : shown(value));
        q.answer = replace(q.answer, place, kinds.size() == 1 ? "{x}" : shown(value));
    }
    if (r.chance(0.5)) shuffle(arguments, r);
    q.tool = make_tool(q.name, std::string(f.description), arguments);
    q.arguments = arguments_of(arguments);
    if (kinds.size() == 1) q.subject = arguments[0].name;
    const bool bare = r.chance(0.5);
    q.draw = [bare, done = q.answer, type = kinds[0].back()](tool_request& to, random& from) {
        if (!to.subject.empty()) to.arguments[to.subject] = typed_value(from, type);
        if (done.empty()) {
            const std::string found =
                from.chance(0.5) ? std::to_string(from.below(2000)) : word(from);
            to.result = bare ? found : spaced({{"result", found}});
            to.answer = "The result is " + found + ".";
        } else {
            to.result = bare ? "ok" : spaced({{"status", "ok"}});
            to.answer = to.subject.empty() ? done : filled(done, subject_of(to));
        }
    };
    q.draw(q, r);
    return q;
}

constexpr std::string_view verbs[] = {
    "get",   "find", "list", "create", "delete", "update", "open",  "close", "start",
    "stop",  "send", "show", "read",   "write",  "check",  "count", "add",   "remove",
    "load",  "save", "run",  "print",  "order",  "cancel", "lock",  "move",  "copy",
    "build", "test", "rate", "book",   "scan",   "sort",   "merge"};
constexpr std::string_view nouns[] = {
    "user",    "file",   "order",   "door",    "report",  "invoice", "ticket",  "photo",
    "message", "event",  "flight",  "hotel",   "room",    "car",     "product", "book",
    "song",    "movie",  "note",    "contact", "account", "payment", "server",  "database",
    "table",   "page",   "image",   "device",  "sensor",  "project", "team",    "game",
    "score",   "recipe", "package", "lamp",    "robot",   "job",     "branch",  "window"};
constexpr std::string_view parameters[] = {
    "name",  "id",   "title", "city",   "date",  "count",  "limit",  "path",  "text",  "user",
    "color", "size", "price", "reason", "email", "number", "level",  "speed", "owner", "status",
    "x",     "y",    "value", "key",    "topic", "target", "source", "mode"};

}  // namespace

std::string subject_of(const tool_request& q) { return shown(q.arguments[q.subject]); }

std::string said(const tool_request& q) {
    return q.subject.empty() ? q.user : filled(q.user, subject_of(q));
}

tool_request invented_tool_request(random& r) {
    tool_request q;
    const std::string verb(r.pick(verbs)),
        noun = r.chance(0.8) ? std::string(r.pick(nouns)) : word(r);
    const int style = r.below(10);
    q.name = style < 6   ? verb + "_" + noun
             : style < 7 ? verb + capital(noun)
             : style < 8 ? noun + "_" + verb
             : style < 9 ? word(r) + "_" + word(r)
                         : word(r);
    std::vector<argument> arguments;
    for (int n = r.below(10) < 1 ? 0 : r.between(1, 3); n > 0; --n) {
        std::string name = r.chance(0.75) ? std::string(r.pick(parameters)) : word(r);
        if (r.chance(0.1)) name = noun + "_" + name;
        bool fresh = true;
        for (const auto& a : arguments) fresh = fresh && a.name != name;
        if (!fresh) continue;
        argument a{name, "string",
                   typed_value(r, r.chance(0.3)   ? 'p'
                                  : r.chance(0.3) ? 't'
                                                  : 'w'),
                   nullptr};
        if (r.chance(0.35))
            a.type = r.chance(0.5) ? "integer" : "number", a.value = typed_value(r, 'n');
        if (r.chance(0.06)) a.type = "boolean", a.value = r.chance(0.5);
        arguments.push_back(std::move(a));
    }
    std::string list;
    static constexpr std::string_view links[] = {" ", " = ", " is ", ": ", " "};
    const std::string link(r.pick(links));
    for (std::size_t i = 0; i < arguments.size(); ++i)
        list += (i == 0                      ? ""
                 : i + 1 == arguments.size() ? " and "
                                             : ", ") +
                arguments[i].name + link + shown(arguments[i].value);
    const bool named = style >= 8 || r.chance(0.35);
    static constexpr std::string_view by_name[] = {
        "Call {x}", "Use the tool {x}",      "Use {x}",   "Please call {x}",
        "Run {x}",  "Call the function {x}", "Invoke {x}"};
    static constexpr std::string_view by_words[] = {
        "{X} the {y}",         "{X} a {y}",           "Please {x} the {y}", "{X} {y}",
        "I want to {x} a {y}", "Can you {x} the {y}", "{X} my {y}"};
    q.user = named ? filled(r.pick(by_name), q.name) : filled(r.pick(by_words), verb, noun);
    if (!list.empty()) q.user += (r.chance(0.7) ? " with " : r.chance(0.5) ? ": " : ", ") + list;
    q.user += ".";
    q.kind = q.name;
    if (r.chance(0.5)) shuffle(arguments, r);
    q.tool = make_tool(
        q.name, r.chance(0.7) ? capital(verb) + " a " + noun + "." : capital(verb) + " the " + noun,
        arguments);
    q.arguments = arguments_of(arguments);
    q.thought = "The tool " + q.name + " does this.";
    const std::string found = r.chance(0.5) ? std::to_string(r.below(2000)) : word(r);
    const int result = r.below(4);
    if (result == 0)
        q.result = r.chance(0.5) ? "ok" : spaced({{"status", "ok"}}), q.answer = "Done.";
    if (result == 1) q.result = found, q.answer = "The result is " + found + ".";
    if (result == 2)
        q.result = spaced({{"result", found}}), q.answer = "The result is " + found + ".";
    if (result == 3) {
        const std::string key(r.pick(parameters));
        q.result = spaced({{key, found}});
        q.answer = "The " + key + " is " + found + ".";
    }
    return q;
}

tool_request any_tool_request(random& r, bool unseen) {
    const int kind = r.below(20);
    if (kind < 5) return weather(r, unseen);
    if (kind < 7) return clock(r, unseen);
    if (kind < 9) return calculator(r, unseen);
    if (kind < 13 || unseen) return household(r, unseen);
    return invented_tool_request(r);
}

}  // namespace tessera::engine::world
