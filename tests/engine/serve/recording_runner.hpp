#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "run/runner.hpp"

namespace tessera::engine::serve_test {

// What a scheduler asked for in one step.
struct recorded_part {
    std::vector<token_id> tokens;
    int position = 0;
    std::vector<int> blocks;
    std::vector<int> slots;
    int adapter = 0;
};

// How a runner behaves, and what it was asked for. Read it when the engine is gone.
struct recording {
    using text = std::vector<token_id>;

    // The token that follows a text. Called on the engine's thread, as all of this.
    std::function<token_id(const text&)> next = [](const text& t) {
        return static_cast<token_id>(t.size() % 200);
    };
    // Called at the beginning of a step, and for each of its layers.
    std::function<void(const std::vector<recorded_part>&)> begins = [](const auto&) {};
    std::function<void(int layer)> layer = [](int) {};

    std::vector<std::vector<recorded_part>> steps;  // those interrupted included
    std::vector<std::vector<int>> draws;            // slots
    std::vector<std::vector<int>> foreseen;         // slots
    int attached = 0;
    std::vector<int> detached;
    int layers = 0;  // computed, in all steps
};

// A runner that computes nothing. It remembers what its cache and its slots would hold, namely the
// tokens up to a position, and fails the test where a scheduler reads what nobody has written.
class recording_runner : public runner {
  public:
    using text = recording::text;

    recording_runner(recording& log, model_config config, int blocks, int slots)
        : log_(log),
          config_(std::move(config)),
          cache_(static_cast<std::size_t>(blocks)),
          slots_(static_cast<std::size_t>(slots)) {}

    const model_config& config() const override { return config_; }
    int blocks() const override { return static_cast<int>(cache_.size()); }

    int attach(const adapter_config&, const tensor_source&) override { return ++log_.attached; }
    void detach(int adapter) override { log_.detached.push_back(adapter); }

    bool compute(std::span<const sequence_part> parts, const interrupt& stop) override {
        auto& step = log_.steps.emplace_back();
        std::set<int> written;
        for (const auto& part : parts) {
            step.push_back({{part.tokens.begin(), part.tokens.end()},
                            part.position,
                            {part.blocks.begin(), part.blocks.end()},
                            {part.slots.begin(), part.slots.end()},
                            part.adapter});
            for (const int slot : part.slots) EXPECT_TRUE(written.insert(slot).second) << slot;
        }
        log_.begins(step);
        for (int i = 0; i < config_.layers; ++i) {
            if (stop && stop(1 - static_cast<double>(i) / config_.layers)) return false;
            log_.layer(i);
            ++log_.layers;
        }
        for (const auto& part : step) write(part);
        return true;
    }

    void draw(std::span<const draw_request> requests, std::span<token_outcome> outcomes,
              std::span<const int> later) override {
        auto& drawn = log_.draws.emplace_back();
        for (const auto& request : requests) drawn.push_back(request.slot);
        log_.foreseen.emplace_back(later.begin(), later.end());
        for (const int slot : later) EXPECT_FALSE(at(slot).empty()) << "an empty slot";
        for (std::size_t i = 0; i < requests.size(); ++i) {
            const auto& rules = requests[i].rules;
            auto token = log_.next(at(requests[i].slot));
            const auto open = [&](token_id t) {
                return rules.allowed.empty() ||
                       (rules.allowed[static_cast<std::size_t>(t) / 64] >> t % 64 & 1) != 0;
            };
            while (!open(token)) token = (token + 1) % config_.vocab_size;
            outcomes[i].info.id = token;
        }
    }

    void describe(std::span<const describe_request> requests,
                  std::span<token_outcome> outcomes) override {
        for (std::size_t i = 0; i < requests.size(); ++i) {
            outcomes[i].info = {
                requests[i].token, -static_cast<float>(at(requests[i].slot).size()), {}};
        }
    }

    // A state has the length of its text, again and again.
    void states(std::span<const int> slots, std::span<float> to) override {
        const auto width = static_cast<std::size_t>(config_.hidden_size);
        for (std::size_t i = 0; i < slots.size(); ++i) {
            std::fill_n(to.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                        static_cast<float>(at(slots[i]).size()));
        }
    }

    int labels(int) const override {
        return config_.classifier ? static_cast<int>(config_.classifier->labels.size()) : 0;
    }
    // As long as its text, times the label's number.
    void classify(int slot, std::span<float> to) override {
        for (std::size_t i = 0; i < to.size(); ++i) {
            to[i] = static_cast<float>(at(slot).size() * i);
        }
    }

    const text& at(int slot) const { return slots_.at(static_cast<std::size_t>(slot)); }

  private:
    void write(const recorded_part& part) {
        text known;
        const auto size = static_cast<std::size_t>(block_positions);
        const auto first = static_cast<std::size_t>(part.position);
        ASSERT_LE(first + part.tokens.size(), part.blocks.size() * size) << "too few blocks";
        for (std::size_t i = 0; i < first; ++i) {
            const auto& block = cache_.at(static_cast<std::size_t>(part.blocks[i / size]));
            ASSERT_LT(i % size, block.size()) << "nothing was computed at position " << i;
            known.push_back(block[i % size]);
        }
        for (std::size_t i = 0; i < part.tokens.size(); ++i) {
            auto& block = cache_.at(static_cast<std::size_t>(part.blocks[(first + i) / size]));
            block.resize((first + i) % size);  // what was there is overwritten
            block.push_back(part.tokens[i]);
            known.push_back(part.tokens[i]);
            const auto left = part.tokens.size() - i;
            if (left <= part.slots.size()) {
                slots_.at(static_cast<std::size_t>(part.slots[part.slots.size() - left])) = known;
            }
        }
    }

    recording& log_;
    model_config config_;
    std::vector<text> cache_;  // [block]
    std::vector<text> slots_;
};

}  // namespace tessera::engine::serve_test
