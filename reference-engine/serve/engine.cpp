#include "serve/engine.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>

#include "core/error.hpp"
#include "serve/batcher.hpp"

namespace tessera::engine {
namespace {

constexpr std::size_t most_stop_strings = 64;
constexpr std::size_t longest_stop_string = 4096;

void require(bool condition, const std::string& what) {
    if (!condition) throw engine_error(error_code::invalid_argument, what);
}

void check_tokens(const std::string& what, const std::vector<token_id>& tokens, int vocab_size) {
    for (const token_id token : tokens) {
        require(token >= 0 && token < vocab_size,
                what + " has token " + std::to_string(token) + ", which is outside the vocabulary");
    }
}

void check(const reading_request& request, const model_config& config, int longest) {
    const int vocab_size = config.vocab_size;
    require(!request.inputs.empty(), "there is no input");
    for (std::size_t i = 0; i < request.inputs.size(); ++i) {
        const auto& tokens = request.inputs[i];
        const auto name = "input " + std::to_string(i);
        require(!tokens.empty(), name + " has no token");
        check_tokens(name, tokens, vocab_size);
        if (tokens.size() > static_cast<std::size_t>(longest)) {
            throw engine_error(error_code::context_length,
                               name + " has " + std::to_string(tokens.size()) +
                                   " tokens; the context holds " + std::to_string(longest));
        }
    }
}

void check(const generation_request& request, const model_config& config, int longest) {
    const int vocab_size = config.vocab_size;
    require(!config.classifier,
            "the model classifies and does not generate: it is a " + config.architecture);
    require(!request.prompt.empty(), "the prompt has no token");
    check_tokens("the prompt", request.prompt, vocab_size);
    check_tokens("the prediction", request.predicted, vocab_size);
    require(request.predicted.size() <= static_cast<std::size_t>(longest),
            "the prediction has " + std::to_string(request.predicted.size()) +
                " tokens; the context holds " + std::to_string(longest));
    require(request.max_tokens >= -1, "max_tokens must be at least 0, or -1 for no limit");
    require(request.min_tokens >= 0, "min_tokens must be at least 0");
    require(request.stop.size() <= most_stop_strings, "there may be at most 64 stop strings");
    for (const auto& text : request.stop) {
        require(!text.empty() && text.size() <= longest_stop_string,
                "a stop string must have from 1 to 4096 bytes");
    }
    const std::size_t least = request.prompt.size() + (request.max_tokens == 0 ? 0 : 1);
    if (least > static_cast<std::size_t>(longest)) {
        throw engine_error(error_code::context_length,
                           "the prompt has " + std::to_string(request.prompt.size()) +
                               " tokens; the context holds " + std::to_string(longest) +
                               ", completion included");
    }
}

}  // namespace

// Whoever holds it computes by the adapter; the last to let go frees it.
class engine::attached {
  public:
    attached(std::shared_ptr<runner> by, int number) : runner_(std::move(by)), number_(number) {}
    ~attached() {
        runner_->detach(number_);
        freed.set_value();
    }
    attached(const attached&) = delete;
    attached& operator=(const attached&) = delete;

    std::promise<void> freed;

  private:
    std::shared_ptr<runner> runner_;
    int number_;
};

class engine::implementation {
  public:
    implementation(std::shared_ptr<runner> r, std::shared_ptr<const tokenizer> t, const options& o)
        : runner_(r),
          config_(r->config()),
          most_inputs_(std::max(1, o.max_sequences / 2)),
          capacity_(std::max(1, o.max_sequences) + std::max(0, o.queue_limit)),
          batcher_(std::move(r), std::move(t), o,
                   [this] {
                       // Not between the engine's look and its sleep.
                       const std::lock_guard lock(mutex_);
                       wake_.notify_one();
                   }),
          thread_([this] { run(); }) {}

