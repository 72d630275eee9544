#pragma once
// What a configured provider can be asked for.
#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "chat/services.hpp"
#include "core/cortex_options.hpp"
#include "cortex/providers/answering.hpp"
#include "cortex/providers/connection.hpp"
#include "tessera/openai/embeddings.hpp"

namespace tessera::server::cortex {

class speech_desk;

/// A call that has one answer. Used on the I/O thread of its executor; destroying it ends it, and
/// nobody is told of it any more.
class pending {
  public:
    pending() = default;
    virtual ~pending() = default;
    pending(const pending&) = delete;
    pending& operator=(const pending&) = delete;
};

/// A model as its provider shows it.
struct shown_model {
    std::string id;
    std::string display_name;
};

/// Thread-safe. Calls may outlive it.
class provider {
  public:
    using executor_type = asio::io_context::executor_type;
    template <class T>
    using told = std::function<void(std::variant<T, failure>)>;

    provider() = default;
    virtual ~provider() = default;
    provider(const provider&) = delete;
    provider& operator=(const provider&) = delete;

    /// Both dialects, whichever it speaks itself.
    ///@{
    virtual caller<chats>& chat() = 0;
    virtual caller<messages>& message() = 0;
    ///@}
    virtual caller<transcriptions>& transcription() = 0;

    /// Calls `done` through `executor`, never before this has returned.
    ///@{
    virtual std::unique_ptr<pending> embed(openai::embedding_request asked, executor_type executor,
                                           told<openai::embedding_response> done) = 0;
    virtual std::unique_ptr<pending> list_models(executor_type executor,
                                                 told<std::vector<shown_model>> done) = 0;
    ///@}
};

/// Whether its own dialect is that of messages.
inline bool speaks_messages(const provider_settings& settings) {
    return settings.type == provider_type::anthropic;
}

/// What answers for a provider: the local engine and the local transcribers, or the server that its
/// URL names. `with`, `speech` and what `tokens` are of outlive it.
std::shared_ptr<provider> make_provider(const std::string& name, const provider_settings& settings,
                                        const services& with, speech_desk& speech,
                                        provider_tokens tokens = {});

}  // namespace tessera::server::cortex
