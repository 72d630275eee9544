// Whatever is said: streamed or not is the same, and there and back loses nothing.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cortex/translation/thoughts.hpp"
#include "support.hpp"
#include "support/arbitrary.hpp"

namespace tessera::server::cortex::translation_tests {
namespace {
namespace properties_tests {

bool heads() { return *rc::gen::arbitrary<bool>(); }

std::string some_text() { return "x" + test::draw_text(0, 6); }

/// The text in pieces of whole characters, some of them empty.
std::vector<std::string> pieces_of(const std::string& whole) {
    std::vector<std::string> pieces(1);
    for (const char each : whole) {
        const bool begins_character = (static_cast<unsigned char>(each) & 0xc0) != 0x80;
        if (begins_character && heads()) pieces.emplace_back();
        pieces.back() += each;
    }
    return pieces;
}

json::value some_input() {
    json::value made = json::value::object();
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
        made["m" + std::to_string(i)] = test::draw_value({.known_only = true, .depth = 3});
    return made;
}

std::string call_name(std::size_t i) { return "call_" + std::to_string(i); }

token_counts some_counts() {
    token_counts made{.prompt = *rc::gen::inRange(40, 1000), .answer = *rc::gen::inRange(0, 1000)};
    if (heads()) {
        made.cache_read = *rc::gen::inRange(0, 20);
        made.cache_written = *rc::gen::inRange(0, 20);
    }
    return made;
}

anthropic::message some_message() {
    using enum anthropic::stop_reason;
    anthropic::message made{.id = "msg_1", .model = "m", .usage = message_usage(some_counts())};
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
        if (heads())
            made.content.emplace_back(anthropic::thinking_block{
                .thinking = heads() ? some_text() : "", .signature = some_text()});
        else
            made.content.emplace_back(anthropic::redacted_thinking_block{.data = some_text()});
    }
    if (heads()) made.content.emplace_back(anthropic::text_block{.text = some_text()});
    const std::size_t calls = *rc::gen::inRange<std::size_t>(0, 4);
    for (std::size_t i = 0; i < calls; ++i) {
        anthropic::tool_use_block call{.id = call_name(i), .name = "f"};
        call.input.members = some_input();
        made.content.emplace_back(std::move(call));
    }
    if (calls > 0) {
        made.stop_reason = *rc::gen::element(tool_use, max_tokens, refusal);
    } else {
        made.stop_reason = *rc::gen::element(end_turn, max_tokens, refusal, stop_sequence);
        if (*made.stop_reason == stop_sequence) made.stop_sequence = some_text();
    }
    return made;
}

std::vector<anthropic::stream_event> events_of(const anthropic::message& whole) {
    using namespace anthropic;
    std::vector<stream_event> made;
    message_start start{.message = whole};
    start.message.content.clear();
    start.message.stop_reason.reset();
    start.message.stop_sequence.reset();
    start.message.usage.output_tokens = 0;
    made.push_back(std::move(start));
    for (std::size_t i = 0; i < whole.content.size(); ++i) {
        const auto index = static_cast<std::int64_t>(i);
        content_block_start begun{.index = index, .content_block = whole.content[i]};
        std::vector<content_delta> grows;
        if (auto* text = std::get_if<text_block>(&begun.content_block)) {
            for (std::string& each : pieces_of(std::exchange(text->text, {})))
                grows.push_back(text_delta{.text = std::move(each)});
        } else if (auto* call = std::get_if<tool_use_block>(&begun.content_block)) {
            for (std::string& each : pieces_of(json::encode(call->input)))
                grows.push_back(input_json_delta{.partial_json = std::move(each)});
            call->input.members = json::value::object();
        } else if (auto* open = std::get_if<thinking_block>(&begun.content_block)) {
            for (std::string& each : pieces_of(std::exchange(open->thinking, {})))
                grows.push_back(thinking_delta{.thinking = std::move(each)});
            grows.push_back(signature_delta{.signature = std::exchange(open->signature, {})});
        }
        made.push_back(std::move(begun));
        for (content_delta& each : grows) {
            if (*rc::gen::inRange(0, 8) == 0) made.push_back(ping());
            made.push_back(content_block_delta{.index = index, .delta = std::move(each)});
        }
        made.push_back(content_block_stop{.index = index});
    }
    message_delta last;
    last.delta.stop_reason = whole.stop_reason;
    last.delta.stop_sequence = whole.stop_sequence;
    last.usage.output_tokens = whole.usage.output_tokens;
    made.push_back(std::move(last));
    made.push_back(message_stop());
    return made;
}

/// With what the accumulator leaves out, since it has no name.
openai::chat_response whole_of(const std::vector<openai::chat_chunk>& chunks) {
    chat_told told{.chunks = chunks};
    openai::chat_response whole = told.whole();
    openai::chat_choice& choice = whole.choices.at(0);
    std::string reasoning;
    std::vector<thought> thoughts;
    for (const openai::chat_chunk& each : chunks) {
        if (each.choices.empty()) continue;
        const json::value& extra = each.choices[0].delta->extra;
        reasoning += reasoning_in(extra);
        const auto more = thoughts_in(extra).value();
        thoughts.insert(thoughts.end(), more.begin(), more.end());
        if (!each.choices[0].extra.is_null()) choice.extra = each.choices[0].extra;
    }
    if (!reasoning.empty()) put_reasoning(choice.message.extra, reasoning);
    if (!thoughts.empty()) put_thoughts(choice.message.extra, thoughts);
    return whole;
}

RC_GTEST_PROP(translation, a_message_is_the_same_chat_whole_or_streamed, ()) {
    const anthropic::message said = some_message();
    chat_stream stream(head, true);
    std::vector<openai::chat_chunk> chunks;
    for (anthropic::stream_event& each : events_of(said))
        RC_ASSERT(stream.feed(std::move(each), chunks).has_value());
    RC_ASSERT(stream.finish(chunks).has_value());
    RC_ASSERT(shown(whole_of(chunks)) == shown(to_chat(said, head)));
    RC_ASSERT(stream.used() == counts_of(said.usage));
}

RC_GTEST_PROP(translation, a_message_comes_back_from_a_chat, ()) {
    const anthropic::message said = some_message();
    RC_ASSERT(shown(to_message(to_chat(said, head), head)) == shown(said));
}

RC_GTEST_PROP(translation, a_streamed_message_comes_back_from_a_streamed_chat, ()) {
    const anthropic::message said = some_message();
    chat_stream there(head, true);
    message_stream back(head);
    std::vector<openai::chat_chunk> chunks;
    for (anthropic::stream_event& each : events_of(said))
        RC_ASSERT(there.feed(std::move(each), chunks).has_value());
    RC_ASSERT(there.finish(chunks).has_value());
    message_told told;
    for (openai::chat_chunk& each : chunks) back.feed(std::move(each), told.events);
    RC_ASSERT(back.finish(true, told.events).has_value());
    is_in_order(told.events);
    RC_ASSERT(shown(told.whole()) == shown(said));
}

openai::chat_response some_chat() {
    using enum openai::finish_reason;
    openai::chat_response made{.id = "chatcmpl-1",
                               .choices = {},
                               .created = 1,
                               .model = "m",
                               .usage = chat_usage(some_counts())};
    openai::chat_choice choice{.finish_reason = stop, .index = 0, .message = {}};
    openai::chat_response_message& said = choice.message;
    const std::size_t calls = *rc::gen::inRange<std::size_t>(0, 4);
    if (heads() || calls == 0) said.content = heads() ? some_text() : "\n" + some_text() + " ";
    if (heads()) put_reasoning(said.extra, some_text());
    if (calls > 0) said.tool_calls.emplace();
    for (std::size_t i = 0; i < calls; ++i)
        said.tool_calls->push_back({.id = call_name(i),
                                    .type = "function",
                                    .function = {.name = "f", .arguments = some_input().dump()}});
    choice.finish_reason = calls > 0 ? *rc::gen::element(tool_calls, length, content_filter)
                                     : *rc::gen::element(stop, length, content_filter);
    made.choices.push_back(std::move(choice));
    return made;
}

/// As an upstream streams it. The pieces of its calls come in turns.
std::vector<openai::chat_chunk> chunks_of(const openai::chat_response& whole, bool in_turns) {
    std::vector<openai::chat_chunk> made;
    const openai::chat_choice& choice = whole.choices[0];
    const auto add = [&]() -> openai::message_delta& {
        openai::chat_chunk& chunk = made.emplace_back();
        chunk.id = whole.id;
        chunk.created = whole.created;
        chunk.model = whole.model;
        return chunk.choices.emplace_back().delta.emplace();
    };
    add().role = openai::role::assistant;
    for (std::string& each : pieces_of(std::string(reasoning_in(choice.message.extra))))
        put_reasoning(add().extra, std::move(each));
    if (choice.message.content)
        for (std::string& each : pieces_of(*choice.message.content))
            add().content = std::move(each);
    std::vector<openai::tool_call_delta> left;
    if (choice.message.tool_calls) {
        std::vector<std::vector<openai::tool_call_delta>> calls;
        for (const openai::tool_call& each : *choice.message.tool_calls) {
            auto& deltas = calls.emplace_back();
            const auto index = static_cast<std::int64_t>(calls.size() - 1);
            deltas.push_back({.function = {.name = each.function.name, .arguments = ""},
                              .type = "function",
                              .id = each.id,
                              .index = index});
            for (std::string& piece : pieces_of(each.function.arguments))
                deltas.push_back({.function = {.arguments = std::move(piece)}, .index = index});
        }
        // First all headers, so that calls keep their order, then by chance whose turn it is.
        std::vector<std::size_t> next(calls.size(), 0);
        if (in_turns)
            for (std::size_t i = 0; i < calls.size(); ++i) left.push_back(calls[i][next[i]++]);
        for (std::size_t i = 0; i < calls.size();) {
            std::size_t turn = i;
            if (in_turns) turn = *rc::gen::inRange(i, calls.size());
            if (next[turn] < calls[turn].size()) left.push_back(calls[turn][next[turn]++]);
            while (i < calls.size() && next[i] == calls[i].size()) ++i;
        }
    }
    for (openai::tool_call_delta& each : left)
        add().tool_calls.emplace().push_back(std::move(each));
    if (heads()) add();
    made.back().choices[0].finish_reason = choice.finish_reason;
    made.emplace_back(
            openai::chat_chunk{.id = whole.id, .choices = {}, .created = 1, .model = whole.model})
        .usage = whole.usage;
    return made;
}

RC_GTEST_PROP(translation, a_chat_is_the_same_message_whole_or_streamed, ()) {
    const openai::chat_response said = some_chat();
    message_stream stream(head);
    message_told told;
    for (openai::chat_chunk& each : chunks_of(said, heads()))
        stream.feed(std::move(each), told.events);
    RC_ASSERT(stream.finish(true, told.events).has_value());
    is_in_order(told.events);
    RC_ASSERT(shown(told.whole()) == shown(to_message(said, head)));
    RC_ASSERT(stream.used() == counts_of(*said.usage));
}

RC_GTEST_PROP(translation, a_chat_comes_back_from_a_message, ()) {
    openai::chat_response said = some_chat();
    openai::chat_response back = to_chat(to_message(said, head), head);
    // Thoughts come back in a second form as well, and arguments as JSON that says the same.
    json::value& extra = back.choices[0].message.extra;
    if (extra.is_object()) extra.erase("thinking_blocks");
    back.created = said.created;
    for (openai::chat_response* each : {&said, &back})
        if (each->choices[0].message.tool_calls)
            for (openai::tool_call& call : *each->choices[0].message.tool_calls)
                call.function.arguments = read(call.function.arguments).dump();
    RC_ASSERT(shown(back) == shown(said));
}

json::value some_tool_choice() {
    return *rc::gen::element<json::value>(
        "auto", "required", json::value{{"type", "function"}, {"function", {{"name", "f"}}}});
}

/// What both dialects have, and each in one way only.
document some_chat_request() {
    document made = {{"model", "m"}, {"max_tokens", *rc::gen::inRange(1, 99)}};
    document& messages = made["messages"] = document::array();
    const auto parts = [] {
        document all = document::array();
        for (int i = *rc::gen::inRange(2, 4); i > 0; --i)
            if (heads())
                all.push_back({{"type", "text"}, {"text", some_text()}});
            else
                all.push_back(
                    {{"type", "image_url"},
                     {"image_url",
                      {{"url", heads() ? "https://a.b/c" : "data:image/png;base64,AAAA"}}}});
        return all;
    };
    if (heads()) messages.push_back({{"role", "system"}, {"content", some_text()}});
    std::size_t calls = 0;
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
        messages.push_back(
            {{"role", "user"}, {"content", heads() ? document(some_text()) : parts()}});
        document answer = {{"role", "assistant"}};
        if (heads()) answer["content"] = some_text();
        document results = document::array();
        for (int k = *rc::gen::inRange(answer.contains("content") ? 0 : 1, 3); k > 0; --k) {
            const std::string id = call_name(calls++);
            answer["tool_calls"].push_back(
                {{"id", id},
                 {"type", "function"},
                 {"function", {{"name", "f"}, {"arguments", some_input().dump()}}}});
            results.push_back({{"role", "tool"}, {"tool_call_id", id}, {"content", some_text()}});
        }
        messages.push_back(answer);
        for (const document& each : results) messages.push_back(each);
    }
    messages.push_back({{"role", "user"}, {"content", some_text()}});
    made["tools"] =
        read(R"([{"type":"function","function":{"name":"f","description":"d","strict":true,
        "parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}])");
    if (heads()) made["tool_choice"] = read(some_tool_choice().dump());
    if (heads() && made.contains("tool_choice")) made["parallel_tool_calls"] = false;
    if (heads()) made["temperature"] = 0.25;
    if (heads()) made["top_p"] = 0.5;
    if (heads()) made["stop"] = document::array({"END", some_text()});
    if (heads()) made["user"] = some_text();
    if (heads()) {
        made["stream"] = true;
        made["stream_options"] = {{"include_usage", true}};
    }
    return made;
}

RC_GTEST_PROP(translation, a_request_comes_back_from_the_other_dialect, ()) {
    const document asked = some_chat_request();
    issue_list issues;
    auto there = to_messages(from_json<openai::chat_request>(asked.dump()), {}, issues);
    RC_ASSERT(there.has_value());
    auto back = to_chat(std::move(there->request), {}, issues);
    RC_ASSERT(back.has_value());
    document made = shown(*back);
    // Arguments are JSON that says the same.
    const auto plain = [](document request) {
        for (document& each : request["messages"])
            if (each.contains("tool_calls"))
                for (document& call : each["tool_calls"])
                    call["function"]["arguments"] =
                        read(call["function"]["arguments"].get<std::string>());
        return request;
    };
    RC_ASSERT(plain(made) == plain(asked));
}

template <class T>
std::vector<T> some() {
    std::vector<T> made;
    for (int i = *rc::gen::inRange(0, 12); i > 0; --i) made.push_back(test::draw<T>({}));
    return made;
}

RC_GTEST_PROP(translation, whatever_an_upstream_streams_blocks_come_one_after_the_other, ()) {
    message_stream stream(head);
    std::vector<anthropic::stream_event> events;
    for (openai::chat_chunk& each : some<openai::chat_chunk>()) {
        for (auto& choice : each.choices) choice.index = 0;
        stream.feed(std::move(each), events);
    }
    RC_ASSERT(stream.finish(true, events).has_value());
    is_in_order(events);
}

RC_GTEST_PROP(translation, whatever_an_upstream_streams_chunks_are_those_of_one_chat, ()) {
    chat_stream stream(head, true);
    std::vector<openai::chat_chunk> chunks;
    bool is_good = true;
    for (anthropic::stream_event& each : some<anthropic::stream_event>())
        is_good = is_good && stream.feed(std::move(each), chunks);
    is_good = stream.finish(chunks) && is_good;
    std::size_t finishes = 0;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        RC_ASSERT(chunks[i].created == head.created);
        RC_ASSERT(chunks[i].choices.empty() == chunks[i].usage.has_value());
        if (chunks[i].choices.empty()) continue;
        RC_ASSERT(chunks[i].choices[0].delta->role.has_value() == (i == 0));
        if (chunks[i].choices[0].finish_reason) ++finishes;
    }
    RC_ASSERT(finishes == (is_good ? 1U : 0U) || !is_good);
}

RC_GTEST_PROP(translation, whatever_a_client_asks_is_translated_or_refused, ()) {
    issue_list issues;
    const auto chat = to_messages(test::draw<openai::chat_request>({}), {}, issues);
    RC_ASSERT(chat.has_value() == issues.empty());
    if (chat) (void)json::encode(chat->request);
    issues.clear();
    const auto message = to_chat(test::draw<anthropic::message_request>({}), {}, issues);
    RC_ASSERT(message.has_value() == issues.empty());
    if (message) (void)json::encode(*message);
}

}  // namespace properties_tests
}  // namespace
}  // namespace tessera::server::cortex::translation_tests
