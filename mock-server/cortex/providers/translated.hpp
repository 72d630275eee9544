#pragma once
// The dialect that a provider does not speak, through the one that it does.
#include <string>

#include "chat/services.hpp"
#include "core/cortex_options.hpp"
#include "cortex/providers/answering.hpp"

namespace tessera::server::cortex {

/// What translations are made with.
struct translation_facts {
    std::string provider;  // its name
    provider_type type = provider_type::openai;
    id_source* ids = nullptr;
    const clock* time = nullptr;
};

/// `inner` outlives it.
class messages_over_chats : public caller<messages> {
  public:
    messages_over_chats(caller<chats>& inner, translation_facts facts)
        : inner_(inner), facts_(std::move(facts)) {}

    std::unique_ptr<answering<messages>> start(question<messages> asked,
                                               asio::io_context::executor_type executor,
                                               std::function<void()> ready) override;

  private:
    caller<chats>& inner_;
    const translation_facts facts_;
};

/// `inner` outlives it.
class chats_over_messages : public caller<chats> {
  public:
    chats_over_messages(caller<messages>& inner, translation_facts facts)
        : inner_(inner), facts_(std::move(facts)) {}

    std::unique_ptr<answering<chats>> start(question<chats> asked,
                                            asio::io_context::executor_type executor,
                                            std::function<void()> ready) override;

  private:
    caller<messages>& inner_;
    const translation_facts facts_;
};

}  // namespace tessera::server::cortex
