#include "inference/model.hpp"

#include <asio/post.hpp>
#include <stdexcept>
#include <utility>

namespace tessera::server {
namespace {

// Whoever destroys it is not told.
class refused_classification : public classification_run {
  public:
    refused_classification(const run::executor_type& executor, done_function done)
        : done_(std::make_shared<done_function>(std::move(done))) {
        asio::post(executor, [weak = std::weak_ptr(done_)] {
            const auto told = weak.lock();
            if (!told) return;
            const auto once = std::exchange(*told, nullptr);
            once(refusal{.why = refusal::kind::unsupported,
                         .part = task_part::labels,
                         .message = "it has no head that classifies"});
        });
    }

  private:
    std::shared_ptr<done_function> done_;
};

}  // namespace

std::unique_ptr<classification_run> model::classify(classification_task,
                                                    run::executor_type executor,
                                                    classification_run::done_function done) {
    return std::make_unique<refused_classification>(executor, std::move(done));
}

std::unique_ptr<model> model::trained(const trained_weights&) const {
    throw std::runtime_error(card().source +
                             " is not computed here, so that nothing trained can be loaded "
                             "beside it");
}

}  // namespace tessera::server
