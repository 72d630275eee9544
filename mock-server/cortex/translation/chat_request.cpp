#include <iterator>
#include <utility>

#include "cortex/translation/call_ids.hpp"
#include "cortex/translation/images.hpp"
#include "cortex/translation/inputs.hpp"
#include "cortex/translation/places.hpp"
#include "cortex/translation/requests.hpp"
#include "cortex/translation/texts.hpp"

namespace tessera::server::cortex {
namespace {

using chat_content = std::vector<openai::content_part>;

// What an id of the client's is towards the upstream: what that upstream gave, or what any takes.
std::string upstream_id(const std::string& id) {
    std::string original = original_id(id);
    if (original == id && id.size() > 40) return portable_id(id);
    return original;
}

// One text is a text; several are parts.
openai::content content_of(chat_content said) {
    if (said.size() == 1)
        if (auto* only = std::get_if<openai::text_content>(&said.front()))
            return std::move(only->text);
    return said;
}

openai::text_only_content text_of(std::vector<openai::text_content> said) {
    if (said.empty()) return std::string();
    if (said.size() == 1) return std::move(said.front().text);
    return std::vector<openai::text_part>(std::make_move_iterator(said.begin()),
                                          std::make_move_iterator(said.end()));
}

class writer {
  public:
    writer(const chat_rules& rules, issue_list& issues) : rules_(rules), issues_(issues) {}

    std::vector<openai::message> write(anthropic::message_request& from) {
        if (from.system) add_system(*from.system);
        for (std::size_t i = 0; i < from.messages.size(); ++i) {
            place_ = {"messages", i, "content"};
            anthropic::input_message& turn = from.messages[i];
            if (turn.role == anthropic::role::user)
                add_user(turn.content);
            else if (turn.role == anthropic::role::assistant)
                add_assistant(turn.content);
            else
                wrong(issues_, {"messages", i, "role"}, "enum",
                      "must be \"user\" or \"assistant\"");
        }
        return std::move(made_);
    }

  private:
    void add_system(std::variant<std::string, std::vector<anthropic::text_block>>& said) {
        chat_content all;
        const auto add = [&](std::string& text) {
            if (!is_blank(text)) all.push_back(openai::text_content{.text = std::move(text)});
        };
        if (auto* text = std::get_if<std::string>(&said))
            add(*text);
        else
            for (auto& each : std::get<std::vector<anthropic::text_block>>(said)) add(each.text);
        if (!all.empty())
            made_.push_back(openai::system_message{.content = content_of(std::move(all))});
    }

    void cannot(std::size_t i, std::string_view type) {
        wrong(issues_, below(place_, {i}), "value_error",
              "of the type \"" + std::string(type) + "\" cannot be said to this model");
    }

    void add_user(anthropic::content& said) {
        if (auto* text = std::get_if<std::string>(&said)) {
            if (!is_blank(*text))
                made_.push_back(openai::user_message{.content = std::move(*text)});
            return;
        }
        // Results first, and nothing between them; what they show follows as the user's.
        chat_content shown, spoken;
        auto& blocks = std::get<std::vector<anthropic::input_block>>(said);
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            if (auto* result = std::get_if<anthropic::tool_result_block>(&blocks[i]))
                add_result(*result, i, shown);
            else
                std::visit([&](auto& block) { speak(block, i, spoken); }, blocks[i]);
        }
        shown.insert(shown.end(), std::make_move_iterator(spoken.begin()),
                     std::make_move_iterator(spoken.end()));
        if (!shown.empty())
            made_.push_back(openai::user_message{.content = content_of(std::move(shown))});
    }

