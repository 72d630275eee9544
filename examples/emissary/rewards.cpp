// Fine-tuning by rewards, awaited; and what it leaves.
// usage: EMISSARY_API_KEY=... example-emissary-rewards BASE_URL
#include <cstdlib>
#include <iostream>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <tessera/emissary.hpp>

namespace emissary = tessera::emissary;

// [updates]
asio::awaitable<void> follow(const emissary::client& client, std::string project, std::string job) {
    auto updates = co_await client.training_jobs.async_watch(project, job, asio::use_awaitable);
    while (const auto update = co_await updates.async_next(asio::use_awaitable))
        std::cout << update->status.text() << ", " << update->progress.value_or(0) << " %\n";
}
// [/updates]

// [grpo]
asio::awaitable<std::string> train(const emissary::client& client, std::string project) {
    const emissary::dataset_upload rows{
        .file = tessera::file::of("{\"prompt\":\"2+2=\",\"completion\":\"4\"}\n", "rows.jsonl")};
    const auto dataset = co_await client.datasets.async_upload(project, rows, asio::use_awaitable);
    const emissary::grpo_request request{
        .base_model = "Llama-3.2-1B-Instruct",
        .train_dataset_id = dataset.id,
        .test_functions = {"contains_expected_shared", "length_ratio_shared"},
        .reward = {{"contains_expected_shared", 0.8}, {"length_ratio_shared", 0.2}},
        .parameters = emissary::grpo_parameters{.num_generations = 4}};
    const auto job =
        co_await client.training_jobs.async_create_grpo(project, request, asio::use_awaitable);
    co_await follow(client, project, job.id);
    const auto trained =
        co_await client.training_jobs.async_wait(project, job.id, asio::use_awaitable);
    std::cout << trained.name << ": " << trained.status.text() << '\n';
    co_return job.id;
}
// [/grpo]

int main(int argc, char** argv) try {
    const char* key = std::getenv("EMISSARY_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: EMISSARY_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    asio::io_context io;
    const emissary::client client{io.get_executor(), {.api_key = key, .base_url = argv[1]}};
    const std::string project = client.projects.create().id;
    auto trained = asio::co_spawn(io, train(client, project), asio::use_future);
    io.run();
    const auto job = client.training_jobs.retrieve(project, trained.get());
    // [download]
    if (job.train_dataset)
        client.datasets.download(project, job.train_dataset->id,
                                 {.into = tessera::sink::to_file("rows.jsonl")});
    for (const auto& each : client.training_jobs.checkpoints(project, job.id)) {
        if (!each.test_results || !each.test_results->general_test_result) continue;
        const std::string rows = client.files.download(*each.test_results->general_test_result);
        std::cout << "checkpoint " << each.checkpoint << ": " << rows;
    }
    // [/download]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
