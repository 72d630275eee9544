// From a CSV file to a deployed classifier that answers, with the loss on the way.
// usage: EMISSARY_API_KEY=... example-emissary-classifier BASE_URL FILE.csv TEXT
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <tessera/emissary.hpp>

namespace emissary = tessera::emissary;
using namespace std::chrono_literals;

// [draw]
void draw(const emissary::training_job_detail& job) {
    const auto percent = std::clamp<std::int64_t>(job.progress.value_or(0), 0, 100);
    const std::string done(static_cast<std::size_t>(percent / 5), '#');
    std::cout << '\r' << '[' << done << std::string(20 - done.size(), '.') << "] " << percent
              << " %";
    if (job.training_loss && !job.training_loss->empty())
        std::cout << ", loss " << job.training_loss->back().loss;
    std::cout << std::flush;
}
// [/draw]

int main(int argc, char** argv) try {
    const char* key = std::getenv("EMISSARY_API_KEY");
    if (argc != 4 || !key) {
        std::cerr << "usage: EMISSARY_API_KEY=... " << argv[0] << " BASE_URL FILE.csv TEXT\n";
        return 2;
    }
    // [upload]
    const emissary::client client{{.api_key = key, .base_url = argv[1]}};
    const auto project = client.projects.create();
    const auto dataset = client.datasets.upload(project.id, {.file = tessera::file::at(argv[2])});
    // [/upload]
    // [train]
    const auto job = client.training_jobs.create(
        project.id,
        {.base_model = "Llama-3.2-1B-Instruct",
         .train_dataset_id = dataset.id,
         .train_test_split_ratio = 20,
         .task_type = emissary::task_type::classification,
         .parameters = emissary::sft_parameters{.learning_rate = 0.0002, .num_train_epochs = 3}});
    // [/train]
    // [watch]
    bool is_trained = false;
    for (const auto& update : client.training_jobs.watch(project.id, job.id)) {
        draw(update);
        is_trained = update.status == emissary::training_status::success;
    }
    // [/watch]
    std::cout << '\n';
    if (!is_trained) {
        std::cerr << "the training did not succeed\n";
        return 1;
    }
    // [deploy]
    const auto checkpoints = client.training_jobs.checkpoints(project.id, job.id);
    const auto begun = client.deployments.create(
        project.id, {.training_job_id = job.id,
                     .checkpoint = checkpoints.at(checkpoints.size() - 1).checkpoint,
                     .inactive_timeout = 30min});
    const auto deployed =
        client.deployments.wait(project.id, begun.id, {.timeout = {.total = 20min}});
    if (deployed.status != emissary::deployment_status::deployed) {
        std::cerr << "the deployment is " << deployed.status.text() << '\n';
        return 1;
    }
    // [/deploy]
    // [classify]
    const auto scored = client.classification.create(
        {.model = deployed.name, .input = argv[3], .data_format = emissary::score_format::probs});
    if (const auto best = scored.best()) std::cout << best->first << ", " << best->second << '\n';
    // [/classify]
    client.projects.remove(project.id);
} catch (const tessera::exception& error) {
    std::cerr << '\n' << error.what() << '\n';
    return 1;
}
