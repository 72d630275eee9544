#pragma once
// Carries training jobs out, one after the other.
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "emissary/service.hpp"
#include "emissary/training/course.hpp"
#include "emissary/training/jobs.hpp"
#include "jobs/threads.hpp"

namespace tessera::server::emissary {

/// What a job is to do, of what is kept of it. Throws std::exception with what is wrong with the
/// data or the request, and `refused` for data that are gone.
course course_of(const service& with, const job_row& job);

/// The model that a base model's name stands for, if it can be trained here; else null.
trainable* trainable_of(const service& with, std::string_view base_model);

/// Whether models of that many parameters are trained whole.
trained_part part_of(const service& with, const trainable& base);

/// Thread-safe.
class training_runner {
  public:
    explicit training_runner(service& with) : with_(with) {}

    /// Begins with the jobs that a server left behind, and removes files that no job has.
    void resume();
    /// A job that waits takes its turn.
    void enqueue(std::string id);
    /// A job that was cancelled or deleted ends soon. What is kept of it says which.
    void interrupt(const std::string& id);
    /// Its files, once it has ended.
    void remove_files(const std::string& id);
    /// Ends all; those that run stay as they were at their last checkpoint, to be resumed.
    void stop();

  private:
    void run(const std::string& id, const std::stop_token& stop);

    service& with_;
    std::mutex mutex_;
    std::map<std::string, std::stop_source> running_;
    bool stopping_ = false;
    threads threads_{1};
};

}  // namespace tessera::server::emissary
