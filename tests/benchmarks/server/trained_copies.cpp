// The memory of fully trained copies of the bundled model that serve side by side, each with a cache
// that is full.
//   bench-trained_copies FOLDER [COPIES]
// FOLDER is the bundled model's. Prints what is resident with the model alone, with its copies, and
// when all have read texts until nothing more fits into their caches.
#include <unistd.h>

#include <asio/io_context.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "chat/waited_run.hpp"
#include "inference/local/local_model.hpp"

namespace {

using namespace tessera::server;

double resident_mib() {
    std::ifstream file("/proc/self/statm");
    double pages = 0;
    file >> pages >> pages;
    return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: see the head of the source\n";
        return 1;
    }
    const int copies = argc > 2 ? std::stoi(argv[2]) : 20;
    asio::io_context context;
    const auto guard = asio::make_work_guard(context);
    std::thread serves([&] { context.run(); });
    {
        const options settings;
        const local_model base(argv[1], settings, make_compute_budget(settings));
        std::cout << "alone: " << resident_mib() << " MiB\n";
        const auto start = std::chrono::steady_clock::now();
        std::vector<std::unique_ptr<model>> all;
        for (int i = 0; i < copies; ++i) all.push_back(base.trained({.folder = argv[1]}));
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
        std::cout << "with " << copies << " copies: " << resident_mib() << " MiB, loaded in "
                  << time.count() / copies << " s each\n";
        for (int round = 0; round < 3; ++round) {
            for (const auto& each : all) {
                std::vector<int> prompt;
                for (int k = 0; k < 1900; ++k) prompt.push_back((k * 37 + round * 997) % 1500);
                waited_run said(*each, text_task{.prompts = {prompt}, .how = {.max_tokens = 8}},
                                context.get_executor());
                while (const auto step = said.next({})) {
                    if (step->refused) std::cerr << step->refused->message << '\n';
                    if (step->refused || step->used) break;
                }
            }
        }
        std::cout << "that have read: " << resident_mib() << " MiB\n";
    }
    context.stop();
    serves.join();
}
