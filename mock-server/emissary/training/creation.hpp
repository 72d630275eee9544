#pragma once
// From a request to a training job that waits for its turn.
#include <string>

#include "emissary/training/jobs.hpp"

namespace tessera::server::emissary {

/// A job as it would be kept, without an id: all that the request refers to is there, and its
/// parameters, which are completed, are in range. Requests are those of SFT and GRPO. Throws
/// `refused`.
template <class Request>
job_row draft_of(const service& with, const std::string& project, Request asked);

/// Keeps a job whose data can be learned from, and lets it wait for its turn. Throws `refused`.
wire::training_job_summary create_job(service& with, job_row draft);

}  // namespace tessera::server::emissary
