#include "inference/local/local_model.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <mutex>

#include "constrain/answer_form.hpp"
#include "constrain/schema_problem.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "loading/config.hpp"
#include "loading/safetensors.hpp"
#include "model/model.hpp"
#include "serve/engine.hpp"
#include "text/chat_template.hpp"
#include "text/tokenizer.hpp"

namespace tessera::server {

struct run::shared {
    engine::engine* runner = nullptr;
    asio::io_context::executor_type executor;
    std::function<void()> ready;  // called on the executor

    std::mutex mutex;
    std::vector<step> steps;
    std::vector<bool> ended;  // by generation

    std::vector<std::uint64_t> ids{};  // in the engine, by generation; of the I/O thread

    shared(asio::io_context::executor_type given, std::size_t generations)
        : executor(given), ended(generations) {}
};

// Hands the engine's calls to the I/O thread: steps gather until the run takes them.
class run::listener : public engine::generation_listener {
  public:
    listener(std::shared_ptr<shared> to, std::size_t place, const generation& wanted)
        : shared_(std::move(to)), place_(place), want_tokens_(wanted.want_tokens) {}

    void on_prompt(std::span<const engine::token_info> tokens) override {
        step made{.generation = place_, .tokens = copy(tokens), .of_prompt = true};
        push(std::move(made));
    }
    void on_tokens(std::span<const engine::token_info> tokens, std::string_view text) override {
        if (text.empty() && !want_tokens_) return;
        step made{.generation = place_, .text = std::string(text)};
        if (want_tokens_) made.tokens = copy(tokens);
        push(std::move(made));
    }
    void on_finish(const engine::generation_result& result) override {
        step made{.generation = place_};
        made.end = outcome{.reason = static_cast<ending>(result.reason),
                           .error = result.error,
                           .prompt_tokens = result.prompt_tokens,
                           .cached_tokens = result.cached_tokens,
                           .completion_tokens = result.completion_tokens,
                           .accepted_predicted_tokens = result.accepted_predicted_tokens,
                           .rejected_predicted_tokens = result.rejected_predicted_tokens,
                           .queue_seconds = result.queue_seconds,
                           .prompt_seconds = result.prompt_seconds,
                           .completion_seconds = result.completion_seconds};
        push(std::move(made));
    }

  private:
    static std::vector<token> copy(std::span<const engine::token_info> tokens) {
        std::vector<token> copied;
        copied.reserve(tokens.size());
        for (const engine::token_info& each : tokens)
            copied.push_back({.id = each.id, .logprob = each.logprob, .top = each.top});
        return copied;
    }

    void push(step made) {
        bool first = false;
        {
            const std::lock_guard lock(shared_->mutex);
            first = shared_->steps.empty();
            if (made.end) shared_->ended[place_] = true;
            shared_->steps.push_back(std::move(made));
        }
        if (first) asio::post(shared_->executor, [to = shared_] { to->ready(); });
    }

    std::shared_ptr<shared> shared_;
    std::size_t place_;
    bool want_tokens_;
};

static_assert(static_cast<int>(ending::failed) == static_cast<int>(engine::finish_reason::failed) &&
              static_cast<int>(ending::length) == static_cast<int>(engine::finish_reason::length));

run::run() = default;

run::~run() { cancel(); }

void run::take(std::vector<step>& steps) {
    steps.clear();
    const std::lock_guard lock(shared_->mutex);
    std::swap(steps, shared_->steps);
}

void run::cancel() {
    for (std::size_t place = 0; place < shared_->ids.size(); ++place) {
        {
            // The engine may be gone once all have ended.
            const std::lock_guard lock(shared_->mutex);
            if (shared_->ended[place]) continue;
        }
        shared_->runner->cancel(shared_->ids[place]);
    }
}

struct loaded_model::state {
    explicit state(const std::filesystem::path& folder);

    std::string name;
    std::string fingerprint;
    std::string precision;
    std::int64_t created = 0;
    std::shared_ptr<const engine::tokenizer> tokenizer;
    engine::chat_template chat_template;
    tessera::server::dialect dialect;
    std::size_t longest_token = 1;  // in bytes; at least that
    engine::model_config config;
    std::unique_ptr<engine::answer_compiler> compiler;  // thread-safe
    std::unique_ptr<engine::engine> runner;

