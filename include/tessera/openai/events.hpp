#pragma once
// What happens in a stream, for those who show it: text that grows, calls that take shape.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/json/partial.hpp"
#include "tessera/openai/tools.hpp"

namespace tessera::openai {

/// More of the text.
struct content_grown {
    std::int64_t choice;        ///< whose
    std::string delta;          ///< what is new
    const std::string* so_far;  ///< all of it; grows with the accumulator
};

/// More of the thoughts.
struct reasoning_grown {
    std::int64_t choice;        ///< whose
    std::string delta;          ///< what is new
    const std::string* so_far;  ///< all of it; grows with the accumulator
};

/// A call whose name is known.
struct tool_call_begun {
    std::int64_t choice;  ///< whose
    std::int64_t index;   ///< which of its calls
    std::string id;       ///< of the call
    std::string name;     ///< the function's
};

/// More of a call's arguments.
struct tool_call_grown {
    std::int64_t choice;        ///< whose
    std::int64_t index;         ///< which of its calls
    std::string delta;          ///< what is new
    const std::string* so_far;  ///< all of it; grows with the accumulator
    /// The arguments as far as they came (json::partial_reader), or as far as they were JSON.
    const json::value* arguments;
};

/// A call that can be carried out.
struct tool_call_complete {
    std::int64_t choice;  ///< whose
    std::int64_t index;   ///< which of its calls
    tool_call call;       ///< all of it
    /// Absent when they are not valid JSON. They may still not fit the tool.
    std::optional<json::value> arguments;
};

/// The end of a choice.
struct choice_finished {
    std::int64_t choice;  ///< which
    std::string reason;   ///< as the API spells it
};

/// What happens in a stream. Pointers in events go into the accumulator that made them: they stay
/// valid as long as it lives, and what they point to grows as it is fed. `choice` and `index` are
/// the sender's numbers.
using chat_event = std::variant<content_grown, reasoning_grown, tool_call_begun, tool_call_grown,
                                tool_call_complete, choice_finished>;

/// From the pieces of a stream to its events. I/O-free, not thread-safe. A call is complete when
/// its arguments are a whole JSON value and another call begins, or when its choice finishes;
/// pieces of it that come later are left out. A choice finishes once, whatever follows.
class event_accumulator {
  public:
    /// More text of a choice; what that tells is appended to `out`.
    void add_content(std::int64_t choice, std::string_view delta, std::vector<chat_event>& out) {
        std::string& text = choices_[choice].content;
        text += delta;
        if (!delta.empty()) out.push_back(content_grown{choice, std::string(delta), &text});
    }

    /// More thoughts of a choice.
    void add_reasoning(std::int64_t choice, std::string_view delta, std::vector<chat_event>& out) {
        std::string& text = choices_[choice].reasoning;
        text += delta;
        if (!delta.empty()) out.push_back(reasoning_grown{choice, std::string(delta), &text});
    }

    /// More of a call.
    void add_call(std::int64_t choice, const tool_call_delta& delta, std::vector<chat_event>& out) {
        choice_state& state = choices_[choice];
        const std::int64_t index = delta.index.value_or(state.last_call);
        if (const auto last = state.calls.find(state.last_call); index != state.last_call &&
                                                                 last != state.calls.end() &&
                                                                 last->second.reader.is_complete())
            complete(choice, last->first, last->second, out);
        state.last_call = index;
        call_state& call = state.calls[index];
        if (call.is_complete) return;
        if (delta.id) call.call.id = *delta.id;
        if (!delta.type.empty()) call.call.type = delta.type;
        if (delta.function.name) call.call.function.name += *delta.function.name;
        const std::string_view more = delta.function.arguments
                                          ? std::string_view(*delta.function.arguments)
                                          : std::string_view();
        begin(choice, index, call, !more.empty(), out);
        if (more.empty()) return;
        call.call.function.arguments += more;
        (void)call.reader.feed(more);
        out.push_back(tool_call_grown{choice, index, std::string(more),
                                      &call.call.function.arguments, &call.reader.so_far()});
    }

    /// A choice ends, and its calls with it.
    void finish(std::int64_t choice, std::string_view reason, std::vector<chat_event>& out) {
        choice_state& state = choices_[choice];
        if (std::exchange(state.is_finished, true)) return;
        for (auto& [index, call] : state.calls) complete(choice, index, call, out);
        out.push_back(choice_finished{choice, std::string(reason)});
    }

    /// Nothing more comes: completes the calls of choices that did not finish.
    void end(std::vector<chat_event>& out) {
        for (auto& [choice, state] : choices_)
            for (auto& [index, call] : state.calls) complete(choice, index, call, out);
    }

  private:
    struct call_state {
        tool_call call;
        json::partial_reader reader;
        bool has_begun = false;
        bool is_complete = false;
    };
    struct choice_state {
        std::string content;
        std::string reasoning;
        std::map<std::int64_t, call_state> calls;
        std::int64_t last_call = 0;
        bool is_finished = false;
    };

    // Once the name is known, or cannot be any more.
    static void begin(std::int64_t choice, std::int64_t index, call_state& call, bool now,
                      std::vector<chat_event>& out) {
        if (call.has_begun || (!now && call.call.function.name.empty())) return;
        call.has_begun = true;
        out.push_back(tool_call_begun{choice, index, call.call.id, call.call.function.name});
    }

    static void complete(std::int64_t choice, std::int64_t index, call_state& call,
                         std::vector<chat_event>& out) {
        if (std::exchange(call.is_complete, true)) return;
        begin(choice, index, call, true, out);
        std::optional<json::value> arguments;
        if (call.reader.finish()) arguments = call.reader.so_far();
        out.push_back(tool_call_complete{choice, index, call.call, std::move(arguments)});
    }

    std::map<std::int64_t, choice_state> choices_;
};

}  // namespace tessera::openai