    void speak(anthropic::text_block& block, std::size_t, chat_content& to) {
        if (!is_blank(block.text))
            to.push_back(openai::text_content{.text = std::move(block.text)});
    }
    void speak(const anthropic::image_block& block, std::size_t i, chat_content& to) {
        if (auto url = url_of(block.source))
            to.push_back(openai::image_url_content{.image_url = {.url = *std::move(url)}});
        else
            wrong(issues_, below(place_, {i, "source"}), "value_error",
                  "must be of the type \"base64\" or \"url\" for this model");
    }
    void speak(anthropic::document_block& block, std::size_t i, chat_content& to) {
        std::string text = block.title ? *block.title + "\n\n" : std::string();
        if (block.context) text += *block.context + "\n\n";
        if (auto* plain = std::get_if<anthropic::text_source>(&block.source)) {
            to.push_back(openai::text_content{.text = text + plain->data});
        } else if (auto* whole = std::get_if<anthropic::content_source>(&block.source)) {
            if (!text.empty()) to.push_back(openai::text_content{.text = std::move(text)});
            speak_all(whole->content, i, to);
        } else {
            wrong(issues_, below(place_, {i, "source"}), "value_error",
                  "must be of the type \"text\" or \"content\" for this model");
        }
    }
    template <class Block>
    void speak(const Block& block, std::size_t i, chat_content&) {
        cannot(i, block.type);
    }
    template <class Block>
    void speak_all(std::variant<std::string, std::vector<Block>>& said, std::size_t i,
                   chat_content& to) {
        if (auto* text = std::get_if<std::string>(&said)) {
            if (!is_blank(*text)) to.push_back(openai::text_content{.text = std::move(*text)});
            return;
        }
        for (auto& each : std::get<std::vector<Block>>(said))
            std::visit([&](auto& block) { speak(block, i, to); }, each);
    }

    void add_result(anthropic::tool_result_block& result, std::size_t i, chat_content& shown) {
        chat_content all;
        if (result.content) speak_all(*result.content, i, all);
        std::vector<openai::text_content> texts;
        const std::string id = upstream_id(result.tool_use_id);
        bool is_first = true;
        for (openai::content_part& part : all) {
            if (auto* text = std::get_if<openai::text_content>(&part)) {
                texts.push_back(std::move(*text));
                continue;
            }
            if (std::exchange(is_first, false))
                shown.push_back(openai::text_content{.text = "From the result of " + id + ":"});
            shown.push_back(std::move(part));
        }
        // The other dialect has no member for that.
        if (result.is_error.value_or(false)) {
            if (texts.empty()) texts.emplace_back();
            texts.front().text = "Error: " + texts.front().text;
        }
        made_.push_back(
            openai::tool_message{.content = text_of(std::move(texts)), .tool_call_id = id});
    }

    void add_assistant(anthropic::content& said) {
        openai::assistant_message made;
        std::vector<openai::text_content> texts;
        if (auto* text = std::get_if<std::string>(&said)) {
            if (!is_blank(*text)) texts.push_back({.text = std::move(*text)});
        } else {
            auto& blocks = std::get<std::vector<anthropic::input_block>>(said);
            for (std::size_t i = 0; i < blocks.size(); ++i)
                std::visit([&](auto& block) { recall(block, i, made, texts); }, blocks[i]);
        }
        if (!texts.empty()) made.content = text_of(std::move(texts));
        if (made.content || made.tool_calls) made_.push_back(std::move(made));
    }

    using texts_type = std::vector<openai::text_content>;

    void recall(anthropic::text_block& block, std::size_t, openai::assistant_message&,
                texts_type& texts) {
        if (!is_blank(block.text)) texts.push_back({.text = std::move(block.text)});
    }
    void recall(anthropic::tool_use_block& block, std::size_t, openai::assistant_message& to,
                texts_type&) {
        if (!to.tool_calls) to.tool_calls.emplace();
        const json::value& input = block.input.members;
        to.tool_calls->push_back(
            {.id = upstream_id(block.id),
             .type = "function",
             .function = {.name = std::move(block.name), .arguments = text_of_input(input)}});
    }
    void recall(anthropic::thinking_block& block, std::size_t, openai::assistant_message& to,
                texts_type&) {
        if (!rules_.takes_thoughts || is_blank(block.thinking)) return;
        to.reasoning =
            (to.reasoning ? openai::text_of(*to.reasoning) : std::string()) + block.thinking;
    }
    // Another service cannot read it.
    void recall(anthropic::redacted_thinking_block&, std::size_t, openai::assistant_message&,
                texts_type&) {}
    template <class Block>
    void recall(const Block& block, std::size_t i, openai::assistant_message&, texts_type&) {
        cannot(i, block.type);
    }