    result<std::vector<int>> encode(const std::string& text, bool add_special) const;
    bool can_show(const std::string& mark) const {
        const auto id = tokenizer->id_of(mark);
        return !id || !tokenizer->is_special(*id);
    }
};

namespace {

// FNV-1a over the configuration and the sizes of the files.
std::string fingerprint_of(const std::filesystem::path& folder) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    const auto add = [&](std::string_view bytes) {
        for (const char each : bytes)
            hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001b3U;
    };
    add(TESSERA_VERSION);
    std::ifstream config(folder / "config.json", std::ios::binary);
    add(std::string(std::istreambuf_iterator<char>(config), {}));
    std::error_code ignored;
    for (const char* name : {"model.safetensors", "tokenizer.json", "tokenizer_config.json"})
        add(std::to_string(std::filesystem::file_size(folder / name, ignored)));
    std::string text = "fp_";
    append_hex(text, hash, 10);
    return text;
}

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

loaded_model::state::state(const std::filesystem::path& folder)
    : name(folder.has_filename() ? folder.filename().string()
                                 : folder.parent_path().filename().string()),
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
}

loaded_model::loaded_model(const std::filesystem::path& folder, const options& settings) try
    : state_(std::make_unique<state>(folder)) {
    const auto model = engine::model::load(folder, {.threads = settings.threads});
    state_->config = model->config();
    state_->compiler =
        std::make_unique<engine::answer_compiler>(state_->tokenizer, state_->config.eos_tokens);
    for (int id = 0; id < state_->tokenizer->vocab_size(); ++id)
        state_->longest_token =
            std::max(state_->longest_token, state_->tokenizer->token_bytes(id).size());
    state_->runner = std::make_unique<engine::engine>(
        model, state_->tokenizer,
        engine::engine::options{.threads = settings.threads,
                                .max_sequences = settings.max_sequences,
                                .queue_limit = settings.queue_limit});
} catch (const engine::engine_error& thrown) {
    throw std::runtime_error("the model in " + folder.string() +
                             " cannot be used: " + thrown.what());
}

loaded_model::~loaded_model() = default;

const std::string& loaded_model::name() const { return state_->name; }
const std::string& loaded_model::fingerprint() const { return state_->fingerprint; }
const std::string& loaded_model::precision() const { return state_->precision; }
std::int64_t loaded_model::created() const { return state_->created; }
int loaded_model::context_length() const { return state_->runner->context_length(); }
int loaded_model::vocabulary_size() const { return state_->config.vocab_size; }

result<void> loaded_model::check_length(std::size_t tokens) const {
    if (tokens < static_cast<std::size_t>(context_length())) return {};
    return error{.kind = error_kind::bad_request,
                 .message = "the prompt has " + std::to_string(tokens) +
                            " tokens; the model's context holds " +
                            std::to_string(context_length()) + ", prompt and answer together"};
}

result<std::vector<int>> loaded_model::state::encode(const std::string& text,
                                                     bool add_special) const {
    // So long a text needs no counting.
    const std::size_t fewest = text.size() / longest_token;
    if (fewest > static_cast<std::size_t>(runner->context_length()))
        return error{.kind = error_kind::bad_request,
                     .message = "the prompt has more than " + std::to_string(fewest) +
                                " tokens; the model's context holds " +
                                std::to_string(runner->context_length()) +
                                ", prompt and answer together"};
    return tokenizer->encode(text, engine::encode_options{.add_special = add_special});
}

const dialect& loaded_model::speaks() const { return state_->dialect; }

