// Functions: called, streamed, left to run, and asked in OpenAI's form.
// usage: CEREBRIUM_API_KEY=... example-cerebrium-functions BASE_URL
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <tessera/cerebrium.hpp>

namespace json = tessera::json;

// [types]
struct pace {
    double seconds = 1;
    int steps = 1;
};
constexpr auto describe(json::type<pace>) {
    return json::object<pace>("Pace", json::field("seconds", &pace::seconds),
                              json::field("steps", &pace::steps));
}

struct step {
    int step = 0;
};
constexpr auto describe(json::type<step>) {
    return json::object<step>("Step", json::field("step", &step::step));
}
// [/types]

int main(int argc, char** argv) try {
    if (argc != 2 || !std::getenv("CEREBRIUM_API_KEY")) {
        std::cerr << "usage: CEREBRIUM_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    const std::string key = std::getenv("CEREBRIUM_API_KEY");
    // [client]
    const tessera::cerebrium::client client{{.api_key = key, .base_url = argv[1]}};
    // [/client]

    // [run]
    const auto answer =
        client.run("p-tessera", "hello", "predict", {{"prompt", "What is the capital of France?"}});
    std::cout << answer.result << ", run " << answer.run_id << '\n';
    // [/run]

    // [function]
    const auto hello = client.function("p-tessera", "hello", "predict");
    const json::value question{{"prompt", "What is the capital of Norway?"}};
    std::cout << hello.run<std::string>(question).result << '\n';
    // [/function]

    // [stream]
    for (const auto& event : hello.stream(question)) std::cout << event.data << std::flush;
    std::cout << '\n';
    const auto slow = client.function("p-tessera", "slow", "run");
    for (const step& each : slow.stream<step>(pace{.seconds = 0.01, .steps = 3}))
        std::cout << "step " << each.step << '\n';
    // [/stream]

    // [async]
    const auto accepted = hello.run_async(question);
    std::cout << "run " << accepted.run_id << " goes on without us\n";
    // [/async]

    // [errors]
    const auto failed = client.try_run("p-tessera", "failing", "run");
    if (!failed) {
        const auto run = tessera::body_as<tessera::cerebrium::failed_run>(failed.error());
        std::cout << failed.error().message << ", run " << (run ? run->run_id : "unknown") << '\n';
    }
    // [/errors]

    // [token]
    const auto claims = tessera::cerebrium::read_token(key).value();
    const auto ends = claims.expires_at();
    if (ends && *ends < std::chrono::system_clock::now() + std::chrono::hours(24))
        std::cout << "the key of " << claims.project_id.value_or("?") << " ends within a day\n";
    // [/token]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
