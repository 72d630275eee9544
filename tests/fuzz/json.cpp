#include "tessera/json/parse.hpp"

#include <algorithm>

#include "fuzz.hpp"

void tessera::fuzz::one_input(std::string_view input) {
    const result<json::value> parsed = json::parse(input);
    const bool accepted = json::value::accept(input);
    const auto opened =
        std::count_if(input.begin(), input.end(), [](char c) { return c == '[' || c == '{'; });
    check(!parsed || accepted, "nothing but JSON is parsed");
    // nlohmann's lexer takes a NUL for the end of the text.
    const bool judged = opened <= 128 && input.find('\0') == input.npos;
    check(parsed || !accepted || !judged, "JSON of modest depth is parsed");
    const result<json::value> shallow = json::parse(input, {.depth = 3});
    check(!shallow || parsed, "a lower limit accepts no more");
    if (!parsed) return;
    const result<json::value> again = json::parse(parsed->dump());
    check(again && *again == *parsed, "a value survives its text");
}
