#pragma once
// Calls of functions, from what was asked to what became of it.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cerebrium/execution.hpp"
#include "cerebrium/service.hpp"

namespace tessera::server::cerebrium {

/// A request for a function.
struct function_call {
    exchange_ptr asked;
    json::value parameters;  // an object
    std::optional<std::string> webhook_endpoint{};
    std::optional<std::string> webhook_secret{};
    bool async = false;
    std::string_view
        operation{};  // below the function; empty for a run, whose answer has an envelope
};

/// What a call needs to begin: all that can be wrong with it has been answered.
struct admitted_call {
    functions::found found;
    std::optional<webhook> hook{};
    std::string run_id{};
};

/// Nothing when the call was answered with why not.
std::optional<admitted_call> admit_call(service& with, const function_call& call);

/// A call in the journal. It has failed unless it succeeds before this is gone.
class noted_call {
  public:
    /// It waits.
    noted_call(service& with, const function_call& call, const admitted_call& admitted);
    ~noted_call() { end(run_state::failed, std::nullopt); }
    noted_call(const noted_call&) = delete;
    noted_call& operator=(const noted_call&) = delete;

    const std::string& run_id() const { return run_id_; }
    /// It has its place.
    void begin();
    void succeed() { end(run_state::succeeded, 200); }

  private:
    void end(run_state state, std::optional<int> status);

    service& with_;
    const std::string run_id_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    bool ended_ = false;
};

/// Notes in the journal that a call waits.
void open_record(service& with, const function_call& call, const admitted_call& admitted);

/// A request in OpenAI's form, whose members are a function's parameters: none is unknown. Nothing
/// when there is an issue.
template <class Request>
std::optional<Request> read_openai(const json::value& given, std::vector<json::issue>& issues) {
    std::optional<Request> read = json::decode<Request>(given, json::mode::strict, issues);
    if (read)
        for (const auto& [name, value] : read->extra.items()) detail::add_unknown(name, issues);
    if (!issues.empty()) read.reset();
    return read;
}

/// Runs the function with the body's members, and answers with what it gives.
void run_function(service& with, function_call call);
/// The same of a call that was admitted.
void run_admitted(service& with, function_call call, admitted_call admitted);

}  // namespace tessera::server::cerebrium
