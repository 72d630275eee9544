#pragma once
// Vectors that an upstream makes.
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>

#include "inference/upstream/link.hpp"
#include "inference/upstream/requests.hpp"

namespace tessera::server::upstream {

/// Lives on its executor's thread. Keeps itself alive while the upstream is asked.
class vectors_reader : public std::enable_shared_from_this<vectors_reader> {
  public:
    vectors_reader(std::shared_ptr<link> of, run::executor_type executor,
                   embedding_run::done_function done);
    ~vectors_reader();
    vectors_reader(const vectors_reader&) = delete;
    vectors_reader& operator=(const vectors_reader&) = delete;

    void ask(openai::embedding_request request);
    void cancel();

  private:
    void ask_as(result<std::string> name);
    void end(std::variant<embeddings, refusal> made);
    std::variant<embeddings, refusal> read(embedding_list& answered) const;

    std::shared_ptr<link> link_;
    run::executor_type executor_;
    embedding_run::done_function done_;
    openai::embedding_request request_;
    std::size_t count_ = 0;  // of the inputs
    std::stop_source stop_;
};

class upstream_embedding : public embedding_run {
  public:
    explicit upstream_embedding(std::shared_ptr<vectors_reader> reader)
        : reader_(std::move(reader)) {}
    ~upstream_embedding() override { reader_->cancel(); }

  private:
    std::shared_ptr<vectors_reader> reader_;
};

}  // namespace tessera::server::upstream
