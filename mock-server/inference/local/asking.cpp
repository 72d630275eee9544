#include "inference/local/asking.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/error.hpp"
#include "inference/training.hpp"

namespace tessera::server {
namespace {

// Under way at the same time: enough to fill a batch, and not the whole queue of a model that serves.
constexpr std::size_t most_requests = 16;
constexpr std::size_t most_inputs = 64;

template <class Result>
std::string reason_of(const Result& ended) {
    const bool cancelled = ended.reason == engine::finish_reason::cancelled;
    return cancelled ? "the model has ended" : ended.error;
}

// What is under way, for the thread that waits.
class group {
  public:
    void end(std::string why) {
        const std::lock_guard lock(mutex_);
        --running_;
        if (reason_.empty()) reason_ = std::move(why);
        changed_.notify_all();
    }

    // Submits one more when there are fewer than `most`.
    void add(engine::engine& to, std::size_t most, const std::stop_token& stop,
             const std::function<std::uint64_t()>& submit) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [&] { return running_ < most; });
        ++running_;
        lock.unlock();
        try {
            if (stop.stop_requested()) throw training_stopped();
            ids_.push_back(submitted(stop, submit));
        } catch (...) {
            end({});
            cancel(to);
            throw;
        }
    }

    void finish(engine::engine& of, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        const bool ended = changed_.wait(lock, stop, [&] { return running_ == 0; });
        lock.unlock();
        if (!ended) cancel(of);
        if (stop.stop_requested()) throw training_stopped();
        if (!reason_.empty()) throw std::runtime_error(reason_);
    }

  private:
    // Others may have filled the queue.
    static std::uint64_t submitted(const std::stop_token& stop,
                                   const std::function<std::uint64_t()>& submit) {
        constexpr auto pause = std::chrono::milliseconds(20);
        for (;;) try {
                return submit();
            } catch (const engine::engine_error& thrown) {
                if (thrown.code != engine::error_code::queue_full) throw;
                if (stop.stop_requested()) throw training_stopped();
                std::this_thread::sleep_for(pause);
            }
    }

    void cancel(engine::engine& of) {
        for (const std::uint64_t id : ids_) of.cancel(id);
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return running_ == 0; });
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::size_t running_ = 0;
    std::string reason_;
    std::vector<std::uint64_t> ids_;
};

class answer_listener : public engine::generation_listener {
  public:
    answer_listener(group& of, asked_answer& to) : group_(of), to_(to) {}
    void on_tokens(std::span<const engine::token_info> tokens, std::string_view text) override {
        for (const engine::token_info& each : tokens) to_.tokens.push_back(each.id);
        to_.text += text;
    }
    void on_finish(const engine::generation_result& result) override {
        to_.ended = result.reason == engine::finish_reason::stop;
        group_.end(reason_of(result));
    }

  private:
    group& group_;
    asked_answer& to_;
};

}  // namespace

std::vector<asked_answer> ask(engine::engine& of, std::vector<engine::generation_request> requests,
                              const std::stop_token& stop) {
    std::vector<asked_answer> answers(requests.size());
    group all;
    for (std::size_t i = 0; i < requests.size(); ++i)
        all.add(of, most_requests, stop, [&] {
            return of.submit(requests[i], std::make_shared<answer_listener>(all, answers[i]));
        });
    all.finish(of, stop);
    return answers;
}

std::vector<std::vector<float>> ask(engine::engine& of, engine::reading_request request,
                                    const std::stop_token& stop) {
    std::vector<std::vector<float>> all;
    auto inputs = std::exchange(request.inputs, {});
    for (std::size_t i = 0; i < inputs.size(); i += most_inputs) {
        const std::size_t size = std::min(most_inputs, inputs.size() - i);
        engine::reading_request some = request;
        std::move(inputs.data() + i, inputs.data() + i + size, std::back_inserter(some.inputs));
        engine::reading_result read;
        group one;
        one.add(of, 1, stop, [&] {
            return of.submit(some, [&](engine::reading_result result) {
                read = std::move(result);
                one.end(reason_of(read));
            });
        });
        one.finish(of, stop);
        std::ranges::move(read.states, std::back_inserter(all));
    }
    return all;
}

}  // namespace tessera::server
