// What deployments answer, and the engine that several of them run on.
// usage: EMISSARY_API_KEY=... example-emissary-answers BASE_URL
#include <chrono>
#include <cstdlib>
#include <iostream>

#include <tessera/emissary.hpp>
#include <tessera/emissary/errors.hpp>

namespace emissary = tessera::emissary;
using namespace std::chrono_literals;

int main(int argc, char** argv) try {
    const char* key = std::getenv("EMISSARY_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: EMISSARY_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    const emissary::client client{{.api_key = key, .base_url = argv[1]}};
    // [chat]
    const emissary::chat_request chat{
        .model = "deployment-1",  // or a base model that has support_serverless
        .messages = {emissary::system("Be brief."),
                     emissary::user("What is the capital of France?")},
        .max_tokens = 64};
    for (const auto& chunk : client.chat.completions.stream(chat))
        std::cout << chunk.text() << std::flush;
    // [/chat]
    std::cout << '\n';
    // [completion]
    const auto text = client.completions.create({.model = "deployment-1",
                                                 .prompt = "The capital of France is",
                                                 .max_completion_tokens = 5,
                                                 .top_k = 1});
    std::cout << text.text() << '\n';
    // [/completion]
    // [embeddings]
    const auto pair = client.embeddings.create({.model = "deployment-2",
                                                .input = "A cat sleeps.",
                                                .target = "A kitten naps.",
                                                .euclidean = true});
    std::cout << pair.vectors.input_embedding.size() << " values, cosine "
              << pair.vectors.cosine_score.value_or(0) << ", distance "
              << pair.vectors.euclidean_distance.value_or(0) << '\n';
    // [/embeddings]
    // [engine]
    const emissary::scheduled office_hours{
        .management_config =
            emissary::schedule{.timezone = "Europe/Vienna",
                               .start_time = 8h,
                               .end_time = 18h + 30min,
                               .days = {{emissary::weekday::monday, emissary::weekday::tuesday}}}};
    const auto engine = client.engines.create(
        {.base_model = "Llama-3.2-1B-Instruct", .resource_management_config = office_hours});
    client.engines.wait(engine.id);
    const auto on_it = client.engines.deploy(
        engine.id, {.project_id = "ms-12345", .training_id = "tr-12345", .checkpoint = 3});
    std::cout << on_it.name << " is " << on_it.status.text() << '\n';
    // [/engine]
    // [errors]
    const auto failed = client.models.try_retrieve("absent");
    if (!failed) std::cout << failed.error().code << ": " << failed.error().message << '\n';
    // [/errors]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
