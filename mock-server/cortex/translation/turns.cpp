#include "cortex/translation/turns.hpp"

#include <map>
#include <set>
#include <utility>

#include "cortex/translation/call_ids.hpp"
#include "cortex/translation/images.hpp"
#include "cortex/translation/places.hpp"
#include "cortex/translation/texts.hpp"
#include "cortex/translation/thoughts.hpp"
#include "tessera/json/decode.hpp"
#include "tessera/json/parse.hpp"

namespace tessera::server::cortex {
namespace {

using blocks = std::vector<anthropic::input_block>;

// The names that ids of calls have towards Anthropic, which takes each id once in a conversation.
class call_names {
  public:
    const std::string& begin(const std::string& id) {
        used& of = used_[id];
        of.name = first_name(id);
        while (!taken_.insert(of.name).second)
            of.name = portable_id(id + "#" + std::to_string(++of.times));
        return of.name;
    }
    std::string of(const std::string& id) const {
        const auto found = used_.find(id);
        return found == used_.end() ? first_name(id) : found->second.name;
    }

  private:
    struct used {
        std::size_t times = 1;
        std::string name{};  // that results of the id are for
    };

    static std::string first_name(const std::string& id) {
        return is_plain_id(id) ? id : portable_id(id);
    }

    std::set<std::string> taken_;
    std::map<std::string, used> used_;
};

class reader {
  public:
    explicit reader(issue_list& issues) : issues_(issues) {}

    conversation read(std::vector<openai::message> messages) {
        for (std::size_t i = 0; i < messages.size(); ++i) {
            place_ = {"messages", i};
            std::visit([&](auto& said) { take(said); }, messages[i]);
        }
        end_results();
        end_last_turn();
        if (system_.size() == 1)
            made_.system = std::move(system_.front().text);
        else if (!system_.empty())
            made_.system = std::move(system_);
        return std::move(made_);
    }

  private:
    void take(openai::system_message& said) { take_system(said.content); }
    void take(openai::developer_message& said) { take_system(said.content); }

    void take_system(openai::content& said) {
        blocks all = blocks_of(said);
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (auto* text = std::get_if<anthropic::text_block>(&all[i]))
                system_.push_back(std::move(*text));
            else
                wrong(issues_, below(place_, {"content"}), "value_error",
                      "must be text for this model, where images are the user's to show");
        }
    }

    void take(openai::user_message& said) {
        blocks all = blocks_of(said.content);
        if (said.name && !all.empty()) {
            // The other dialect has no member for who of several users speaks.
            if (auto* first = std::get_if<anthropic::text_block>(&all.front()))
                first->text = *said.name + ": " + first->text;
            else
                all.insert(all.begin(), anthropic::text_block{.text = *said.name + ":"});
        }
        if (after_calls_)
            after_results_.insert(after_results_.end(), std::make_move_iterator(all.begin()),
                                  std::make_move_iterator(all.end()));
        else
            add(anthropic::role::user, std::move(all));
    }

    void take(openai::tool_message& said) {
        anthropic::tool_result_block made{.tool_use_id = names_.of(said.tool_call_id)};
        if (auto* text = std::get_if<std::string>(&said.content)) {
            if (!is_blank(*text)) made.content = std::move(*text);
        } else {
            std::vector<anthropic::result_block> parts;
            add_parts(said.content, parts);
            if (!parts.empty()) made.content = std::move(parts);
        }
        results_.push_back(std::move(made));
        after_calls_ = true;
    }

    void take(openai::assistant_message& said) {
        end_results();
        blocks all;
        const auto thoughts = thoughts_in(said.extra);
        if (!thoughts)
            wrong(issues_, below(place_, {"thinking_blocks"}), "value_error",
                  "must be blocks of the types thinking and redacted_thinking, as they came");
        else
            for (const thought& each : *thoughts)
                if (is_sealed(each))
                    std::visit([&](const auto& block) { all.emplace_back(block); }, each);
        const std::size_t thoughts_kept = all.size();
        if (said.content) add_parts(*said.content, all);
        if (all.size() == thoughts_kept) add_refusal(said.extra, all);
        if (said.tool_calls && !said.tool_calls->empty()) {
            for (std::size_t i = 0; i < said.tool_calls->size(); ++i)
                add_call((*said.tool_calls)[i], i, all);
            after_calls_ = true;
            made_.calls_without_thoughts = thoughts_kept == 0;
        }
        add(anthropic::role::assistant, std::move(all));
    }

    static void add_refusal(const json::value& extra, blocks& to) {
        if (!extra.is_object()) return;
        const auto found = extra.find("refusal");
        if (found == extra.end()) return;
        const auto* text = found->get_ptr<const std::string*>();
        if (text && !is_blank(*text)) to.push_back(anthropic::text_block{.text = *text});
    }

