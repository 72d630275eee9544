#pragma once
// What a training job leaves, for those that serve it or train on from it.
#include <filesystem>
#include <string>

#include "inference/training.hpp"

namespace tessera::server::emissary {

/// A checkpoint of a training job. Its folder stays until the job is deleted.
struct checkpoint_ref {
    std::filesystem::path folder;  // a model's, or an adapter's
    trained_part part = trained_part::whole;
    training_task task = training_task::text;
    std::string base_model;  // the catalogue's name of what it was trained on in the beginning
    trained_head head{};     // of classification and regression
};

}  // namespace tessera::server::emissary
