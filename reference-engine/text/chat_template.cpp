#include "text/chat_template.hpp"

#include <map>
#include <utility>

#include "core/error.hpp"
#include "core/json_text.hpp"
#include "core/mapped_file.hpp"
#include "text/jinja/machine.hpp"
#include "text/jinja/syntax.hpp"
#include "text/unicode.hpp"

namespace tessera::engine {
namespace {

using jinja::machine;
using jinja::value;

constexpr std::size_t longest_file = std::size_t{16} << 20;

std::string valid_utf8(const std::string& text) {
    return unicode::is_valid(text) ? text : unicode::repair(text);
}

/// A context as values; nesting is bounded before anything is built on it.
template <class Json>
value convert(machine& m, const Json& x, int depth = 0) {
    if (depth > jinja::largest_depth) {
        throw engine_error(error_code::limit,
                           "the template's context is nested deeper than 100 levels");
    }
    switch (x.type()) {
        case Json::value_t::boolean:
            return x.template get<bool>();
        case Json::value_t::number_integer:
            return x.template get<std::int64_t>();
        case Json::value_t::number_unsigned:
            return x.template get<std::uint64_t>();
        case Json::value_t::number_float:
            return x.template get<double>();
        case Json::value_t::string:
            return m.text(valid_utf8(x.template get_ref<const std::string&>()));
        case Json::value_t::array: {
            std::vector<value> items;
            items.reserve(x.size());
            for (const Json& item : x) items.push_back(convert(m, item, depth + 1));
            return m.list(std::move(items));
        }
        case Json::value_t::object: {
            jinja::dict out;
            for (const auto& [name, item] : x.items()) {
                out.set(std::make_shared<const std::string>(valid_utf8(name)),
                        convert(m, item, depth + 1));
            }
            return m.mapping(std::move(out));
        }
        default:
            return jinja::none{};
    }
}

/// A token of tokenizer_config.json: its text, or an object with `content`.
std::optional<std::string> token_text(const nlohmann::json& config, const char* name) {
    const auto it = config.find(name);
    if (it == config.end()) return std::nullopt;
    const nlohmann::json& text =
        it->is_object() && it->contains("content") ? it->at("content") : *it;
    return text.is_string() ? std::optional(text.get<std::string>()) : std::nullopt;
}

}  // namespace

struct chat_template::state {
    jinja::syntax_tree tree;
    std::optional<jinja::syntax_tree> tree_with_tools;
    std::map<std::string, std::string> variables;  // unless the context has them

    template <class Json>
    std::string render(const Json& context, const render_options& options) const {
        if (!context.is_object()) {
            throw engine_error(error_code::invalid_argument,
                               "a template's context must be an object");
        }
        const auto tools = context.find("tools");
        const bool has_tools = tools != context.end() && !tools->is_null() && !tools->empty();
        const jinja::syntax_tree& used = tree_with_tools && has_tools ? *tree_with_tools : tree;
        machine m(used, options.limits, options.now.value_or(std::chrono::system_clock::now()));
        for (const auto& [name, symbol] : used.symbols) {
            if (const auto given = context.find(name); given != context.end()) {
                m.define(symbol, convert(m, *given));
            } else if (const auto known = variables.find(name); known != variables.end()) {
                m.define(symbol, m.text(known->second));
            }
        }
        return m.run();
    }
};

chat_template chat_template::parse(std::string source) {
    auto made = std::make_shared<state>();
    made->tree = jinja::parse(source);
    chat_template out;
    out.state_ = std::move(made);
    return out;
}

chat_template chat_template::load(const std::filesystem::path& dir) {
    auto made = std::make_shared<state>();
    const auto config_path = dir / "tokenizer_config.json";
    const auto template_path = dir / "chat_template.jinja";
    std::error_code ignored;
    nlohmann::json config = nlohmann::json::object();
    if (std::filesystem::exists(config_path, ignored)) {
        config = read_json(config_path, {.bytes = longest_file, .depth = 32});
    }
    const auto malformed = [&](const char* reason) {
        return engine_error(error_code::malformed, config_path.string() + ": " + reason);
    };
    if (!config.is_object()) throw malformed("must be an object");
    for (const char* name : {"bos_token", "eos_token", "unk_token", "pad_token"}) {
        if (auto text = token_text(config, name)) made->variables.emplace(name, std::move(*text));
    }

    bool found = false;
    if (std::filesystem::exists(template_path, ignored)) {
        const mapped_file file = mapped_file::open(template_path);
        made->tree = jinja::parse(file.text());
        found = true;
    } else if (const auto source = config.find("chat_template"); source != config.end()) {
        if (source->is_string()) {
            made->tree = jinja::parse(source->get_ref<const std::string&>());
            found = true;
        } else if (source->is_array()) {
            for (const nlohmann::json& named : *source) {
                if (!named.is_object() || !named.contains("name") || !named.contains("template") ||
                    !named["template"].is_string()) {
                    throw malformed("chat_template lists what is not a name with a template");
                }
                const auto& text = named["template"].get_ref<const std::string&>();
                if (named["name"] == "default") {
                    made->tree = jinja::parse(text);
                    found = true;
                } else if (named["name"] == "tool_use") {
                    made->tree_with_tools = jinja::parse(text);
                }
            }
        }
    }
    if (!found) {
        throw engine_error(error_code::malformed,
                           dir.string() +
                               ": there is no chat template, neither chat_template.jinja nor "
                               "chat_template in tokenizer_config.json");
    }
    chat_template out;
    out.state_ = std::move(made);
    return out;
}

std::string chat_template::render(const nlohmann::json& context,
                                  const render_options& options) const {
    return state_->render(context, options);
}

std::string chat_template::render(const nlohmann::ordered_json& context,
                                  const render_options& options) const {
    return state_->render(context, options);
}

}  // namespace tessera::engine
