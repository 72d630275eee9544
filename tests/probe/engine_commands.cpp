#include "engine_commands.hpp"

#include "core/error.hpp"
#include "core/json_text.hpp"
#include "loading/safetensors.hpp"
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
        const auto context =
            engine::parse_json<ordered_json>(read_all(in), "stdin", {.depth = 128});
        const auto source = context.is_object() ? context.find("template") : context.end();
        if (source == context.end() || !source->is_string())
            throw engine::engine_error(engine::error_code::invalid_argument,
                                       "stdin must be an object with a template");
        const auto parsed = engine::chat_template::parse(source->get<std::string>());
        return ordered_json{{"text", parsed.render(context)}};
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

}  // namespace tessera::probe
