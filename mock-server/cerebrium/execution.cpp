#include "cerebrium/execution.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace tessera::server::cerebrium {
namespace {

std::string data_of(const json::value& value) {
    return value.is_string() ? value.get<std::string>() : json::encode(value);
}

// The status that a result asks for: an object may have a member `status_code`.
int status_of(const json::value& result) {
    if (!result.is_object() || !result.contains("status_code")) return 200;
    const json::value& status = result["status_code"];
    if (!status.is_number_integer() || status < 200 || status > 599)
        throw std::runtime_error(
            "the function gave a status_code that is no number from 200 to 599");
    return status.get<int>();
}

// What was yielded to somebody who does not stream: texts are one, other values a list.
json::value joined(std::vector<json::value> yielded) {
    if (!std::all_of(yielded.begin(), yielded.end(),
                     [](const json::value& each) { return each.is_string(); }))
        return yielded;
    std::string text;
    for (const json::value& each : yielded) text += each.get_ref<const std::string&>();
    return text;
}

}  // namespace

std::string event_of(const std::string& data) {
    std::string event = "data: ";
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (data[i] == '\r' && i + 1 < data.size() && data[i + 1] == '\n') continue;
        if (data[i] == '\n' || data[i] == '\r')
            event += "\ndata: ";
        else
            event += data[i];
    }
    return event += "\n\n";
}

bool execution::take(std::vector<std::string>& events) {
    events.clear();
    const std::lock_guard lock(mutex_);
    events.swap(waiting_);
    waiting_bytes_ = 0;
    room_.notify_all();
    return outcome_.has_value();
}

void execution::publish(outcome made) {
    {
        const std::lock_guard lock(mutex_);
        outcome_ = std::move(made);
    }
    if (ready_) ready_();
}

outcome execution::perform(const detail::bound_function& work) {
    outcome made;
    const auto began = std::chrono::steady_clock::now();
    try {
        if (stop_.stop_requested()) throw std::runtime_error("the run was cancelled");
        std::optional<json::value> returned = work(*this);
        if (how_ == gives::whole) {
            made.result = result_of(std::move(returned));
            made.status = status_of(made.result);
        } else if (returned && !yielded_) {
            give_event(*returned);
        }
    } catch (const std::exception& thrown) {
        made.failure = thrown.what();
    } catch (...) {
        made.failure = "the function threw what is no std::exception";
    }
    made.milliseconds =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
    if (!made.failure.empty()) made.status = 500;
    made.events = std::move(events_);
    return made;
}

json::value execution::result_of(std::optional<json::value> returned) {
    if (returned) return *std::move(returned);
    return yielded_ ? joined(std::move(kept_)) : json::value();
}

bool execution::give(json::value value) {
    if (stop_.stop_requested()) return false;
    yielded_ = true;
    if (how_ == gives::whole)
        keep(std::move(value));
    else
        give_event(value);
    return !stop_.stop_requested();
}

void execution::keep(json::value value) {
    kept_bytes_ += json::encode(value).size();
    if (kept_bytes_ > most_kept)
        throw std::length_error("the function gave more than " + std::to_string(most_kept) +
                                " bytes");
    kept_.push_back(std::move(value));
}

void execution::give_event(const json::value& value) {
    std::string data = data_of(value);
    if (how_ == gives::kept_stream && events_.size() < most_kept) events_ += event_of(data);
    bool first = false;
    {
        std::unique_lock lock(mutex_);
        if (!room_.wait(lock, stop_.get_token(), [&] { return waiting_bytes_ < most_waiting; }))
            return;
        first = waiting_.empty();
        waiting_bytes_ += data.size() + 1;
        waiting_.push_back(std::move(data));
    }
    if (first && ready_) ready_();
}

}  // namespace tessera::server::cerebrium
