#include "emissary/training/run.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "emissary/training/checkpoint_tests.hpp"
#include "emissary/training/runner.hpp"

namespace tessera::server::emissary {
namespace {

using wire::training_status;

// Of losses and progress, in a whole training.
constexpr std::int64_t most_writes = 100;
// What is left to tests, in percent.
constexpr std::int64_t tests_share = 10;

struct timed_out : std::runtime_error {
    using runtime_error::runtime_error;
};

}  // namespace

job_run::job_run(service& with, job_row job, std::stop_token stop)
    : with_(with),
      job_(std::move(job)),
      stop_(std::move(stop)),
      folder_(folder_of_job(with, job_.id)) {}

template <class Work>
void job_run::write(training_status status, std::int64_t progress, Work work) {
    const auto now = with_.now();
    const bool went_on = with_.kept.write([&](store::connection& to) {
        const auto changed = to.run(
            "UPDATE emissary_training_jobs SET status = ?2, progress = ?3, updated_at = ?4"
            " WHERE id = ?1 AND status IN ('Pending', 'Running', 'Testing')",
            job_.id, status, progress, now);
        if (changed != 0) work(to, now);
        return changed != 0;
    });
    if (!went_on) throw is_over();
    job_.status = status;
    job_.progress = progress;
}

void job_run::carry_out() try {
    try {
        prepare();
        if (job_.status != training_status::testing) learn();
        test();
        end(training_status::success, std::nullopt);
    } catch (const training_stopped&) {
        // Cancelled or deleted, which is kept already; or the server ends.
    } catch (const timed_out& thrown) {
        end(training_status::timed_out, thrown.what());
    } catch (const training_diverged& thrown) {
        end(training_status::failed, std::string(thrown.what()) +
                                         "; create the job again with a lower learning_rate than " +
                                         json::encode(course_.options.learning_rate));
    } catch (const std::exception& thrown) {
        if (!stop_.stop_requested()) end(training_status::failed, thrown.what());
    }
} catch (const is_over&) {
}

void job_run::prepare() {
    if (!job_.began_at) {
        job_.began_at = with_.now();
        write(training_status::running, 0, [&](store::connection& to, auto) {
            to.run("UPDATE emissary_training_jobs SET began_at = ?2 WHERE id = ?1", job_.id,
                   *job_.began_at);
        });
    }
    course_ = course_of(with_, job_);
    begin();
    take_up();
}

void job_run::begin() {
    std::filesystem::create_directories(folder_);
    files::sync(folder_);
    trainable* const base = trainable_of(with_, job_.base_model);
    if (!base)
        throw std::runtime_error("this server cannot train the base model \"" + job_.base_model +
                                 "\"; start it with the model that the job was created for");
    course_.options.part = job_.is_adapter ? trained_part::adapter : trained_part::whole;
    session_ = base->train(course_.options);
    for (const data_row& each : course_.rows) {
        if (stop_.stop_requested()) throw training_stopped();
        try {
            session_->add({&each.example, 1});
        } catch (const unusable_example& thrown) {
            throw std::runtime_error("the row on line " + std::to_string(each.line) +
                                     " cannot be used: " + thrown.what());
        }
    }
}

void job_run::take_up() {
    checkpoints_ =
        with_.kept.read([&](store::connection& from) { return checkpoints_of(from, job_.id); });
    const std::int64_t steps = checkpoints_.empty() ? 0 : checkpoints_.back().step;
    const bool learns = steps < course_.options.steps;
    if (learns && steps > 0)
        session_->load_state(state_file(folder_, checkpoints_.back().checkpoint));
    // What was seen of steps that come again comes again.
    write(learns ? training_status::running : training_status::testing, progress_of(steps),
          [&](store::connection& to, auto) {
              to.run("DELETE FROM emissary_training_losses WHERE job_id = ?1 AND step > ?2",
                     job_.id, steps);
          });
}

std::int64_t job_run::progress_of(std::int64_t steps) const {
    const std::int64_t whole = has_tests() ? 100 - tests_share : 100;
    // All of it is for those that have ended.
    return std::min<std::int64_t>(99, whole * steps / course_.options.steps);
}

void job_run::check_time() const {
    const std::chrono::seconds most(with_.settings.training_timeout_s);
    if (with_.now() - *job_.began_at >= most)
        throw timed_out("it took longer than " + std::to_string(most.count()) +
                        " s; take fewer epochs or rows, or raise training_timeout_s");
}

void job_run::learn() {
    const std::int64_t all = course_.options.steps;
    const std::int64_t between_writes = std::max<std::int64_t>(1, all / most_writes);
    for (std::int64_t step = session_->steps(); step < all; ++step) {
        check_time();
        const double loss = course_.learn(*session_, step, stop_);
        const std::int64_t done = step + 1;
        losses_.push_back({.step = done, .timestamp = with_.time.wall(), .loss = loss});
        if (done % course_.steps_of_epoch == 0 || done == all)
            keep_checkpoint((step / course_.steps_of_epoch) + 1, done);
        else if (done % between_writes == 0)
            write(training_status::running, progress_of(done),
                  [&](store::connection& to, auto) { keep_losses(to); });
        else
            continue;
        losses_.clear();
    }
}

void job_run::keep_losses(store::connection& to) {
    for (const loss_row& each : losses_)
        to.run(
            "INSERT INTO emissary_training_losses (job_id, step, timestamp, loss)"
            " VALUES (?1, ?2, ?3, ?4)",
            job_.id, each.step, each.timestamp, each.loss);
}

void job_run::keep_checkpoint(std::int64_t number, std::int64_t steps) {
    const auto folder = checkpoint_folder(folder_, number);
    session_->save(folder);
    files::sync(folder);
    const bool is_last = steps == course_.options.steps;
    if (!is_last) {
        session_->save_state(state_file(folder_, number));
        files::sync(state_file(folder_, number));
    }
    checkpoint_row made{.checkpoint = number, .step = steps};
    write(is_last ? training_status::testing : training_status::running, progress_of(steps),
          [&](store::connection& to, auto now) {
              keep_losses(to);
              to.run(
                  "INSERT INTO emissary_checkpoints (job_id, checkpoint, step, created_at,"
                  " updated_at) VALUES (?1, ?2, ?3, ?4, ?4)",
                  job_.id, number, steps, now);
              made.created_at = made.updated_at = now;
          });
    if (!checkpoints_.empty()) files::remove(state_file(folder_, checkpoints_.back().checkpoint));
    checkpoints_.push_back(std::move(made));
}

void job_run::test() {
    if (!has_tests()) return;
    const auto functions = summary_of(job_).test_functions.value_or(std::vector<std::string>{});
    const auto count = static_cast<std::int64_t>(checkpoints_.size());
    for (std::int64_t i = 0; i < count; ++i) {
        const checkpoint_row& each = checkpoints_[static_cast<std::size_t>(i)];
        if (each.results) continue;
        check_time();
        session_->load(checkpoint_folder(folder_, each.checkpoint));
        const checkpoint_result result = tested(*session_, course_, functions, stop_);
        files::write(results_file(folder_, each.checkpoint), result.rows);
        const std::string numbers = json::encode(result.numbers);
        write(training_status::testing,
              std::min<std::int64_t>(99, 100 - tests_share + tests_share * (i + 1) / count),
              [&](store::connection& to, auto now) {
                  to.run(
                      "UPDATE emissary_checkpoints SET results = ?3, updated_at = ?4"
                      " WHERE job_id = ?1 AND checkpoint = ?2",
                      job_.id, each.checkpoint, numbers, now);
              });
    }
}

void job_run::end(training_status status, const std::optional<std::string>& reason) {
    const bool succeeded = status == training_status::success;
    write(status, succeeded ? 100 : job_.progress, [&](store::connection& to, auto) {
        // What was learned since the last checkpoint is gone, but shows how it went wrong.
        keep_losses(to);
        to.run("UPDATE emissary_training_jobs SET reason = ?2 WHERE id = ?1", job_.id, reason);
    });
}

}  // namespace tessera::server::emissary
