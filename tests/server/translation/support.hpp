#pragma once
// Translations as JSON in and JSON out.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cortex/translation/answers.hpp"
#include "cortex/translation/chat_stream.hpp"
#include "cortex/translation/message_stream.hpp"
#include "cortex/translation/requests.hpp"
#include "tessera/anthropic/accumulator.hpp"
#include "tessera/json.hpp"
#include "tessera/openai/chat_accumulator.hpp"

namespace tessera::server::cortex::translation_tests {

/// JSON that compares as JSON does: the order of members says nothing.
using document = nlohmann::json;

inline document read(std::string_view text) { return document::parse(text); }

template <class T>
document shown(const T& given) {
    return read(json::encode(given));
}

/// As the gateway reads what comes from outside.
template <class T>
T from_json(std::string_view text) {
    return json::decode_text<T>(text).value();
}

inline std::string places_of(const issue_list& issues) {
    std::string all;
    for (const json::issue& each : issues)
        all += (all.empty() ? "" : ", ") + json::to_string(each.path);
    return all;
}

/// The request for a message; where it cannot be, the places of the issues.
inline document to_messages_json(std::string_view chat, const message_rules& rules = {}) {
    issue_list issues;
    auto made = to_messages(from_json<openai::chat_request>(chat), rules, issues);
    EXPECT_NE(made.has_value(), !issues.empty());
    return made ? shown(made->request) : document(places_of(issues));
}

inline document to_chat_json(std::string_view request, const chat_rules& rules = {}) {
    issue_list issues;
    auto made = to_chat(from_json<anthropic::message_request>(request), rules, issues);
    EXPECT_NE(made.has_value(), !issues.empty());
    return made ? shown(*made) : document(places_of(issues));
}

/// A chat of one user message and what else the request says.
inline std::string chat_with(std::string_view members) {
    return R"({"model":"m","messages":[{"role":"user","content":"Hi"}])" +
           (members.empty() ? std::string() : "," + std::string(members)) + "}";
}

inline std::string messages_with(std::string_view members) {
    return R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}])" +
           (members.empty() ? std::string() : "," + std::string(members)) + "}";
}

inline const answer_head head{.id = "made-up", .model = "asked-for", .created = 1700000000};

/// The chunks that events make, and whether the stream ended well.
struct chat_told {
    std::vector<openai::chat_chunk> chunks{};
    bool ended_well = false;
    token_counts used{};

    openai::chat_response whole() const {
        openai::chat_accumulator<openai::chat_response, openai::chat_chunk> all;
        for (const openai::chat_chunk& each : chunks) all.add(each);
        return all.response();
    }
};

inline chat_told tell_chat(const std::vector<std::string>& events, bool tells_usage = true,
                           const answer_head& as = head) {
    chat_stream stream(as, tells_usage);
    chat_told told;
    for (const std::string& each : events)
        if (!stream.feed(from_json<anthropic::stream_event>(each), told.chunks)) return told;
    told.ended_well = stream.finish(told.chunks).has_value();
    told.used = stream.used();
    return told;
}

struct message_told {
    std::vector<anthropic::stream_event> events{};
    bool ended_well = false;
    token_counts used{};

    anthropic::message whole() const {
        anthropic::message_accumulator all;
        for (const anthropic::stream_event& each : events) all.add(each);
        return all.message();
    }
    std::vector<std::string> names() const {
        std::vector<std::string> made;
        for (const anthropic::stream_event& each : events)
            made.emplace_back(anthropic::event_name(each));
        return made;
    }
};

inline message_told tell_message(const std::vector<std::string>& chunks, bool is_complete = true) {
    message_stream stream(head);
    message_told told;
    for (const std::string& each : chunks)
        stream.feed(from_json<openai::chat_chunk>(each), told.events);
    told.ended_well = stream.finish(is_complete, told.events).has_value();
    told.used = stream.used();
    return told;
}

/// What Anthropic promises of every stream: the order of its events, the numbers of its blocks.
inline void is_in_order(const std::vector<anthropic::stream_event>& events) {
    using namespace anthropic;
    ASSERT_GE(events.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<message_start>(events.front()));
    EXPECT_TRUE(std::holds_alternative<message_delta>(events[events.size() - 2]));
    EXPECT_TRUE(std::holds_alternative<message_stop>(events.back()));
    std::int64_t next = 0;
    bool is_open = false;
    for (std::size_t i = 1; i + 2 < events.size(); ++i) {
        if (const auto* start = std::get_if<content_block_start>(&events[i])) {
            EXPECT_FALSE(is_open);
            EXPECT_EQ(start->index, next);
            is_open = true;
        } else if (const auto* more = std::get_if<content_block_delta>(&events[i])) {
            EXPECT_TRUE(is_open);
            EXPECT_EQ(more->index, next);
        } else if (const auto* stop = std::get_if<content_block_stop>(&events[i])) {
            EXPECT_TRUE(is_open);
            EXPECT_EQ(stop->index, next++);
            is_open = false;
        } else {
            ADD_FAILURE() << event_name(events[i]) << " in the middle";
        }
    }
    EXPECT_FALSE(is_open);
}

}  // namespace tessera::server::cortex::translation_tests
