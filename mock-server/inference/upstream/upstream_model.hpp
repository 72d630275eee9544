#pragma once

#include <memory>

#include "core/options.hpp"
#include "inference/model.hpp"

namespace tessera::server {

namespace upstream {
class link;
}

/// A model of another server, asked by OpenAI's operations. Streams always: a step is read when
/// there is room for it, so that a slow client slows the upstream down and nobody else.
class upstream_model : public model {
  public:
    /// Throws invalid_argument_error for a URL that cannot be used. Nothing is asked yet.
    explicit upstream_model(const upstream_options& settings);
    ~upstream_model() override;

    model_card card() const override;
    std::unique_ptr<run> start(chat_task task, run::executor_type executor,
                               std::function<void()> ready) override;
    std::unique_ptr<run> start(text_task task, run::executor_type executor,
                               std::function<void()> ready) override;
    std::unique_ptr<embedding_run> embed(embedding_task task, run::executor_type executor,
                                         embedding_run::done_function done) override;
    load current() const override;

  private:
    std::shared_ptr<upstream::link> link_;
};

}  // namespace tessera::server
