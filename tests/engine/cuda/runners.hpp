#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "engine/cuda/device_under_test.hpp"
#include "run/backend.hpp"
#include "run/cuda/cuda_backend.hpp"
#include "support/random_model.hpp"

// Models on the processors and on a GPU that the processors stand for.
namespace tessera::engine::cuda_test {

inline const backend& gpu() {
    static const auto made = cuda::make_backend(cuda::device_under_test());
    return *made;
}

/// A model with heads of 16 numbers; small enough for kernels that a processor computes.
inline nlohmann::json small_config() {
    auto config = testing::tiny_config();
    config["max_position_embeddings"] = 512;
    return config;
}

struct folder_of_model {
    testing::temporary_folder folder{"tessera-cuda"};

    explicit folder_of_model(const nlohmann::json& config = small_config(),
                             dtype type = dtype::f32) {
        testing::write_random_model(folder.path(), config, type);
    }
    std::shared_ptr<const loaded_model> on(const backend& device,
                                           weight_precision precision = {}) const {
        return load_model(folder.path(), {precision, 1}, device);
    }
};

inline nlohmann::json lora(int rank, std::vector<std::string> targets) {
    return {
        {"peft_type", "LORA"}, {"r", rank}, {"lora_alpha", 2 * rank}, {"target_modules", targets}};
}
/// Of other numbers for another salt.
inline int attach_random_adapter(const folder_of_model& of, runner& to,
                                 const nlohmann::json& adapter, const std::string& salt) {
    const auto path = of.folder.path() / ("adapter-" + salt);
    testing::write_random_adapter(path, small_config(), adapter, dtype::f32, salt);
    const auto files = adapter_files::open(path);
    return to.attach(files.config(), files);
}

inline runner_options few_slots(kv_precision cached = kv_precision::f32) {
    return {.sequences = 8, .tokens = 48, .kv_tokens = 1024, .cached = cached, .slots = 64};
}

inline std::vector<token_id> text_of(int length, int salt) {
    std::vector<token_id> tokens;
    for (int i = 0; i < length; ++i) {
        const auto drawn =
            uniform_draw(static_cast<std::uint64_t>(salt), static_cast<std::uint64_t>(i));
        tokens.push_back(static_cast<token_id>(drawn * 256));
    }
    return tokens;
}

/// A sequence that a test feeds to a runner itself.
class fed_sequence {
  public:
    fed_sequence(std::vector<token_id> tokens, int first_block, int slot, int adapter = 0)
        : tokens_(std::move(tokens)), blocks_(64), slot_(slot), adapter_(adapter) {
        std::iota(blocks_.begin(), blocks_.end(), first_block);
    }
    /// The next tokens; the state of the last goes to the slot.
    sequence_part next(int count) {
        const auto at = static_cast<std::size_t>(done_);
        const sequence_part part{
            .tokens = std::span(tokens_).subspan(at, static_cast<std::size_t>(count)),
            .position = done_,
            .blocks = blocks_,
            .slots = {&slot_, 1},
            .adapter = adapter_};
        done_ += count;
        return part;
    }
    sequence_part rest() { return next(static_cast<int>(tokens_.size()) - done_); }
    void push(token_id token) { tokens_.push_back(token); }
    int slot() const { return slot_; }

  private:
    std::vector<token_id> tokens_;
    std::vector<int> blocks_;
    int slot_;
    int adapter_;
    int done_ = 0;
};

inline std::vector<float> state_of(runner& by, int slot) {
    std::vector<float> state(static_cast<std::size_t>(by.config().hidden_size));
    by.states({&slot, 1}, state);
    return state;
}

inline void expect_near(const std::vector<float>& a, const std::vector<float>& b, float tolerance) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], tolerance) << i;
}

inline token_outcome drawn(runner& by, const draw_request& request) {
    token_outcome outcome;
    by.draw({&request, 1}, {&outcome, 1}, {});
    return outcome;
}

/// The likeliest continuation.
inline std::vector<token_id> greedy(runner& by, fed_sequence sequence, int count) {
    std::vector<token_id> made;
    by.compute(std::vector{sequence.rest()}, {});
    while (static_cast<int>(made.size()) < count) {
        const auto outcome = drawn(by, {.slot = sequence.slot(), .rules = {.temperature = 0}});
        if (outcome.failure) std::rethrow_exception(outcome.failure);
        made.push_back(outcome.info.id);
        sequence.push(outcome.info.id);
        if (static_cast<int>(made.size()) < count) by.compute(std::vector{sequence.rest()}, {});
    }
    return made;
}

}  // namespace tessera::engine::cuda_test