    void add_call(openai::tool_call& call, std::size_t i, blocks& to) {
        const json::path_type place = below(place_, {"tool_calls", i});
        if (!call.type.empty() && call.type != "function")
            return wrong(issues_, below(place, {"type"}), "value_error",
                         "must be \"function\" for this model");
        anthropic::tool_use_block made{.id = names_.begin(call.id),
                                       .name = std::move(call.function.name)};
        made.input.members = json::value::object();
        if (!is_blank(call.function.arguments)) {
            result<json::value> input = json::parse(call.function.arguments);
            if (!input || !input->is_object())
                return wrong(issues_, below(place, {"function", "arguments"}), "json_invalid",
                             "must be the text of a JSON object for this model");
            made.input.members = *std::move(input);
        }
        to.push_back(std::move(made));
    }

    blocks blocks_of(openai::content& said) {
        blocks made;
        add_parts(said, made);
        return made;
    }

    template <class Part, class Block>
    void add_parts(std::variant<std::string, std::vector<Part>>& said, std::vector<Block>& to) {
        if (auto* text = std::get_if<std::string>(&said)) return add_text(*text, to);
        auto& parts = std::get<std::vector<Part>>(said);
        for (std::size_t i = 0; i < parts.size(); ++i)
            std::visit([&](auto& part) { add_part(part, i, to); }, parts[i]);
    }

    template <class Block>
    static void add_text(std::string& text, std::vector<Block>& to) {
        if (!is_blank(text)) to.push_back(anthropic::text_block{.text = std::move(text)});
    }

    template <class Block>
    void add_part(openai::text_content& part, std::size_t, std::vector<Block>& to) {
        add_text(part.text, to);
    }
    template <class Block>
    void add_part(openai::image_url_content& part, std::size_t i, std::vector<Block>& to) {
        add_image(source_of_url(part.image_url.url), {"content", i, "image_url", "url"},
                  "must be an http or https URL, or data:MEDIA/TYPE;base64,...", to);
    }
    template <class Block>
    void add_part(openai::image_content& part, std::size_t i, std::vector<Block>& to) {
        add_image(source_of_base64(std::move(part.image)), {"content", i, "image"},
                  "must be the base64 of a PNG, JPEG, GIF or WebP", to);
    }
    // Results of tools have images where messages of users have them by name.
    template <class Block>
    void add_part(json::unknown& part, std::size_t i, std::vector<Block>& to) {
        if (part.raw.is_object() && part.raw.value("type", json::value()) == "image_url")
            if (auto image = json::decode<openai::image_url_content>(part.raw))
                return add_part(*image, i, to);
        wrong(issues_, below(place_, {"content", i, "type"}), "value_error",
              "is a kind of part that the model's provider has no form for");
    }

    template <class Block>
    void add_image(std::optional<anthropic::image_source> source, const json::path_type& at,
                   const char* rule, std::vector<Block>& to) {
        if (source)
            to.push_back(anthropic::image_block{.source = *std::move(source)});
        else
            wrong(issues_, below(place_, at), "value_error", rule);
    }

    void end_results() {
        if (!results_.empty() || !after_results_.empty()) {
            results_.insert(results_.end(), std::make_move_iterator(after_results_.begin()),
                            std::make_move_iterator(after_results_.end()));
            add(anthropic::role::user, std::exchange(results_, {}));
            after_results_.clear();
        }
        after_calls_ = false;
    }

    void add(anthropic::role role, blocks said) {
        if (said.empty()) return;
        if (role == anthropic::role::user &&
            !std::holds_alternative<anthropic::tool_result_block>(said.front()))
            made_.calls_without_thoughts = false;
        auto* only = said.size() == 1 ? std::get_if<anthropic::text_block>(&said.front()) : nullptr;
        anthropic::content content;
        if (only)
            content = std::move(only->text);
        else
            content = std::move(said);
        made_.turns.push_back({.role = role, .content = std::move(content)});
    }

    // The last turn, where it is the model's, is the beginning of the answer, and must not end with
    // white space.
    void end_last_turn() {
        if (made_.turns.empty() || !(made_.turns.back().role == anthropic::role::assistant)) return;
        anthropic::content& said = made_.turns.back().content;
        auto* text = std::get_if<std::string>(&said);
        if (!text)
            if (auto* last = std::get_if<anthropic::text_block>(&std::get<blocks>(said).back()))
                text = &last->text;
        if (text) text->erase(text->find_last_not_of(white_space) + 1);
    }

    issue_list& issues_;
    json::path_type place_;
    conversation made_;
    std::vector<anthropic::text_block> system_;
    call_names names_;
    bool after_calls_ = false;
    blocks results_, after_results_;
};

}  // namespace

conversation conversation_of(std::vector<openai::message> messages, issue_list& issues) {
    return reader(issues).read(std::move(messages));
}

}  // namespace tessera::server::cortex
