// The types against the facts of the gateway's specification, property by property: neither can
// drift.
#include "contract/specification.hpp"

#include <gtest/gtest.h>

#include "tessera/anthropic/events.hpp"
#include "tessera/anthropic/models.hpp"

namespace tessera::anthropic {
namespace {

using specification::value;

// Where the code says more than the specification, and why: parts of the paths of differences. The
// page names few members; the others are those of the API that it says to be compatible with.
constexpr specification::deliberate deliberate[] = {
    {"Request/properties/stop_sequences", "a member of Anthropic's that the page does not name"},
    {"Request/properties/top_k", "the same"},
    {"Request/properties/top_p", "the same"},
    {"Request/properties/thinking", "the same"},
    {"Request/properties/service_tier", "the same"},
    {"metadata/properties", "the same"},
    {"metadata/required", "any object there"},
    {"tools/items/properties/type", "a member of Anthropic's that the page does not name"},
    {"tools/items/properties/cache_control", "the same"},
    {"tools/items/properties/strict", "the same"},
    {"properties/disable_parallel_tool_use", "the same"},
    {"system/anyOf", "blocks of any kind there; Anthropic takes text alone"},
    {"items/properties/content/anyOf", "one block with the members of all kinds there; see below"},
    {"TextBlock/properties/citations", "a member of Anthropic's that the page does not name"},
    {"TextBlock/properties/cache_control", "the same"},
    {"ToolUseBlock/properties/cache_control", "the same"},
    {"StopReason/enum", "pause_turn, refusal and a full context are Anthropic's"},
    {"Usage/properties/cache_creation", "a member of Anthropic's that the page does not name"},
    {"Usage/properties/server_tool_use", "the same"},
    {"Usage/properties/service_tier", "the same"},
    {"Message/properties/content/items", "two kinds of blocks there; see below"},
    {"Message/properties/stop_reason", "null as long as it is not known; more of them"},
    {"Message/properties/usage/properties", "as of Usage"},
    {"MessageStart/properties/message", "a message as answers have it; here some members are null"},
    {"Start/properties/content_block", "two kinds of blocks there; see below"},
    {"Delta/properties/delta/anyOf", "two kinds of deltas there; see below"},
    {"MessageDelta/properties/delta/properties/stop_reason", "more of them"},
    {"MessageDelta/properties/usage/properties/cache", "members that Anthropic sends"},
    {"MessageDelta/properties/usage/properties/server_tool_use", "the same"},
    {"AnthropicError/properties/request_id", "a member of Anthropic's"},
    {"InputBlock/properties/cache_control/properties/ttl", "a member of Anthropic's"},
    {"InputBlock/properties/cache_control/properties/type/default",
     "what it is where it is absent"},
    {"InputBlock/properties/cache_control/nullable", "Anthropic takes null for absence"},
};

class anthropic_schemas : public ::testing::Test {
  protected:
    static const value& components() {
        static const value facts =
            specification::load_facts("cortex-gateway").at("components").at("schemas");
        return facts;
    }

    static value theirs(const std::string& name) {
        return specification::normaliser(components())(components().at(name));
    }

    template <class T>
    static value ours() {
        const value schema = json::schema<T>();
        return specification::normaliser(schema.value("$defs", value::object()))(schema);
    }

    void expect_same(const value& mine, const value& documented, const std::string& name) {
        std::map<std::string, std::string> differences;
        specification::compare(mine, documented, name, differences);
        for (const auto& [path, difference] : differences) {
            if (!specification::is_deliberate(deliberate, path))
                ADD_FAILURE() << path << ": " << difference;
            for (const auto& [part, reason] : deliberate)
                if (path.find(part) != path.npos) used_.insert(std::string(part));
        }
    }

    template <class T>
    void matches(const std::string& name) {
        seen_.insert(name);
        expect_same(ours<T>(), theirs(name), name);
    }

    // The alternative of a union whose `type` is this; null when there is none.
    static value alternative(const value& of, const std::string& type) {
        for (const value& each : of.at("anyOf"))
            if (each.at("properties").at("type").value("const", "") == type) return each;
        return nullptr;
    }

    // The documented kinds of a union, by the member that tells them apart.
    static std::vector<std::string> kinds(const std::string& name) {
        std::vector<std::string> all;
        for (const auto& [type, reference] :
             components().at(name).at("discriminator").at("mapping").items())
            all.push_back(type);
        return all;
    }

    std::set<std::string> seen_, used_;
};

TEST_F(anthropic_schemas, are_those_of_the_specification) {
    matches<error_body>("AnthropicError");
    matches<error_detail>("AnthropicErrorDetail");
    matches<message_request>("AnthropicMessageRequest");
    matches<text_block>("AnthropicTextBlock");
    matches<tool_use_block>("AnthropicToolUseBlock");
    matches<stop_reason>("AnthropicStopReason");
    matches<usage>("AnthropicUsage");
    matches<message>("AnthropicMessage");
    matches<model_list>("AnthropicModelList");
    matches<message_start>("AnthropicMessageStart");
    matches<content_block_start>("AnthropicContentBlockStart");
    matches<content_block_delta>("AnthropicContentBlockDelta");
    matches<content_block_stop>("AnthropicContentBlockStop");
    matches<message_delta>("AnthropicMessageDelta");
    matches<message_stop>("AnthropicMessageStop");
    matches<ping>("AnthropicPing");

    // Of the blocks and events of an answer, the kinds; they are above, one by one.
    seen_.insert({"AnthropicContentBlock", "AnthropicStreamEvent", "AnthropicInputBlock"});
    const value blocks = ours<content_block>(), events = ours<stream_event>();
    for (const std::string& type : kinds("AnthropicContentBlock"))
        EXPECT_FALSE(alternative(blocks, type).is_null()) << type;
    for (const std::string& type : kinds("AnthropicStreamEvent"))
        EXPECT_FALSE(alternative(events, type).is_null()) << type;
    const value deltas = ours<content_delta>();
    const value documented = theirs("AnthropicContentBlockDelta").at("properties").at("delta");
    for (const value& each : documented.at("anyOf")) {
        const std::string type = each.at("properties").at("type").at("const");
        expect_same(alternative(deltas, type), each, type);
    }

    // One object has the members of all kinds of blocks there; here each kind has its own.
    const value input = ours<input_block>(), block = theirs("AnthropicInputBlock");
    for (const auto& [name, member] : block.at("properties").items()) {
        bool is_there = false;
        for (const value& each : input.at("anyOf")) {
            const value found = each.at("properties").value(name, value());
            is_there |= !found.is_null();
            if (name != "type" && name != "content" && name != "source" && !found.is_null())
                expect_same(found, member, "InputBlock/properties/" + name);
        }
        EXPECT_TRUE(is_there) << "no kind of block has " << name;
    }

    for (const auto& [name, schema] : components().items())
        EXPECT_TRUE(!name.starts_with("Anthropic") || seen_.contains(name)) << name;
    for (const auto& [part, reason] : deliberate)
        EXPECT_TRUE(used_.contains(std::string(part))) << part << " is no difference any more";
}

}  // namespace
}  // namespace tessera::anthropic
