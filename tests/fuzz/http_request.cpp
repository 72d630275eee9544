#include "http_transcript.hpp"

void tessera::fuzz::one_input(std::string_view input) {
    for (const http::reader_limits& limits : {http::reader_limits{}, tight})
        same_at_splits(input, [&](const pieces& stream) {
            return transcript(http::request_reader(limits), http::request_reader(), stream);
        });
}
