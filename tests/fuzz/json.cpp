#include "tessera/json/parse.hpp"

#include <algorithm>
#include <cstddef>

#include "fuzz.hpp"
#include "tessera/json/partial.hpp"

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
    const std::size_t cut = input.empty() ? 0 : static_cast<unsigned char>(input[0]) % input.size();
    json::partial_reader pieces;
    (void)pieces.feed(input.substr(0, cut));
    (void)pieces.feed(input.substr(cut));
    const bool whole = pieces.finish().has_value();
    check(whole == parsed.has_value() || input.starts_with("\xef\xbb\xbf"),
          "pieces are read like the whole");
    check(!whole || pieces.so_far() == *parsed, "pieces make the same value");
    if (!parsed) return;
    const result<json::value> again = json::parse(parsed->dump());
    check(again && *again == *parsed, "a value survives its text");
}
