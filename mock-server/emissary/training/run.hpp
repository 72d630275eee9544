#pragma once
// One training job, from its beginning or its last checkpoint to its end.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "emissary/training/course.hpp"
#include "emissary/training/jobs.hpp"

namespace tessera::server::emissary {

/// Of one thread.
class job_run {
  public:
    job_run(service& with, job_row job, std::stop_token stop);

    /// Returns when the job has ended, in whatever way, or is over already; what became of it is
    /// kept. When a stop is asked for it stays as it is.
    void carry_out();

  private:
    /// Thrown where the job was cancelled or deleted meanwhile.
    struct is_over {};

    void prepare();
    void begin();
    void take_up();
    void learn();
    void keep_checkpoint(std::int64_t number, std::int64_t steps);
    void keep_losses(store::connection& to);
    void test();
    void end(wire::training_status status, const std::optional<std::string>& reason);
    /// Carries `work` out as one transaction, if the job is still to go on.
    template <class Work>
    void write(wire::training_status status, std::int64_t progress, Work work);
    bool has_tests() const { return !course_.tests.empty(); }
    std::int64_t progress_of(std::int64_t steps) const;
    void check_time() const;

    service& with_;
    job_row job_;
    const std::stop_token stop_;
    const std::filesystem::path folder_;
    course course_;
    std::unique_ptr<training_session> session_;
    std::vector<checkpoint_row> checkpoints_;
    std::vector<loss_row> losses_;  // not kept yet
};

}  // namespace tessera::server::emissary