    const chat_rules& rules_;
    issue_list& issues_;
    json::path_type place_;
    std::vector<openai::message> made_;
};

openai::tool tool_of(anthropic::tool& from) {
    openai::tool made;
    made.function.name = std::move(from.name);
    made.function.description = std::move(from.description);
    made.function.strict = from.strict;
    if (from.input_schema && from.input_schema->members.is_object()) {
        openai::json_object& schema = made.function.parameters.emplace();
        for (auto& [name, member] : from.input_schema->members.items())
            schema[name] = std::move(member);
    }
    return made;
}

void translate_tools(anthropic::message_request& from, openai::chat_request& to,
                     issue_list& issues) {
    if (!from.tools || from.tools->empty()) return;
    auto& made = to.tools.emplace();
    for (std::size_t i = 0; i < from.tools->size(); ++i) {
        anthropic::tool& each = (*from.tools)[i];
        if (each.type.value_or("custom") == "custom")
            made.push_back(tool_of(each));
        else
            wrong(issues, {"tools", i, "type"}, "value_error",
                  "must be \"custom\" for this model: \"" + *each.type +
                      "\" is a tool of Anthropic's own");
    }
    if (!from.tool_choice) return;
    using enum openai::tool_choice_mode;
    const anthropic::tool_choice& choice = *from.tool_choice;
    if (choice.disable_parallel_tool_use)
        to.parallel_tool_calls = !*choice.disable_parallel_tool_use;
    const auto chosen = choice.type.known();
    if (chosen == anthropic::tool_choice_type::automatic)
        to.tool_choice = automatic;
    else if (chosen == anthropic::tool_choice_type::any)
        to.tool_choice = required;
    else if (chosen == anthropic::tool_choice_type::none)
        to.tool_choice = none;
    else if (chosen == anthropic::tool_choice_type::tool && choice.name)
        to.tool_choice = openai::chosen_tool{.function = {.name = *choice.name}};
    else if (chosen == anthropic::tool_choice_type::tool)
        wrong(issues, {"tool_choice", "name"}, "missing", "is required for the type \"tool\"");
    else
        wrong(issues, {"tool_choice", "type"}, "enum",
              "must be \"auto\", \"any\", \"tool\" or \"none\"");
}

std::optional<std::string> effort_of(const std::optional<anthropic::thinking_config>& thinking) {
    if (!thinking || thinking->type == "disabled") return std::nullopt;
    if (!thinking->budget_tokens) return "medium";
    return *thinking->budget_tokens < 4096   ? "low"
           : *thinking->budget_tokens < 8192 ? "medium"
                                             : "high";
}

// The schema of an answer has no name among the members yet: it is `output_config.format`, and
// `output_format` in what Anthropic calls a beta.
void translate_form(const json::value& extra, openai::chat_request& to, issue_list& issues) {
    if (!extra.is_object()) return;
    const json::value* form = nullptr;
    json::path_type place{"output_format"};
    if (const auto found = extra.find("output_format"); found != extra.end()) form = &*found;
    if (const auto config = extra.find("output_config");
        config != extra.end() && config->is_object())
        if (const auto found = config->find("format"); found != config->end()) {
            form = &*found;
            place = {"output_config", "format"};
        }
    if (!form || form->is_null()) return;
    if (!form->is_object() || form->value("type", json::value()) != "json_schema" ||
        !form->value("schema", json::value()).is_object())
        return wrong(issues, place, "value_error",
                     "must be of the type \"json_schema\" and have a schema for this model");
    openai::response_format_json_schema made;
    made.json_schema.name = "answer";
    made.json_schema.strict = true;
    openai::json_object& schema = made.json_schema.schema.emplace();
    for (const auto& [name, member] : form->find("schema")->items()) schema[name] = member;
    to.response_format = std::move(made);
}

}  // namespace

std::optional<openai::chat_request> to_chat(anthropic::message_request from,
                                            const chat_rules& rules, issue_list& issues) {
    const std::size_t before = issues.size();
    openai::chat_request to;
    to.messages = writer(rules, issues).write(from);
    if (to.messages.empty() && issues.size() == before)
        wrong(issues, {"messages"}, "value_error", "must have a message that is not blank");
    translate_tools(from, to, issues);
    to.model = std::move(from.model);
    (rules.names_max_completion_tokens ? to.max_completion_tokens : to.max_tokens) =
        from.max_tokens;
    to.temperature = from.temperature;
    to.top_p = from.top_p;
    to.stream = from.stream;
    if (from.stream.value_or(false)) to.stream_options.emplace().include_usage = true;
    if (from.stop_sequences) {
        std::erase(*from.stop_sequences, "");
        if (!from.stop_sequences->empty()) to.stop = std::move(*from.stop_sequences);
    }
    to.reasoning_effort = effort_of(from.thinking);
    translate_form(from.extra, to, issues);
    if (from.metadata) to.user = std::move(from.metadata->user_id);
    if (from.service_tier == "auto") to.service_tier = "auto";
    if (from.service_tier == "standard_only") to.service_tier = "default";
    if (issues.size() != before) return std::nullopt;
    return to;
}

}  // namespace tessera::server::cortex
