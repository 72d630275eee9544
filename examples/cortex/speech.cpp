// A recording as text, word by word.
// usage: CORTEX_API_KEY=... example-cortex-speech BASE_URL FILE
#include <cstdlib>
#include <iostream>

#include <tessera/cortex.hpp>

namespace openai = tessera::openai;

int main(int argc, char** argv) try {
    const char* key = std::getenv("CORTEX_API_KEY");
    if (argc != 3 || !key) {
        std::cerr << "usage: CORTEX_API_KEY=... " << argv[0] << " BASE_URL FILE\n";
        return 2;
    }
    const tessera::cortex::client client{{.api_key = key, .base_url = argv[1]}};
    // [speech]
    openai::transcription_request request{
        .model = "whisper-1", .file = tessera::file::at(argv[2])};  // read as it is sent
    for (const auto& event : client.audio.transcriptions.stream(request))
        std::cout << openai::text_of(event) << std::flush;
    std::cout << '\n';

    request.response_format = openai::transcription_format::verbose_json;
    request.timestamp_granularities = {openai::timestamp_granularity::word};
    const auto answer = client.audio.transcriptions.create(request);
    if (const auto* told = std::get_if<openai::verbose_transcription>(&answer); told && told->words)
        for (const auto& each : *told->words)
            std::cout << each.start << " s: " << each.word << '\n';
    // [/speech]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
