#pragma once
// How operations become routes of this API.
#include <asio/post.hpp>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "emissary/service.hpp"
#include "web/api.hpp"

namespace tessera::server::emissary {

/// The parameters of a path, in its order.
using path_parameters = std::vector<std::string>;

namespace detail {

/// Runs `work` on a thread that may block, and answers on the I/O thread with what it returns, or
/// with what it throws.
template <class Work>
void answer_later(service& with, const exchange_ptr& asked, Work work) {
    with.workers.run([asked, work = std::move(work)]() mutable {
        std::function<void()> answer;
        try {
            if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
                work();
                answer = [asked] { succeed(*asked); };
            } else {
                answer = [asked, made = std::make_shared<std::invoke_result_t<Work&>>(work())] {
                    succeed(*asked, *made);
                };
            }
        } catch (const refused& thrown) {
            answer = [asked, reason = thrown.reason()] { asked->respond(reason); };
        } catch (const std::exception& thrown) {
            answer = [asked, reason = problem{.status = 500, .message = thrown.what()}] {
                asked->respond(reason);
            };
        }
        asio::post(asked->executor(),
                   [asked, answer = std::move(answer)] { guard(asked, answer); });
    });
}

}  // namespace detail

/// The routes of one part.
class route_list {
  public:
    explicit route_list(service& with) : with_(with) {}

    /// `handler(service&, const path_parameters&, parts of the request...)` runs on a thread that
    /// may block. What it returns is the answer; to refuse, it throws `refused`.
    template <class Operation, class Answer, class... Parts>
    void add(const Operation& operation,
             Answer (*handler)(service&, const path_parameters&, Parts...)) {
        made_.push_back(
            make_route(operation, [&with = with_, handler](const exchange_ptr& asked,
                                                           std::type_identity_t<Parts>... parts) {
                detail::answer_later(with, asked,
                                     [&with, handler, at = asked->request().parameters,
                                      ... parts = std::move(parts)]() mutable {
                                         return handler(with, at, std::move(parts)...);
                                     });
            }));
    }

    /// `handler(service&, const exchange_ptr&, parts of the request...)` runs on the I/O thread and
    /// answers by itself.
    template <class Operation, class... Parts>
    void add(const Operation& operation, void (*handler)(service&, const exchange_ptr&, Parts...)) {
        made_.push_back(
            make_route(operation, [&with = with_, handler](const exchange_ptr& asked,
                                                           std::type_identity_t<Parts>... parts) {
                handler(with, asked, std::move(parts)...);
            }));
    }

    /// A route that is no operation of the SDK's table.
    void add(route made) { made_.push_back(std::move(made)); }

    std::vector<route> take() && { return std::move(made_); }

  private:
    service& with_;
    std::vector<route> made_;
};

}  // namespace tessera::server::emissary
