#pragma once

#include <functional>
#include <string>

#include "world/topics.hpp"

namespace tessera::engine::world {

/// What a user wants of one tool, and what comes of it.
struct tool_request {
    std::string kind;  ///< no two tools of one kind beside each other
    json tool;
    std::string name, user, thought, result, answer;
    json arguments = json::object();
    /// The argument that several calls of the tool may differ in; empty: only one call makes sense.
    /// `user` then has {x} in the place of its value.
    std::string subject;
    /// Draws a subject, and the result and the answer that belong to it.
    std::function<void(tool_request&, random&)> draw;
};

std::string subject_of(const tool_request&);
/// The user's words.
std::string said(const tool_request&);

/// Of one of the usual tools, or of an invented one. `unseen`: in words that the corpus never uses.
tool_request any_tool_request(random& r, bool unseen);
tool_request invented_tool_request(random& r);

}  // namespace tessera::engine::world
