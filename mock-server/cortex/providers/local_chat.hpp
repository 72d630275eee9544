#pragma once
// Chats that the local engine answers.
#include <memory>

#include "chat/services.hpp"
#include "cortex/providers/answering.hpp"

namespace tessera::server::cortex {

/// The model of that name among those that the program was given, else the first.
model& local_model_of(const services& with, std::string_view name);

/// `with` outlives it.
class local_chats : public caller<chats> {
  public:
    explicit local_chats(const services& with) : with_(with) {}

    std::unique_ptr<answering<chats>> start(question<chats> asked,
                                            asio::io_context::executor_type executor,
                                            std::function<void()> ready) override;

  private:
    const services with_;
};

}  // namespace tessera::server::cortex
