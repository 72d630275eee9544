#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "cerebrium/chats.hpp"
#include "cerebrium/configured.hpp"
#include "cerebrium/deployed.hpp"

namespace tessera::server::cerebrium {
namespace {

struct slow_parameters {
    double seconds = 1;
    int steps = 1;
};

constexpr auto describe(json::type<slow_parameters>) {
    using p = slow_parameters;
    return json::object<p>(
        "SlowParameters",
        json::field("seconds", &p::seconds, json::range(0, 3600), json::defaults(1.0)),
        json::field("steps", &p::steps, json::range(1, 1000), json::defaults(1)));
}

struct slow_step {
    int step = 0;
    double seconds = 0;  // since the begin
};

constexpr auto describe(json::type<slow_step>) {
    return json::object<slow_step>("SlowStep", json::field("step", &slow_step::step),
                                   json::field("seconds", &slow_step::seconds));
}

struct failing_parameters {
    std::string message = "this function always fails";
    int after = 0;  // values that are yielded first
};

constexpr auto describe(json::type<failing_parameters>) {
    using p = failing_parameters;
    return json::object<p>(
        "FailingParameters",
        json::field("message", &p::message, json::length(1, 1024),
                    json::defaults("this function always fails")),
        json::field("after", &p::after, json::range(0, 1000), json::defaults(0)));
}

// Waits until the loop's clock has come so far, or a stop is asked for.
void wait_until(loop& clock, loop::time_point due, const std::stop_token& stop) {
    struct bell {
        std::mutex mutex;
        std::condition_variable_any rings;
        bool rung = false;
    };
    const auto door = std::make_shared<bell>();
    clock.at(due, [door] {
        const std::lock_guard lock(door->mutex);
        door->rung = true;
        door->rings.notify_all();
    });
    std::unique_lock lock(door->mutex);
    door->rings.wait(lock, stop, [&] { return door->rung; });
}

void run_slowly(service& with, const slow_parameters& how, invocation& called) {
    const loop::time_point began = with.background.time().now();
    for (int step = 1; step <= how.steps; ++step) {
        const double seconds = how.seconds * step / how.steps;
        wait_until(with.background,
                   began + std::chrono::duration_cast<loop::time_point::duration>(
                               std::chrono::duration<double>(seconds)),
                   called.stop());
        if (!called.yield(slow_step{step, seconds}))
            throw std::runtime_error("the run was cancelled");
    }
}

void fail(const failing_parameters& how, invocation& called) {
    for (int i = 1; i <= how.after; ++i) called.yield(i);
    throw std::runtime_error(how.message);
}

}  // namespace

void deploy_own(service& to) {
    const auto deploy = [&](const char* app, const char* name, detail::function_body body,
                            std::string model = {}) {
        to.functions.deploy(own_project, app, name, {std::move(body), std::move(model)});
    };
    deploy("hello", "predict", prompt_body(to, {.prompt = "{prompt}"}));
    deploy("1-openai-compatible-endpoint", "run", openai_body(to, "tessera"), "tessera");
    deploy("echo", "run", detail::body_of([](const json::value& given) { return given; }));
    deploy("slow", "run", detail::body_of([&to](const slow_parameters& how, invocation& called) {
               run_slowly(to, how, called);
           }));
    deploy("failing", "run", detail::body_of(&fail));
}

}  // namespace tessera::server::cerebrium
