#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decode/sampling.hpp"
#include "run/backend.hpp"
#include "serve/engine.hpp"
#include "support/random_model.hpp"
#include "text/tokenizer.hpp"

namespace tessera::engine::serve_test {

inline constexpr token_id end_token = 256;

struct fixture {
    testing::temporary_folder folder{"tessera-engine"};
    std::shared_ptr<const loaded_model> weights;
    std::shared_ptr<const tokenizer> text;

    fixture() {
        testing::write_random_model(folder.path());
        weights = load_model(folder.path(), {weight_precision::as_stored, 1});
        text = std::make_shared<tokenizer>(tokenizer::load(folder.path()));
    }
};

inline const fixture& shared() {
    static const fixture f;
    return f;
}

// Everything one request reported.
class recorder : public generation_listener {
  public:
    std::function<void()> hook;  // called with the first tokens

    void on_prompt(std::span<const token_info> infos) override {
        const std::lock_guard lock(mutex_);
        prompt.assign(infos.begin(), infos.end());
    }
    void on_tokens(std::span<const token_info> infos, std::string_view more) override {
        {
            const std::lock_guard lock(mutex_);
            EXPECT_FALSE(result_) << "tokens after the end";
            tokens.insert(tokens.end(), infos.begin(), infos.end());
            text += more;
            changed_.notify_all();
        }
        if (auto call = std::exchange(hook, {})) call();
    }
    void on_finish(const generation_result& r) override {
        const std::lock_guard lock(mutex_);
        EXPECT_FALSE(result_) << "finished twice";
        result_ = r;
        changed_.notify_all();
    }

    generation_result wait() {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(
            changed_.wait_for(lock, std::chrono::seconds(60), [&] { return result_.has_value(); }));
        return result_.value_or(generation_result{});
    }
    void wait_for_tokens(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60),
                                      [&] { return tokens.size() >= count || result_; }));
    }

    std::vector<token_info> prompt;
    std::vector<token_info> tokens;
    std::string text;

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<generation_result> result_;
};

inline bool same_bits(const std::vector<token_info>& a, const std::vector<token_info>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].id != b[i].id || std::memcmp(&a[i].logprob, &b[i].logprob, 4) != 0) return false;
        if (a[i].top != b[i].top) return false;
    }
    return true;
}

inline std::vector<token_id> prompt_of(int length, int salt) {
    std::vector<token_id> result;
    for (int i = 0; i < length; ++i) {
        result.push_back(static_cast<token_id>(
            uniform_draw(static_cast<std::uint64_t>(salt), static_cast<std::uint64_t>(i)) * 256));
    }
    return result;
}

inline generation_request request_of(int length, int salt, int max_tokens = 40) {
    generation_request r;
    r.prompt = prompt_of(length, salt);
    r.sampling.seed = static_cast<std::uint64_t>(salt);
    r.sampling.top_logprobs = 3;
    r.max_tokens = max_tokens;
    return r;
}

struct outcome {
    std::shared_ptr<recorder> heard;
    generation_result result;
};

inline outcome run(engine& e, generation_request r) {
    auto heard = std::make_shared<recorder>();
    e.submit(std::move(r), heard);
    auto result = heard->wait();
    return {heard, result};
}

inline engine::options few(int threads = 1) {
    engine::options o;
    o.threads = threads;
    o.kv_tokens = 8192;
    return o;
}

}  // namespace tessera::engine::serve_test
