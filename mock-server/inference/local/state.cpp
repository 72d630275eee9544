#include "inference/local/state.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>

#include "core/compute_budget.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "loading/weight_files.hpp"

namespace tessera::server {
namespace {

// Tokens of a step. A GPU has something to do from some hundreds on.
constexpr int device_tokens = 1024;

// A fingerprint of files, and of what is not computed by default.
std::string with_choices(std::string files, const options& settings) {
    if (settings.precision == weight_precision::automatic && settings.cached == kv_precision::f32)
        return files;
    const std::uint64_t hash =
        hash_of(files + " " + std::to_string(static_cast<int>(settings.precision)) + " " +
                std::to_string(static_cast<int>(settings.cached)));
    std::string text = "fp_";
    append_hex(text, hash, 10);
    return text;
}

// Devices do not round alike.
std::string with_device(std::string files, const engine::backend& computes) {
    if (&computes == &engine::cpu_backend()) return files;
    std::string text = "fp_";
    append_hex(text, hash_of(files + " " + std::string(computes.name())), 10);
    return text;
}

// Of a copy's cache: room for the longest text and for a quarter as much beside it, since there may be
// many of its kind.
int copy_tokens(const engine::model_config& config) {
    return config.max_position + config.max_position / 4;
}

std::string size_text(std::size_t bytes) {
    constexpr std::size_t gibibyte = std::size_t{1} << 30U;
    return bytes < 10 * gibibyte ? std::to_string(bytes >> 20U) + " MiB"
                                 : std::to_string(bytes >> 30U) + " GiB";
}

std::int64_t modified(const std::filesystem::path& file) {
    std::error_code error;
    const auto time = std::filesystem::last_write_time(file, error);
    if (error) return 0;
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::file_clock::to_sys(time).time_since_epoch())
        .count();
}

std::string precision_of(const engine::weight_files& weights, weight_precision wanted) {
    switch (wanted) {
        case weight_precision::automatic:
            break;
        case weight_precision::f32:
            return "FP32";
        case weight_precision::bf16:
            return "BF16";
        case weight_precision::int8:
            return "INT8";
    }
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

engine::backend_kind for_engine(backend_kind wanted) {
    switch (wanted) {
        case backend_kind::automatic:
            break;
        case backend_kind::cpu:
            return engine::backend_kind::cpu;
        case backend_kind::cuda:
            return engine::backend_kind::cuda;
    }
    return engine::backend_kind::automatic;
}

engine::weight_precision for_engine(weight_precision wanted) {
    switch (wanted) {
        case weight_precision::automatic:
            break;
        case weight_precision::f32:
            return engine::weight_precision::f32;
        case weight_precision::bf16:
            return engine::weight_precision::bf16;
        case weight_precision::int8:
            return engine::weight_precision::int8;
    }
    return engine::weight_precision::as_stored;
}

}  // namespace

std::string fingerprint_of(const std::filesystem::path& folder, std::string_view base) {
    std::uint64_t hash = hash_of(TESSERA_VERSION);
    const auto add_content = [&](const char* name) {
        std::ifstream file(folder / name, std::ios::binary);
        hash = hash_of(std::string(std::istreambuf_iterator<char>(file), {}), hash);
    };
    std::error_code ignored;
    if (base.empty()) {
        add_content("config.json");
        for (const char* name : {"model.safetensors", "tokenizer.json", "tokenizer_config.json"})
            hash =
                hash_of(std::to_string(std::filesystem::file_size(folder / name, ignored)), hash);
    } else {
        // All that one training leaves has the same size, and is small.
        hash = hash_of(base, hash);
        const bool adapter = std::filesystem::exists(folder / "adapter_config.json", ignored);
        add_content(adapter ? "adapter_config.json" : "config.json");
        add_content(adapter ? "adapter_model.safetensors" : "model.safetensors");
    }
    std::string text = "fp_";
    append_hex(text, hash, 10);
    return text;
}

std::string name_of_folder(const std::filesystem::path& folder) {
    return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
}

model_language::model_language(const std::filesystem::path& folder,
                               const engine::model_config& config)
    : tokenizer(std::make_shared<const engine::tokenizer>(engine::tokenizer::load(folder))),
      chat_template(engine::chat_template::load(folder)),
      dialect(learn_dialect(
          [this](const json::value& context) { return chat_template.render(context); })),
      compiler(std::make_unique<engine::answer_compiler>(tokenizer, config.eos_tokens)) {
    // A mark that is a special token has no text in an answer.
    answer_marks& marks = dialect.marks;
    if (!can_show(marks.think) || !can_show(marks.end_think)) marks.think = marks.end_think = {};
    if (!can_show("<tool_call>") || !can_show("</tool_call>")) marks.call = marks.end_call = {};
    for (int id = 0; id < tokenizer->vocab_size(); ++id)
        longest_token = std::max(longest_token, tokenizer->token_bytes(id).size());
}

bool model_language::can_show(const std::string& mark) const {
    const auto id = tokenizer->id_of(mark);
    return !id || !tokenizer->is_special(*id);
}

local_state::local_state(const std::filesystem::path& of, const options& settings,
                         std::shared_ptr<engine::compute_budget> shared)
    : folder(of),
      name(name_of_folder(folder)),
      fingerprint(with_choices(fingerprint_of(folder), settings)),
      precision(precision_of(engine::weight_files::open(folder), settings.precision)),
      created(modified(folder / "config.json")),
      config(engine::load_config(folder)),
      language(std::make_shared<const model_language>(folder, config)),
      budget(shared ? std::move(shared)
                    : std::make_shared<engine::compute_budget>(settings.threads)),
      chosen_(settings.precision),
      options_{.threads = settings.threads,
               .budget = budget,
               .max_sequences = settings.max_sequences,
               .queue_limit = settings.queue_limit,
               .cached = settings.cached == kv_precision::bf16 ? engine::kv_precision::bf16
                                                               : engine::kv_precision::f32} {
    start(settings.backend, settings.log);
    fingerprint = with_device(std::move(fingerprint), *computes_);
}

local_state::local_state(const local_state& base, const std::filesystem::path& of)
    : folder(of),
      name(name_of_folder(folder)),
      fingerprint(fingerprint_of(folder, base.fingerprint)),
      precision(precision_of(engine::weight_files::open(folder), base.chosen_)),
      created(modified(folder / "config.json")),
      config(engine::load_config(folder)),
      language(base.language),
      budget(base.budget),
      chosen_(base.chosen_),
      options_(base.options_) {
    if (config.vocab_size != base.config.vocab_size)
        throw engine::engine_error(engine::error_code::malformed,
                                   "config.json: vocab_size is not that of the model " + base.name);
    options_.kv_tokens = copy_tokens(config);
    start_on(*base.computes_);
}

void local_state::start(backend_kind wanted, const std::function<void(const std::string&)>& log) {
    auto chosen = engine::choose_backend(for_engine(wanted));
    try {
        start_on(*chosen.computes);
    } catch (const engine::engine_error& thrown) {
        const bool other = chosen.computes != &engine::cpu_backend();
        if (wanted != backend_kind::automatic || !other ||
            thrown.code != engine::error_code::device)
            throw;
        chosen = {&engine::cpu_backend(), thrown.what()};
        start_on(*chosen.computes);
    }
    if (!log) return;
    std::string line = "the model " + name + ": " + size_text(weights->bytes()) + " of " +
                       precision + " weights on " + device.name + " (" + kernels;
    if (device.memory > 0)
        line += ", " + size_text(device.free_memory) + " of " + size_text(device.memory) + " free";
    line += ")";
    if (!chosen.instead.empty()) line += "; not on a GPU: " + chosen.instead;
    log(line);
}

engine::load_options local_state::loading() const {
    return {.precision = for_engine(chosen_), .threads = budget->threads()};
}

std::optional<std::int64_t> local_state::device_memory() const {
    if (device.memory == 0) return std::nullopt;
    return static_cast<std::int64_t>(device.memory);
}

std::shared_ptr<const engine::model> local_state::on_host() const {
    if (auto here = weights->on_host()) return here;
    const std::lock_guard lock(mutex_);
    auto made = on_host_.lock();
    if (!made) {
        made = engine::load_model(folder, loading())->on_host();
        on_host_ = made;
    }
    return made;
}

std::unique_ptr<engine::engine> local_state::start_beside(
    const engine::model_config& of, std::shared_ptr<const engine::tensor_source> tensors,
    engine::weight_precision wanted, int turn_priority) const {
    const auto start = [&](const engine::backend& on, const engine::engine::options& how) {
        return std::make_unique<engine::engine>(
            on.load(of, tensors, {.precision = wanted, .threads = 1}), language->tokenizer, how);
    };
    if (computes_ != &engine::cpu_backend()) {
        auto small = options_;
        small.kv_tokens = copy_tokens(of);
        try {
            return start(*computes_, small);
        } catch (const engine::engine_error& thrown) {
            if (thrown.code != engine::error_code::device) throw;
        }
    }
    return start(engine::cpu_backend(), {.budget = budget, .turn_priority = turn_priority});
}

void local_state::start_on(const engine::backend& computes) {
    computes_ = &computes;
    options_.token_budget = &computes == &engine::cpu_backend()
                                ? engine::engine::options{}.token_budget
                                : device_tokens;
    weights = engine::load_model(folder, loading(), computes);
    kernels = weights->computed_with();
    runner = std::make_unique<engine::engine>(weights, language->tokenizer, options_);
    device = computes.card();
}

}  // namespace tessera::server
