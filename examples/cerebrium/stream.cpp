// The vendor's own example of a streamed chat: every chunk in a line, as it comes.
// usage: CEREBRIUM_API_KEY=... example-cerebrium-stream BASE_URL
#include <cstdlib>
#include <iostream>
#include <tessera/cerebrium.hpp>

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRIUM_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CEREBRIUM_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    // [chat]
    const tessera::cerebrium::client client{{.api_key = key, .base_url = argv[1]}};
    const auto function = client.function("p-tessera", "1-openai-compatible-endpoint", "run");
    const tessera::openai::chat_request request{
        .model = "meta-llama/Meta-Llama-3.1-8B-Instruct",
        .messages = {
            tessera::user("What is a mistral?"),
            tessera::assistant(
                "A mistral is a type of cold, dry wind that blows across the southern slopes of "
                "the Alps from the Valais region of Switzerland into the Ligurian Sea near Genoa. "
                "It is known for its strong and steady gusts, sometimes reaching up to 60 miles "
                "per hour."),
            tessera::user("How does the mistral wind form?")}};
    for (const auto& chunk : function.chat.completions.stream(request))
        std::cout << tessera::json::encode(chunk) << std::endl;  // chunk.text() is what is new
    // [/chat]
    std::cout << "Finished receiving chunks.\n";
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
