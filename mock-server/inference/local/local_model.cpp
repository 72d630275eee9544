#include "inference/local/local_model.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

#include "core/compute_budget.hpp"
#include "core/error.hpp"
#include "core/processors.hpp"
#include "inference/local/local_embedding.hpp"
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

}  // namespace

std::shared_ptr<engine::compute_budget> make_compute_budget(const options& settings) {
    return std::make_shared<engine::compute_budget>(settings.threads);
}

local_model::local_model(const std::filesystem::path& folder, const options& settings,
                         std::shared_ptr<engine::compute_budget> budget) try
    : state_(std::make_shared<local_state>(folder, settings, std::move(budget))),
      name_(state_->name),
      fingerprint_(state_->fingerprint),
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

model_card local_model::card() const {
    return {.name = name_,
            .source = (adapter_ == 0 ? "the model in the folder " : "the adapter in the folder ") +
                      name_ + " of this machine",
            .fingerprint = fingerprint_,
            .precision = state_->precision,
            .kernels = state_->kernels,
            .created = state_->created,
            .context_length = state_->runner->context_length(),
            .vocabulary_size = state_->config.vocab_size,
            .calls = !state_->dialect.marks.call.empty(),
            .thinks = !state_->dialect.marks.think.empty()};
}

template <class Task>
std::unique_ptr<run> local_model::started(Task task, bool ranked, run::executor_type executor,
                                          std::function<void()> ready) {
    auto work = std::make_shared<local_work>(*state_, adapter_, executor, std::move(ready));
    auto made = std::make_unique<local_run>(work, ranked);
    const bool taken =
        preparation_->add(work->cancelled(), [work, of = state_.get(), task = std::move(task)] {
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

std::unique_ptr<embedding_run> local_model::embed(embedding_task task, run::executor_type executor,
                                                  embedding_run::done_function done) {
    auto work = std::make_shared<local_embedding>(*state_, adapter_, executor, std::move(done));
    const bool taken = preparation_->add(work->cancelled(), [work, task = std::move(task)] {
        try {
            work->begin(task);
        } catch (const std::exception& thrown) {
            work->end(refusal{.why = refusal::kind::failed, .message = thrown.what()});
        }
    });
    if (!taken) work->end(refusal{.why = refusal::kind::queue_full});
    return std::make_unique<local_embedding_run>(work);
}

model::load local_model::current() const {
    const auto now = state_->runner->current();
    return {.preparing = static_cast<int>(preparation_->size()),
            .running = now.running,
            .queued = now.queued};
}

trainable* local_model::training() {
    const bool can = adapter_ == 0 && state_->weights->on_host() && !state_->config.classifier;
    return can ? this : nullptr;
}

std::size_t local_model::parameters() const { return parameters_of(*state_); }

int local_model::context_length() const { return state_->runner->context_length(); }

std::unique_ptr<training_session> local_model::train(const training_options& options) {
    return std::make_unique<local_training>(*state_, options);
}

int usable_processors() { return engine::usable_processors(); }

}  // namespace tessera::server
