#pragma once
// What deployments answer by: base models, alone or as trainings have left them.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "chat/services.hpp"
#include "emissary/checkpoints.hpp"
#include "inference/model.hpp"
#include "jobs/threads.hpp"
#include "tessera/emissary/common.hpp"
#include "web/message.hpp"

namespace tessera::server::emissary {

/// What a deployment is made of.
struct deployed_source {
    std::string base_model;                      // its name in the catalogue
    std::optional<checkpoint_ref> checkpoint{};  // nothing: the base model alone
};

/// Thread-safe.
class serving {
  public:
    explicit serving(const services& with);

    /// Loads what a deployment is made of, if need be. Blocks. Whoever lets go of the model last
    /// unloads it, which happens on another thread, since it takes a while; runs by it do not
    /// outlive it. Throws std::runtime_error with a message for the user.
    std::shared_ptr<model> open(const deployed_source& what);

    /// The base model of that name; null for an unknown one.
    std::shared_ptr<model> base(std::string_view name) const;

    /// Returns when all that was let go of is unloaded.
    void stop() { unloading_->stop(); }

  private:
    const catalog& models_;
    std::shared_ptr<threads> unloading_;
};

/// A deployment that answers.
struct reached_model {
    std::string id;
    std::string name;
    tessera::emissary::task_type task = tessera::emissary::task_type::text_generation;
    bool trained = false;    // it is not the base model alone
    std::string base_model;  // its name in the catalogue
    std::shared_ptr<model> with;
};

/// Finds a deployment by its id or name and tells `done` through `on`, never before this has
/// returned: at once where it answers, and when it is awake where it rests, which it is woken for.
/// Otherwise why it does not answer; 404 is for names of no deployment.
using reach_function =
    std::function<void(std::string name, run::executor_type on,
                       std::function<void(std::variant<reached_model, problem>)> done)>;

}  // namespace tessera::server::emissary
