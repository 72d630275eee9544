#include "cerebrium/runs.hpp"

#include <asio/post.hpp>
#include <utility>

#include "tessera/cerebrium/run.hpp"
#include "web/events.hpp"

namespace tessera::server::cerebrium {
namespace {

namespace wire = tessera::cerebrium;

constexpr std::size_t most_journal_bytes = 64 * 1024;

// One run, from its acceptance to its delivery.
struct running {
    service& owner;
    const function_call call;
    const admitted_call admitted;
    detail::bound_function work;
    std::shared_ptr<execution> run;

    answer whole_answer(const outcome& end) const {
        if (!end.failure.empty())
            return failure({.status = 500, .message = end.failure, .code = "function_failed"},
                           admitted.run_id);
        if (!call.operation.empty()) return json_answer(end.status, json::encode(end.result));
        const wire::run_response<json::value> made{
            .run_id = admitted.run_id, .run_time_ms = end.milliseconds, .result = end.result};
        return json_answer(end.status, json::encode(made));
    }

    // On the thread that it runs on.
    void perform(bool streams) const {
        owner.runs.update(admitted.run_id,
                          [](run_record& record) { record.state = run_state::running; });
        const outcome end = run->perform(work);
        // Before anybody can ask what became of it.
        note(end, streams);
        run->publish(end);
        if (!admitted.hook) return;
        if (streams)
            owner.hooks->deliver(
                {*admitted.hook, admitted.run_id, "text/event-stream", end.events});
        else
            owner.hooks->deliver(
                {*admitted.hook, admitted.run_id, "application/json", whole_answer(end).body});
    }

    void note(const outcome& end, bool streams) const {
        owner.runs.update(admitted.run_id, [&](run_record& record) {
            record.ended = owner.now();
            record.run_time_ms = end.milliseconds;
            record.status = end.status;
            record.state = run->stop().stop_requested() ? run_state::cancelled
                           : end.failure.empty()        ? run_state::succeeded
                                                        : run_state::failed;
            if (!end.failure.empty())
                record.error = end.failure;
            else if (!streams && json::encode(end.result).size() <= most_journal_bytes)
                record.result = end.result;
        });
    }
};

// The answer to who waits, on the exchange's thread.
class run_reply : public std::enable_shared_from_this<run_reply> {
  public:
    run_reply(exchange_ptr asked, std::shared_ptr<running> of, bool streams)
        : asked_(std::move(asked)), of_(std::move(of)), streams_(streams) {}

    void begin() {
        asked_->on_gone([self = shared_from_this()] { self->of_->run->leave(); });
        asked_->on_room([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->pump();
        });
        of_->run->listen([weak = weak_from_this(), on = asked_->executor()] {
            asio::post(on, [weak] {
                if (const auto self = weak.lock()) self->pump();
            });
        });
    }

  private:
    void pump() {
        if (!asked_->open()) return;
        bool more = true;
        while (more && !asked_->congested()) {
            if (next_ == events_.size()) {
                ended_ = of_->run->take(events_);
                next_ = 0;
            }
            more = next_ < events_.size();
            if (!more) break;
            start_events(*asked_);
            asked_->body() += event_of(events_[next_++]);
        }
        if (ended_ && next_ == events_.size()) return end();
        asked_->flush();
    }

    void end() {
        const outcome& end = of_->run->end();
        if (!streams_ || (!end.failure.empty() && !asked_->started()))
            return asked_->respond(of_->whole_answer(end));
        start_events(*asked_);
        if (!end.failure.empty()) {
            if (asked_->request().route->stream.error == http::stream_error::event)
                asked_->body() += "event: error\n";
            asked_->body() += event_of(of_->whole_answer(end).body);
        }
        asked_->finish();
    }

