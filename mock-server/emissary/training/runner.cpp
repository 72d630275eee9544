#include "emissary/training/runner.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "emissary/datasets.hpp"
#include "emissary/training/grpo.hpp"
#include "emissary/training/run.hpp"

namespace tessera::server::emissary {

namespace {

void remove_named(const std::filesystem::path& job, std::string_view part) {
    std::error_code ignored;
    for (const auto& each : std::filesystem::directory_iterator(job, ignored))
        if (each.path().filename().string().find(part) != std::string::npos)
            files::remove(each.path());
}

// What only a job needs that goes on.
void remove_states(const std::filesystem::path& job) { remove_named(job, "state-"); }

}  // namespace

course course_of(const service& with, const job_row& job) {
    course_material material{.train = dataset_text(with, job.train_dataset_id)};
    if (job.test_dataset_id) material.test = dataset_text(with, *job.test_dataset_id);
    if (job.base_job_id)
        material.from = with.kept.read([&](store::connection& from) {
            return require_checkpoint(with, from, job.project_id, *job.base_job_id,
                                      job.base_checkpoint.value());
        });
    const auto of = [&]<class Request>(course (*made)(const Request&, const course_material&)) {
        const auto request = json::decode_text<Request>(job.request);
        if (!request) throw std::runtime_error(request.error().message);
        return made(*request, material);
    };
    return job.technique == wire::training_technique::grpo ? of(&grpo_course) : of(&sft_course);
}

trainable* trainable_of(const service& with, std::string_view base_model) {
    const auto base = with.serving.base(base_model);
    return base ? base->training() : nullptr;
}

trained_part part_of(const service& with, const trainable& base) {
    const auto most = static_cast<std::uint64_t>(with.settings.whole_training_parameters);
    return base.parameters() <= most ? trained_part::whole : trained_part::adapter;
}

void training_runner::resume() {
    const auto folder = with_.files.folder("training");
    const auto [waiting, known] = with_.kept.read([](store::connection& from) {
        auto ids = from.rows<std::string>("SELECT id FROM emissary_training_jobs");
        return std::pair(unsettled_jobs(from), std::set<std::string>(ids.begin(), ids.end()));
    });
    for (const auto& each : std::filesystem::directory_iterator(folder)) {
        const std::string id = each.path().filename().string();
        if (!known.contains(id)) files::remove(each.path());
        if (std::ranges::find(waiting, id) == waiting.end()) remove_states(each.path());
        remove_named(each.path(), ".partial");
    }
    for (const std::string& id : waiting) enqueue(id);
}

void training_runner::enqueue(std::string id) {
    threads_.run([this, id = std::move(id)] {
        std::stop_token stop;
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return;
            stop = running_[id].get_token();
        }
        run(id, stop);
        const std::lock_guard lock(mutex_);
        running_.erase(id);
    });
}

void training_runner::run(const std::string& id, const std::stop_token& stop) {
    const auto found = [&] {
        return with_.kept.read([&](store::connection& from) { return find_job(from, id); });
    };
    try {
        if (auto job = found(); job && !wire::is_settled(job->status))
            job_run(with_, *std::move(job), stop).carry_out();
        const auto job = found();
        if (!job)
            files::remove(folder_of_job(with_, id));
        else if (wire::is_settled(job->status))
            remove_states(folder_of_job(with_, id));
    } catch (const std::exception& thrown) {
        // The store has failed: the job is taken up when the server starts again.
        if (const auto& log = with_.common.options.log)
            log("the training job " + id + " was left: " + thrown.what());
    }
}

void training_runner::interrupt(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = running_.find(id); found != running_.end()) found->second.request_stop();
}

void training_runner::remove_files(const std::string& id) {
    interrupt(id);
    threads_.run([this, id] { files::remove(folder_of_job(with_, id)); });
}

void training_runner::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (auto& [id, source] : running_) source.request_stop();
    }
    threads_.stop();
}

}  // namespace tessera::server::emissary
