#include "engine_commands.hpp"

#include <algorithm>

#include "constrain/answer_form.hpp"
#include "constrain/rule_builder.hpp"
#include "core/error.hpp"
#include "core/json_text.hpp"
#include "loading/safetensors.hpp"
#include "support/validator/validate.hpp"
#include "text/chat_template.hpp"
#include "text/tokenizer.hpp"

namespace tessera::probe {
namespace {

using nlohmann::ordered_json;

// Prints what `run` answers, or the engine's error.
template <class Run>
int verdict(std::ostream& out, Run run) {
    try {
        print_line(out, run());
    } catch (const engine::engine_error& e) {
        print_line(out, {{"error", engine::to_string(e.code)}, {"message", e.what()}});
    }
    return 0;
}

// A member of the object on stdin that must be there.
const ordered_json& member(const ordered_json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (found == object.end())
        throw engine::engine_error(
            engine::error_code::invalid_argument,
            std::string("stdin must be an object with a member \"") + name + '"');
    return *found;
}
const std::string& text_member(const ordered_json& object, const char* name) {
    const ordered_json& text = member(object, name);
    if (!text.is_string())
        throw engine::engine_error(engine::error_code::invalid_argument,
                                   std::string("the member \"") + name + "\" must be a string");
    return text.get_ref<const std::string&>();
}
ordered_json request(std::istream& in) {
    return engine::parse_json<ordered_json>(read_all(in), "stdin", {.depth = 128});
}

ordered_json unsupported(const engine::schema_problem& problem) {
    return {{"unsupported", problem.keyword.empty() ? "schema" : problem.keyword},
            {"pointer", problem.pointer},
            {"message", problem.message}};
}

}  // namespace

int safetensors_command(std::span<const std::string> args, std::istream&, std::ostream& out) {
    if (args.size() != 1) return usage_error;
    return verdict(out, [&] {
        const auto file = engine::safetensors_file::open(args[0]);
        ordered_json table = ordered_json::array();
        std::size_t offset = 0;
        for (const engine::tensor_view& view : file.tensors()) {
            table.push_back({{"name", view.name},
                             {"dtype", engine::to_string(view.type)},
                             {"shape", view.shape},
                             {"data_offsets", {offset, offset + view.data.size()}}});
            offset += view.data.size();
        }
        return ordered_json{{"tensors", table}, {"metadata", file.metadata()}};
    });
}

int template_command(std::span<const std::string>, std::istream& in, std::ostream& out) {
    return verdict(out, [&] {
        const auto context = request(in);
        const auto parsed = engine::chat_template::parse(text_member(context, "template"));
        return ordered_json{{"text", parsed.render(context)}};
    });
}

int schema_command(std::span<const std::string>, std::istream& in, std::ostream& out) {
    return verdict(out, [&]() -> ordered_json {
        const auto given = request(in);
        const auto& schema = member(given, "schema");
        const auto& instance = member(given, "instance");
        try {
            return {{"valid", engine::validates(schema, instance)}};
        } catch (const engine::schema_refused& e) {
            return unsupported(e.problem());
        }
    });
}

int tokenizer_command(std::span<const std::string> args, std::istream& in, std::ostream& out) {
    if (args.size() != 1) return usage_error;
    return verdict(out, [&] {
        const auto tokenizer = engine::tokenizer::load(args[0]);
        const auto ids = tokenizer.encode(read_all(in));
        return ordered_json{{"ids", ids}, {"text", tokenizer.decode(ids)}};
    });
}

namespace {

// How far the automaton of a schema reads a text, byte by byte.
ordered_json read_bytes(const ordered_json& schema, const std::string& text) {
    engine::grammar rules;
    engine::rule_builder build(rules);
    rules.start = build.state();
    auto graph = engine::schema_graph::compile(schema);
    if (!graph.satisfiable())
        throw engine::schema_refused({"", "", "no value satisfies this schema"});
    build.finish(build.value(rules.start, std::move(graph)));
    check_rules(rules);
    engine::frame_pool pool;
    engine::machine steps(rules, pool);
    auto now = steps.begin();
    std::size_t accepted = 0;
    for (; accepted < text.size(); ++accepted) {
        engine::readings next;
        steps.step(now, static_cast<unsigned char>(text[accepted]), next);
        if (next.empty()) break;
        now = std::move(next);
    }
    return {{"accepted_bytes", accepted},
            {"complete", accepted == text.size() && steps.complete(now)}};
}

// The same by tokens and their masks.
ordered_json read_tokens(const ordered_json& schema, const std::string& text,
                         const std::string& folder) {
    const auto tokens = std::make_shared<const engine::tokenizer>(engine::tokenizer::load(folder));
    engine::token_id end = 0;
    while (end < tokens->vocab_size() && !tokens->is_special(end)) ++end;
    if (end == tokens->vocab_size())
        throw engine::engine_error(engine::error_code::unsupported,
                                   "the vocabulary has no special token to end with");
    engine::answer_compiler compiler(tokens, {end});
    const auto reader = compiler.compile({.schema = schema})->begin();
    std::vector<std::uint64_t> mask((static_cast<std::size_t>(tokens->vocab_size()) + 63) / 64);
    const auto allowed = [&](engine::token_id id) {
        return (mask[static_cast<std::size_t>(id) / 64] >> (id % 64) & 1) != 0;
    };
    std::size_t accepted = 0;
    bool all = true;
    for (const auto id : tokens->encode(text, false)) {
        reader->allowed(mask);
        if (allowed(id) != reader->accept(id))
            throw engine::engine_error(engine::error_code::invalid_argument,
                                       "the mask and the automaton disagree");
        if (!allowed(id)) {
            all = false;
            break;
        }
        accepted += tokens->token_bytes(id).size();
    }
    reader->allowed(mask);
    return {{"accepted_bytes", accepted}, {"complete", all && allowed(end)}};
}

}  // namespace

int mask_command(std::span<const std::string> args, std::istream& in, std::ostream& out) {
    if (!args.empty() && (args.size() != 2 || args[0] != "--tokenizer")) return usage_error;
    return verdict(out, [&]() -> ordered_json {
        const auto given = request(in);
        const auto& schema = member(given, "schema");
        const auto& text = text_member(given, "text");
        try {
            return args.empty() ? read_bytes(schema, text) : read_tokens(schema, text, args[1]);
        } catch (const engine::schema_refused& e) {
            return unsupported(e.problem());
        }
    });
}

}  // namespace tessera::probe
