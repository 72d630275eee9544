#pragma once
// What all runs of one upstream share: its connections, and what is known of its models.
#include <asio/bind_executor.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "core/options.hpp"
#include "inference/model.hpp"
#include "inference/upstream/wire.hpp"
#include "tessera/call/resource.hpp"

namespace tessera::server::upstream {

TESSERA_CALL_VERB(embed);

using chat_resource = call::resource<call::stream<operations::create_chat>>;
using text_resource = call::resource<call::stream<operations::create_text>>;
using embeddings_resource = call::resource<embed<operations::create_embeddings>>;
using models_resource = call::resource<call::list<operations::list_models>>;

/// Thread-safe. Used through shared_ptr.
class link : public std::enable_shared_from_this<link> {
  public:
    explicit link(const upstream_options& settings);

    const chat_resource chat;
    const text_resource texts;
    const embeddings_resource vectors;
    const models_resource models;

    /// Calls `use` with the name to ask for: at once where it is known, else on the executor when
    /// the upstream has listed its models.
    void with_model(run::executor_type executor, const call_options& how,
                    std::function<void(result<std::string>)> use);
    /// The model is not there any more; it is asked for anew, unless its name was given.
    void forget_model();

    model_card card() const;

    std::atomic<int> running{0};

  private:
    link(const upstream_options& settings, std::shared_ptr<call::channel> channel);

    const upstream_options settings_;
    mutable std::mutex mutex_;
    std::string name_;
    std::optional<int> context_length_;
};

}  // namespace tessera::server::upstream