    exchange_ptr asked_;
    std::shared_ptr<running> of_;
    const bool streams_;
    std::vector<std::string> events_;
    std::size_t next_ = 0;
    bool ended_ = false;
};

// Whether the body asks for a stream, which it may whatever parameters the function has.
bool take_stream_member(json::value& parameters, bool is_parameter) {
    const auto member = parameters.find("stream");
    if (member == parameters.end() || !member->is_boolean()) return false;
    const bool asked = member->get<bool>();
    if (!is_parameter) parameters.erase(member);
    return asked;
}

}  // namespace

std::optional<admitted_call> admit_call(service& with, const function_call& call) {
    exchange& asked = *call.asked;
    const std::vector<std::string>& path = asked.request().parameters;
    admitted_call made{.found = with.functions.find(path[0], path[1], path[2])};
    const auto refuse = [&](const problem& reason) {
        asked.respond(failure(reason));
        return std::nullopt;
    };
    if (!made.found.function) return refuse(unknown_function(asked.request()));
    if (call.webhook_endpoint) {
        auto target = with.hooks->target(*call.webhook_endpoint, call.webhook_secret.value_or(""));
        if (!target)
            return refuse({.status = 400,
                           .message = "webhookEndpoint: " + target.error().message,
                           .param = "webhookEndpoint",
                           .code = "invalid_webhook"});
        made.hook = *std::move(target);
    }
    made.run_id = with.run_id();
    return made;
}

void open_record(service& with, const function_call& call, const admitted_call& admitted) {
    const std::vector<std::string>& path = call.asked->request().parameters;
    with.runs.open({.run_id = admitted.run_id,
                    .project = path[0],
                    .app = path[1],
                    .function = path[2],
                    .operation = std::string(call.operation),
                    .async = call.async,
                    .accepted = with.now(),
                    .webhook = call.webhook_endpoint});
}

noted_call::noted_call(service& with, const function_call& call, const admitted_call& admitted)
    : with_(with), run_id_(admitted.run_id) {
    open_record(with, call, admitted);
}

void noted_call::begin() {
    began_ = std::chrono::steady_clock::now();
    with_.runs.update(run_id_, [](run_record& record) { record.state = run_state::running; });
}

void noted_call::end(run_state state, std::optional<int> status) {
    if (std::exchange(ended_, true)) return;
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - began_;
    with_.runs.update(run_id_, [&](run_record& record) {
        record.state = state;
        record.ended = with_.now();
        record.run_time_ms = took.count();
        record.status = status;
    });
}

void run_function(service& with, function_call call) {
    if (auto admitted = admit_call(with, call))
        run_admitted(with, std::move(call), *std::move(admitted));
}

void run_admitted(service& with, function_call call, admitted_call admitted) {
    const exchange_ptr asked = call.asked;
    const detail::function_body& body = admitted.found.function->body;
    const bool by_member = take_stream_member(call.parameters, body.takes_stream);
    const bool streams = !call.async && (by_member || wants_stream(asked->request(), false));
    std::vector<json::issue> issues;
    detail::bound_function work = body.bind(call.parameters, issues);
    if (!issues.empty() || !work) return asked->respond(failure(wrong_parameters(issues)));

    using gives = execution::gives;
    const gives how = !streams ? gives::whole : admitted.hook ? gives::kept_stream : gives::stream;
    open_record(with, call, admitted);
    call.asked.reset();
    const auto scaling = admitted.found.replicas;
    auto run = std::make_shared<execution>(admitted.run_id, how, with.ending.get_token());
    const auto made = std::make_shared<running>(
        running{with, std::move(call), std::move(admitted), std::move(work), std::move(run)});
    if (!made->call.async) std::make_shared<run_reply>(asked, made, streams)->begin();
    const bool entered = scaling->enter([made, streams](replicas::place place) {
        made->owner.workers.run(
            [made, streams, place = std::move(place)] { made->perform(streams); });
    });
    if (!entered) {
        with.runs.update(made->admitted.run_id, [&](run_record& record) {
            record.state = run_state::failed;
            record.ended = with.now();
            record.error = too_many_calls().message;
        });
        return asked->respond(failure(too_many_calls(), made->admitted.run_id));
    }
    if (made->call.async) succeed(*asked, wire::accepted_run{.run_id = made->admitted.run_id});
}

}  // namespace tessera::server::cerebrium
