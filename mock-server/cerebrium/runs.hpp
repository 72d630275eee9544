#pragma once
// Calls of functions, from what was asked to what became of it.
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
    std::string_view operation{};  // below the function; empty for a run, whose answer has an envelope
};

/// What a call needs to begin: all that can be wrong with it has been answered.
struct admitted_call {
    functions::found found;
    std::optional<webhook> hook{};
    std::string run_id{};
};

/// Nothing when the call was answered with why not.
std::optional<admitted_call> admit_call(service& with, const function_call& call);

/// Notes in the journal that a call begins to wait.
void open_record(service& with, const function_call& call, const admitted_call& admitted);

/// Runs the function with the body's members, and answers with what it gives.
void run_function(service& with, function_call call);
/// The same of a call that was admitted.
void run_admitted(service& with, function_call call, admitted_call admitted);

}  // namespace tessera::server::cerebrium