std::variant<compiled_rules, rules_problem> loaded_model::compile(const answer_rules& rules) const {
    const answer_marks& marks = state_->dialect.marks;
    engine::answer_form form{.marks = {.think = marks.think,
                                       .end_think = marks.end_think,
                                       .call = marks.call,
                                       .end_call = marks.end_call,
                                       .arguments = marks.arguments},
                             .thinking = rules.thinking,
                             .may_think = rules.may_think,
                             .most_thoughts = rules.most_thoughts,
                             .tools = {},
                             .min_calls = rules.min_calls,
                             .max_calls = rules.max_calls,
                             .schema = rules.schema,
                             .grammar = rules.grammar};
    for (const answer_rules::tool& each : rules.tools)
        form.tools.push_back({each.name, each.parameters});
    try {
        return state_->compiler->compile(form);
    } catch (const engine::schema_refused& refused) {
        return rules_problem{refused.problem().pointer, refused.problem().message};
    }
}

result<std::vector<int>> loaded_model::chat_prompt(const conversation& talk) const {
    try {
        return state_->encode(
            state_->chat_template.render(talk.context()) + state_->dialect.prompt_tail(talk.think),
            false);
    } catch (const engine::engine_error& thrown) {
        return error{.kind = error_kind::invalid_argument, .message = thrown.what()};
    }
}

result<std::vector<int>> loaded_model::text_prompt(const std::string& text) const {
    result<std::vector<int>> tokens = state_->encode(text, true);
    // A model needs a token to go on from.
    if (tokens && tokens->empty())
        tokens->push_back(state_->config.bos_token >= 0       ? state_->config.bos_token
                          : state_->config.eos_tokens.empty() ? 0
                                                              : state_->config.eos_tokens.front());
    return tokens;
}

std::vector<int> loaded_model::answer_tokens(std::string_view text) const {
    const auto most = static_cast<std::size_t>(context_length());
    std::vector<int> tokens =
        state_->tokenizer->encode(text.substr(0, most * state_->longest_token), false);
    if (tokens.size() > most) tokens.resize(most);
    return tokens;
}

std::string loaded_model::decode(std::span<const int> tokens) const {
    return state_->tokenizer->decode(tokens);
}

std::string_view loaded_model::token_bytes(int token) const {
    return state_->tokenizer->token_bytes(token);
}

bool loaded_model::is_special(int token) const { return state_->tokenizer->is_special(token); }

result<std::unique_ptr<run>> loaded_model::start(std::vector<generation> wanted,
                                                 asio::io_context::executor_type executor,
                                                 std::function<void()> ready) const {
    std::unique_ptr<run> made(new run);
    made->shared_ = std::make_shared<run::shared>(executor, wanted.size());
    run::shared& shared = *made->shared_;
    shared.runner = state_->runner.get();
    shared.ready = std::move(ready);
    try {
        for (std::size_t place = 0; place < wanted.size(); ++place) {
            generation& each = wanted[place];
            auto listener = std::make_shared<run::listener>(made->shared_, place, each);
            engine::generation_request request{
                .prompt = std::move(each.prompt),
                .sampling = {.temperature = each.temperature,
                             .top_p = each.top_p,
                             .seed = each.seed,
                             .frequency_penalty = each.frequency_penalty,
                             .presence_penalty = each.presence_penalty,
                             .logit_bias = std::move(each.logit_bias),
                             .top_logprobs = each.top_logprobs},
                .max_tokens = each.max_tokens,
                .min_tokens = each.min_tokens,
                .stop = std::move(each.stop),
                .prompt_logprobs = each.want_prompt_tokens,
                .priority = each.priority,
                .limits = each.rules ? each.rules->begin() : nullptr,
                .predicted = std::move(each.predicted),
                .cache_key = std::move(each.cache_key)};
            shared.ids.push_back(state_->runner->submit(std::move(request), std::move(listener)));
        }
    } catch (const engine::engine_error& thrown) {
        const error_kind kind =
            thrown.code == engine::error_code::queue_full       ? error_kind::rate_limit
            : thrown.code == engine::error_code::context_length ? error_kind::bad_request
                                                                : error_kind::invalid_argument;
        return error{.kind = kind, .message = thrown.what()};
    }
    return made;
}

loaded_model::load loaded_model::current() const {
    const auto now = state_->runner->current();
    return {.running = now.running, .queued = now.queued};
}

}  // namespace tessera::server