    ~implementation() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            urgent_.store(true, std::memory_order_relaxed);
        }
        wake_.notify_one();
        thread_.join();
    }

    std::uint64_t submit(generation_request request,
                         std::shared_ptr<generation_listener> listener) {
        require(listener != nullptr, "there is no listener");
        check(request, config_, batcher_.longest());
        auto lease = lease_of(request.adapter);
        auto s =
            std::make_unique<sequence>(next_id_.fetch_add(1), std::move(request),
                                       std::move(listener), config_.vocab_size, batcher_.longest());
        s->lease = std::move(lease);
        return enqueue(std::move(s));
    }

    std::uint64_t submit(reading_request request, std::function<void(reading_result)> done) {
        require(static_cast<bool>(done), "there is nobody to tell the result");
        check(request, config_, batcher_.longest());
        auto lease = lease_of(request.adapter);
        require(!request.classify || runner_->labels(request.adapter) > 0,
                "the model has no head that classifies: it is a " + config_.architecture);
        // Numbers for all inputs: they stand in line where the request stands.
        const auto id = next_id_.fetch_add(request.inputs.size());
        const auto reads = std::make_shared<reading>(id, std::move(request), std::move(done),
                                                     most_inputs_, std::move(lease));
        return enqueue(next_input(reads));
    }

    int attach(const adapter_config& config, const tensor_source& tensors) {
        const int number = runner_->attach(config, tensors);
        auto made = std::make_shared<attached>(runner_, number);
        const std::lock_guard lock(mutex_);
        adapters_.emplace(number, std::move(made));
        return number;
    }

    std::future<void> detach(int adapter) {
        std::shared_ptr<attached> last;  // let go without the lock
        const std::lock_guard lock(mutex_);
        const auto place = adapters_.find(adapter);
        require(place != adapters_.end(), not_attached(adapter));
        last = std::move(place->second);
        adapters_.erase(place);
        return last->freed.get_future();
    }

    void cancel(std::uint64_t id) {
        {
            const std::lock_guard lock(mutex_);
            cancelled_.insert(id);
            urgent_.store(true, std::memory_order_relaxed);
        }
        wake_.notify_one();
    }

    load current() const {
        const std::lock_guard lock(mutex_);
        return {batcher_.active(), static_cast<int>(queue_.size()), batcher_.steps(),
                batcher_.computed_tokens()};
    }

    int labels(int adapter) const {
        const auto lease = lease_of(adapter);
        return runner_->labels(adapter);
    }

    int context_length() const { return batcher_.longest(); }

  private:
    static std::string not_attached(int adapter) {
        return "no adapter is attached by the number " + std::to_string(adapter);
    }

    std::shared_ptr<const void> lease_of(int adapter) const {
        if (adapter == 0) return nullptr;
        const std::lock_guard lock(mutex_);
        const auto place = adapters_.find(adapter);
        require(place != adapters_.end(), not_attached(adapter));
        return place->second;
    }

    // None when all inputs are sequences already.
    batcher::owned next_input(const std::shared_ptr<reading>& of) const {
        const auto place = of->next_input();
        if (!place) return nullptr;
        return std::make_unique<sequence>(of->id(), of, *place, config_.vocab_size,
                                          config_.hidden_size);
    }

    std::uint64_t enqueue(batcher::owned s) {
        const auto id = s->request_id();
        const auto order = s->order();
        {
            const std::lock_guard lock(mutex_);
            if (batcher_.active() + static_cast<int>(queue_.size()) >= capacity_) {
                throw engine_error(error_code::queue_full,
                                   "too many requests wait already; try again later");
            }
            queue_.emplace(order, std::move(s));
            arrived_ = true;
        }
        wake_.notify_one();
        return id;
    }

    void run() {
        const batcher::cancelled gone = [this](std::uint64_t id) {
            if (!urgent_.load(std::memory_order_relaxed)) return false;
            const std::lock_guard lock(mutex_);
            return stopping_ || cancelled_.contains(id);
        };
        while (wait_for_work()) {
            cancel_requested();
            busy_ = true;
            try {
                admit();
                busy_ = batcher_.running() > 0 && batcher_.step(gone);
            } catch (const engine_error& e) {
                batcher_.end_all(finish_reason::failed, e.what());
                if (e.code == error_code::device) batcher_.forget();
            } catch (const std::exception& e) {
                batcher_.end_all(finish_reason::failed, e.what());
            } catch (...) {
                batcher_.end_all(finish_reason::failed, "unknown exception");
            }
            put_back(batcher_.take_displaced());
        }
        batcher_.end_all(finish_reason::cancelled);
        for (auto& [order, s] : queue_) batcher::finish(*s, finish_reason::cancelled);
    }

    bool wait_for_work() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] {
            return stopping_ || busy_ || arrived_ || !cancelled_.empty() || batcher_.can_step();
        });
        return !stopping_;
    }

    void cancel_requested() {
        std::unordered_set<std::uint64_t> ids;
        std::vector<batcher::owned> waiting;
        {
            const std::lock_guard lock(mutex_);
            if (cancelled_.empty()) return;
            ids = std::exchange(cancelled_, {});
            urgent_.store(stopping_, std::memory_order_relaxed);
            for (auto place = queue_.begin(); place != queue_.end();) {
                if (ids.contains(place->second->request_id())) {
                    waiting.push_back(std::move(place->second));
                    place = queue_.erase(place);
                } else {
                    ++place;
                }
            }
        }
        for (auto& s : waiting) batcher::finish(*s, finish_reason::cancelled);
        for (const auto id : ids) batcher_.cancel(id);
    }

    void admit() {
        const std::lock_guard lock(mutex_);
        arrived_ = false;
        for (auto place = queue_.begin(); place != queue_.end() && batcher_.has_slot();) {
            const auto reads = place->second->reads;
            if (reads && reads->over()) {
                place = queue_.erase(place);
            } else if (reads && !reads->has_room()) {
                ++place;
            } else {
                if (!batcher_.admit(place->second)) break;
                place = queue_.erase(place);
                auto next = reads ? next_input(reads) : nullptr;
                if (!next) continue;
                const auto order = next->order();
                place = queue_.emplace_hint(place, order, std::move(next));
            }
        }
    }

    void put_back(std::vector<batcher::owned> displaced) {
        if (displaced.empty()) return;
        const std::lock_guard lock(mutex_);
        for (auto& s : displaced) {
            const auto order = s->order();
            queue_.emplace(order, std::move(s));
        }
    }

    const std::shared_ptr<runner> runner_;
    const model_config config_;
    const int most_inputs_;  // of one reading, at the same time
    const int capacity_;     // running and waiting together
    std::atomic<std::uint64_t> next_id_{1};

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    batcher::ordered queue_;
    std::unordered_set<std::uint64_t> cancelled_;
    std::map<int, std::shared_ptr<attached>> adapters_;
    bool arrived_ = false;  // a request that admit() has not seen
    bool stopping_ = false;
    std::atomic<bool> urgent_{false};  // a step under way may be in vain

    // Of the engine's thread.
    bool busy_ = false;  // the last step did something, so the next may
    batcher batcher_;
    std::thread thread_;
};

