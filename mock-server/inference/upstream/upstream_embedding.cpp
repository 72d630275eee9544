#include "inference/upstream/upstream_embedding.hpp"

#include <asio/bind_executor.hpp>
#include <asio/post.hpp>
#include <utility>

namespace tessera::server::upstream {

vectors_reader::vectors_reader(std::shared_ptr<link> of, run::executor_type executor,
                               embedding_run::done_function done)
    : link_(std::move(of)), executor_(executor), done_(std::move(done)) {
    ++link_->running;
}

vectors_reader::~vectors_reader() { --link_->running; }

void vectors_reader::ask(openai::embedding_request request) {
    request_ = std::move(request);
    count_ = std::visit([](const auto& given) { return given.size(); }, request_.input);
    call_options how;
    how.stop = stop_.get_token();
    link_->with_model(executor_, how, [self = shared_from_this()](result<std::string> name) {
        self->ask_as(std::move(name));
    });
}

void vectors_reader::ask_as(result<std::string> name) {
    if (!name) return end(refusal_of(name.error()));
    request_.model = *name;
    call_options how;
    how.stop = stop_.get_token();
    link_->vectors.async_try_embed(
        request_, how,
        asio::bind_executor(executor_,
                            [self = shared_from_this()](result<response<embedding_list>> answered) {
                                if (answered) return self->end(self->read(*answered));
                                if (answered.error().kind == error_kind::not_found)
                                    self->link_->forget_model();
                                self->end(refusal_of(answered.error()));
                            }));
}

void vectors_reader::cancel() {
    done_ = {};
    stop_.request_stop();
}

void vectors_reader::end(std::variant<embeddings, refusal> made) {
    asio::post(executor_, [self = shared_from_this(), made = std::move(made)]() mutable {
        if (const auto done = std::exchange(self->done_, {})) done(std::move(made));
    });
}

// In the order of the inputs.
std::variant<embeddings, refusal> vectors_reader::read(embedding_list& answered) const {
    embeddings made;
    made.vectors.resize(count_);
    for (embedding& each : answered.data)
        if (each.index < count_) made.vectors[each.index] = std::move(each.embedding).values();
    for (const auto& each : made.vectors)
        if (each.empty())
            return refusal_of(
                {.kind = error_kind::decode, .message = "a vector is missing from its answer"});
    if (answered.usage) made.prompt_tokens = answered.usage->prompt_tokens;
    return made;
}

}  // namespace tessera::server::upstream
