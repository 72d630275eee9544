#include "inference/local/local_model.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

#include "core/compute_budget.hpp"
#include "core/error.hpp"
#include "core/processors.hpp"
#include "inference/local/local_reading.hpp"
#include "inference/local/local_run.hpp"
#include "inference/local/local_training.hpp"
#include "inference/local/preparation.hpp"
#include "inference/local/ready_task.hpp"
#include "inference/local/state.hpp"
#include "loading/adapter.hpp"
#include "run/backend.hpp"

namespace tessera::server {
namespace {

// One more than one, so that rules that take long do not hold up every prompt.
constexpr int preparation_threads = 2;

std::shared_ptr<const local_head> head_of(const engine::model_config& config) {
    if (!config.classifier) return nullptr;
    local_head made{.kind = config.classifier->problem, .says = {}};
    made.says.labels = config.classifier->labels;
    return std::make_shared<const local_head>(std::move(made));
}

}  // namespace

std::shared_ptr<engine::compute_budget> make_compute_budget(const options& settings) {
    return std::make_shared<engine::compute_budget>(settings.threads);
}

local_model::local_model(const std::filesystem::path& folder, const options& settings,
                         std::shared_ptr<engine::compute_budget> budget) try
    : state_(std::make_shared<local_state>(folder, settings, std::move(budget))),
      name_(state_->name),
      fingerprint_(state_->fingerprint),
      head_(head_of(state_->config)),
      preparation_(std::make_shared<preparation>(preparation_threads,
                                                 static_cast<std::size_t>(settings.queue_limit))) {
} catch (const engine::engine_error& thrown) {
    throw std::runtime_error("the model in " + folder.string() +
                             " cannot be used: " + thrown.what());
}

local_model::local_model(const local_model& base, const std::filesystem::path& folder, int adapter)
    : state_(base.state_),
      name_(name_of_folder(folder)),
      fingerprint_(fingerprint_of(folder, base.fingerprint_)),
      adapter_(adapter),
      head_(base.head_),
      preparation_(base.preparation_) {}

local_model::local_model(const local_model& base, std::shared_ptr<local_state> state)
    : state_(std::move(state)),
      name_(state_->name),
      fingerprint_(state_->fingerprint),
      head_(head_of(state_->config)),
      preparation_(base.preparation_) {}

local_model::~local_model() {
    if (adapter_ != 0) state_->runner->detach(adapter_);
}

std::unique_ptr<local_model> local_model::with_adapter(const std::filesystem::path& folder) const {
    try {
        const auto files = engine::adapter_files::open(folder);
        const int adapter = state_->runner->attach(files.config(), files);
        return std::unique_ptr<local_model>(new local_model(*this, folder, adapter));
    } catch (const engine::engine_error& thrown) {
        throw std::runtime_error("the adapter in " + folder.string() +
                                 " cannot be used: " + thrown.what());
    }
}

std::unique_ptr<model> local_model::trained(const trained_weights& by) const {
    std::unique_ptr<local_model> made;
    if (by.part == trained_part::adapter) {
        made = with_adapter(by.folder);
    } else {
        try {
            made.reset(new local_model(*this, std::make_shared<local_state>(*state_, by.folder)));
        } catch (const engine::engine_error& thrown) {
            throw std::runtime_error("the model in " + by.folder.string() +
                                     " cannot be used: " + thrown.what());
        }
    }
    made->read_head(by);
    return made;
}

void local_model::read_head(const trained_weights& by) {
    using engine::problem_kind;
    head_ = nullptr;
    if (by.task != training_task::classification && by.task != training_task::regression) return;
    local_head made{.kind = by.task == training_task::regression ? problem_kind::regression
                            : by.head.several                    ? problem_kind::multi_label
                                                                 : problem_kind::single_label,
                    .says = by.head};
    const auto outputs = static_cast<std::size_t>(state_->runner->labels(adapter_));
    if (outputs == 0 || outputs != made.says.labels.size())
        throw std::runtime_error("the head in " + by.folder.string() + " has " +
                                 std::to_string(outputs) + " outputs for " +
                                 std::to_string(made.says.labels.size()) + " labels");
    head_ = std::make_shared<const local_head>(std::move(made));
}

model_card local_model::card() const {
    std::optional<std::vector<std::string>> labels;
    if (head_) labels = head_->says.labels;
    return {.name = name_,
            .source = (adapter_ == 0 ? "the model in the folder " : "the adapter in the folder ") +
                      name_ + " of this machine",
            .fingerprint = fingerprint_,
            .precision = state_->precision,
            .kernels = state_->kernels,
            .device = state_->device.name,
            .device_memory = state_->device_memory(),
            .weights_size = static_cast<std::int64_t>(state_->weights->bytes()),
            .created = state_->created,
            .context_length = state_->runner->context_length(),
            .vocabulary_size = state_->config.vocab_size,
            .calls = !state_->language->dialect.marks.call.empty(),
            .thinks = !state_->language->dialect.marks.think.empty(),
            .labels = std::move(labels)};
}

template <class Task>
std::unique_ptr<run> local_model::started(Task task, bool ranked, run::executor_type executor,
                                          std::function<void()> ready) {
    auto work = std::make_shared<local_work>(*state_, adapter_, executor, std::move(ready));
    auto made = std::make_unique<local_run>(work, ranked);
    const bool taken =
        preparation_->add(work->cancelled(), [work, of = state_, task = std::move(task)] {
            try {
                begin_task(*of, task, *work);
            } catch (const std::exception& thrown) {
                work->refuse({.why = refusal::kind::failed, .message = thrown.what()});
            }
        });
    if (!taken) work->refuse({.why = refusal::kind::queue_full});
    return made;
}

std::unique_ptr<run> local_model::start(chat_task task, run::executor_type executor,
                                        std::function<void()> ready) {
    return started(std::move(task), false, executor, std::move(ready));
}

std::unique_ptr<run> local_model::start(text_task task, run::executor_type executor,
                                        std::function<void()> ready) {
    const bool ranked = task.ranked;
    return started(std::move(task), ranked, executor, std::move(ready));
}

template <class Answer, class... Given>
std::unique_ptr<single_run<Answer>> local_model::started_reading(
    run::executor_type executor, typename single_run<Answer>::done_function done, Given... given) {
    auto work =
        std::make_shared<local_reading<Answer>>(*state_, adapter_, executor, std::move(done));
    const bool taken =
        preparation_->add(work->cancelled(), [work, of = state_, ... given = std::move(given)] {
            try {
                begin_task(*of, given..., *work);
            } catch (const std::exception& thrown) {
                work->end(refusal{.why = refusal::kind::failed, .message = thrown.what()});
            }
        });
    if (!taken) work->end(refusal{.why = refusal::kind::queue_full});
    return std::make_unique<local_reading_run<Answer>>(work);
}

std::unique_ptr<embedding_run> local_model::embed(embedding_task task, run::executor_type executor,
                                                  embedding_run::done_function done) {
    return started_reading<embeddings>(executor, std::move(done), std::move(task));
}

std::unique_ptr<classification_run> local_model::classify(classification_task task,
                                                          run::executor_type executor,
                                                          classification_run::done_function done) {
    if (!head_) return model::classify(std::move(task), executor, std::move(done));
    return started_reading<classification>(executor, std::move(done), *head_, std::move(task));
}

model::load local_model::current() const {
    const auto now = state_->runner->current();
    return {.preparing = static_cast<int>(preparation_->size()),
            .running = now.running,
            .queued = now.queued};
}

trainable* local_model::training() {
    const bool can = adapter_ == 0 && !state_->config.classifier;
    return can ? this : nullptr;
}

std::size_t local_model::parameters() const { return parameters_of(*state_); }

int local_model::context_length() const { return state_->runner->context_length(); }

std::unique_ptr<training_session> local_model::train(const training_options& options) {
    return std::make_unique<local_training>(*state_, options);
}

int usable_processors() { return engine::usable_processors(); }

}  // namespace tessera::server