engine::engine(std::shared_ptr<const loaded_model> m, std::shared_ptr<const tokenizer> t, options o)
    : engine(m->start(runner_wants(o)), std::move(t), o) {}

engine::engine(std::unique_ptr<runner> r, std::shared_ptr<const tokenizer> t, options o)
    : implementation_(std::make_unique<implementation>(std::move(r), std::move(t), o)) {}

runner_options engine::runner_wants(const options& o) { return batcher::wanted(o); }

engine::~engine() = default;

std::uint64_t engine::submit(generation_request request,
                             std::shared_ptr<generation_listener> listener) {
    return implementation_->submit(std::move(request), std::move(listener));
}

std::uint64_t engine::submit(reading_request request, std::function<void(reading_result)> done) {
    return implementation_->submit(std::move(request), std::move(done));
}

int engine::attach(const adapter_config& config, const tensor_source& tensors) {
    return implementation_->attach(config, tensors);
}

std::future<void> engine::detach(int adapter) { return implementation_->detach(adapter); }

void engine::cancel(std::uint64_t id) { implementation_->cancel(id); }

engine::load engine::current() const { return implementation_->current(); }

int engine::labels(int adapter) const { return implementation_->labels(adapter); }

int engine::context_length() const { return implementation_->context_length(); }

}  // namespace tessera::engine
