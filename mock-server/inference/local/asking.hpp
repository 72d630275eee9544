#pragma once
// An engine asked by a thread that waits for its answers.
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "serve/engine.hpp"

namespace tessera::server {

struct asked_answer {
    std::vector<int> tokens{};  // without that of the end
    std::string text{};
    bool ended = false;  // by the model, not by a limit
};

/// Answers to all, in their order. Throws std::runtime_error where one fails, and training_stopped
/// when a stop is asked for and all have been cancelled.
std::vector<asked_answer> ask(engine::engine& of, std::vector<engine::generation_request> requests,
                              const std::stop_token& stop);

/// What a reading of its inputs gives, a few at a time; throws the same.
std::vector<std::vector<float>> ask(engine::engine& of, engine::reading_request request,
                                    const std::stop_token& stop);

}  // namespace tessera::server
