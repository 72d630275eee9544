#include "http_transcript.hpp"

void tessera::fuzz::one_input(std::string_view input) {
    for (const std::string_view method : {"GET", "HEAD", "CONNECT"})
        for (const http::reader_limits& limits : {http::reader_limits{}, tight})
            same_at_splits(input, [&](const pieces& stream) {
                http::response_reader reader(limits), fresh;
                reader.expect(method);
                fresh.expect(method);
                return transcript(reader, fresh, stream);
            });
}
