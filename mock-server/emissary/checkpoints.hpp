#pragma once
// What a training job leaves, for those that serve it or train on from it.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "inference/training.hpp"
#include "store/connection.hpp"
#include "tessera/emissary/common.hpp"

namespace tessera::server::emissary {

struct service;

/// A checkpoint of a training job. Its folder stays until the job is deleted.
struct checkpoint_ref {
    std::string job;               // its id
    std::filesystem::path folder;  // a model's, or an adapter's
    trained_part part = trained_part::whole;
    training_task task = training_task::text;
    std::string base_model;  // the catalogue's name of what it was trained on in the beginning
    trained_head head{};     // of classification and regression
};

training_task training_task_of(tessera::emissary::task_type type);
tessera::emissary::task_type task_of(training_task task);

/// The checkpoint of a job, which is named by its id or its name. Throws `refused`: 404 where the
/// project has no such job, 400 at `place` where the job has no such checkpoint.
checkpoint_ref require_checkpoint(const service& with, store::connection& from,
                                  std::string_view project, std::string_view job,
                                  std::int64_t number, std::string_view place = "checkpoint");

}  // namespace tessera::server::emissary
