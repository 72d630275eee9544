#pragma once
// What this API's own words stand for.
#include <optional>

#include "chat/refusal.hpp"
#include "inference/task.hpp"
#include "tessera/cerebras/chat.hpp"
#include "tessera/cerebras/completions.hpp"

namespace tessera::server::cerebras {

namespace wire = tessera::cerebras;

part_names names_of(const wire::chat_request& request);
part_names names_of(const wire::completion_request& request);

std::optional<effort> effort_of(const wire::chat_request& request);
/// Of a chat. Thoughts are apart unless something else is asked for.
thoughts_shown shown_of(const std::optional<json::open_enum<wire::reasoning_format>>& format);
int priority_of(const std::optional<json::open_enum<wire::service_tier>>& tier);
/// The tier that an answer names.
std::optional<std::string> served_tier(
    const std::optional<json::open_enum<wire::service_tier>>& tier);

wire::finish_reason finish_of(ending reason);
wire::completion_finish_reason text_finish_of(ending reason);

wire::time_info time_info_of(const totals& sum);

}  // namespace tessera::server::cerebras
