#include "inference/local/state.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>

#include "core/error.hpp"
#include "core/ids.hpp"
#include "loading/weight_files.hpp"
#include "run/backend.hpp"

namespace tessera::server {
namespace {

std::int64_t modified(const std::filesystem::path& file) {
    std::error_code error;
    const auto time = std::filesystem::last_write_time(file, error);
    if (error) return 0;
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::file_clock::to_sys(time).time_since_epoch())
        .count();
}

std::string precision_of(const engine::weight_files& weights) {
    const engine::tensor_view* const found = weights.find("model.embed_tokens.weight");
    if (!found) return "unknown";
    switch (found->type) {
        case engine::dtype::f32:
            return "FP32";
        case engine::dtype::f16:
            return "FP16";
        case engine::dtype::bf16:
            return "BF16";
        default:
            return "unknown";
    }
}

}  // namespace

std::string fingerprint_of(const std::filesystem::path& folder, std::string_view base) {
    const bool adapter = !base.empty();
    std::uint64_t hash = hash_of(TESSERA_VERSION);
    if (adapter) hash = hash_of(base, hash);
    std::ifstream config(folder / (adapter ? "adapter_config.json" : "config.json"),
                         std::ios::binary);
    hash = hash_of(std::string(std::istreambuf_iterator<char>(config), {}), hash);
    std::vector<const char*> sized = {"model.safetensors", "tokenizer.json",
                                      "tokenizer_config.json"};
    if (adapter) sized = {"adapter_model.safetensors"};
    std::error_code ignored;
    for (const char* name : sized)
        hash = hash_of(std::to_string(std::filesystem::file_size(folder / name, ignored)), hash);
    std::string text = "fp_";
    append_hex(text, hash, 10);
    return text;
}

std::string name_of_folder(const std::filesystem::path& folder) {
    return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
}

local_state::local_state(const std::filesystem::path& folder, const options& settings,
                         std::shared_ptr<engine::compute_budget> budget)
    : name(name_of_folder(folder)),
      fingerprint(fingerprint_of(folder)),
      precision(precision_of(engine::weight_files::open(folder))),
      created(modified(folder / "config.json")),
      tokenizer(std::make_shared<const engine::tokenizer>(engine::tokenizer::load(folder))),
      chat_template(engine::chat_template::load(folder)),
      dialect(learn_dialect(
          [this](const json::value& context) { return chat_template.render(context); })) {
    // A mark that is a special token has no text in an answer.
    answer_marks& marks = dialect.marks;
    if (!can_show(marks.think) || !can_show(marks.end_think)) marks.think = marks.end_think = {};
    if (!can_show("<tool_call>") || !can_show("</tool_call>")) marks.call = marks.end_call = {};
    const auto model = engine::load_model(folder, {.threads = settings.threads});
    config = model->config();
    compiler = std::make_unique<engine::answer_compiler>(tokenizer, config.eos_tokens);
    for (int id = 0; id < tokenizer->vocab_size(); ++id)
        longest_token = std::max(longest_token, tokenizer->token_bytes(id).size());
    runner = std::make_unique<engine::engine>(
        model, tokenizer,
        engine::engine::options{.threads = settings.threads,
                                .budget = std::move(budget),
                                .max_sequences = settings.max_sequences,
                                .queue_limit = settings.queue_limit});
}

bool local_state::can_show(const std::string& mark) const {
    const auto id = tokenizer->id_of(mark);
    return !id || !tokenizer->is_special(*id);
}

}  // namespace tessera::server
