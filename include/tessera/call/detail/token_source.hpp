#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "tessera/core/credential.hpp"

namespace tessera::call::detail {

// The credential of a channel as its calls use it. A token that a server refused is replaced once,
// however many calls it was refused to. Thread-safe; what is under way keeps it alive.
class token_source : public std::enable_shared_from_this<token_source> {
  public:
    struct token {
        secret text{};
        std::uint64_t version = 0;
    };
    using receiver = std::function<void(result<token>)>;

    explicit token_source(credential from) : from_(std::move(from)) {}

    bool is_fixed() const { return from_.is_fixed(); }
    const secret& fixed() const { return from_.fixed(); }

    // Hands the provider's token to `done`, at once or later, from any thread. `refused`: the
    // version that a server would not take; 0: none.
    template <class Lazy = void>
    void ask(std::uint64_t refused, receiver done) {
        {
            std::unique_lock lock(mutex_);
            if (refreshing_) return waiting_.push_back(std::move(done));
            if (refused != 0 && refused != newest_.version) {
                const token newer = newest_;
                lock.unlock();
                return done(newer);
            }
            refreshing_ = refused != 0;
        }
        const bool fresh = refused != 0;
        const auto given = [self = shared_from_this(), fresh,
                            done = std::move(done)](result<secret> answer) {
            self->receive(fresh, done, std::move(answer));
        };
        try {
            from_.provider()(fresh, given);
        } catch (const std::exception& thrown) {
            given(error{error_kind::authentication,
                        std::string("the credential's provider failed: ") + thrown.what()});
        }
    }

  private:
    template <class Answer>
    void receive(bool fresh, const receiver& done, Answer answer) {
        std::vector<receiver> waiting;
        std::optional<result<token>> handed;
        {
            const std::lock_guard lock(mutex_);
            if (fresh) {
                refreshing_ = false;
                waiting.swap(waiting_);
            }
            if (!answer) {
                handed.emplace(std::move(answer.error()));
            } else {
                if (fresh || newest_.version == 0 || newest_.text.reveal() != answer->reveal())
                    newest_ = {*std::move(answer), newest_.version + 1};
                handed.emplace(newest_);
            }
        }
        done(*handed);
        for (const receiver& each : waiting) each(*handed);
    }

    const credential from_;
    std::mutex mutex_;
    token newest_;
    bool refreshing_ = false;
    std::vector<receiver> waiting_;
};

}  // namespace tessera::call::detail
