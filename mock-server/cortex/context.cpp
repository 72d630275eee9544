#include "cortex/context.hpp"

#include <utility>

#include "cortex/endpoints.hpp"
#include "cortex/translation/errors.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {

context::context(gateway& of, const request& asked)
    : of_(of),
      configuration_(of.configuration()),
      listed_(of.requests.begin(asked.head.method, asked.route->path)),
      id_(asked.id),
      endpoint_(asked.route->path),
      asks_a_model_(asked.route->request_schema && (family_of(endpoint_) == family::openai ||
                                                    family_of(endpoint_) == family::anthropic)),
      came_(of.time.wall()),
      began_(of.time.now()) {}

context::~context() {
    if (recorded_ || !key_ || !asks_a_model_) return;
    if (!error_code_) error_code_ = "client_closed_request";
    of_.usage.record(record(), [](const result<void>&) {});
}

context& context::of(const request& asked) { return static_cast<context&>(*asked.state); }

void context::known(const gateway_key_settings& key) {
    key_ = &key;
    listed_.key(key.name);
}

void context::dispatched(const place& to) {
    provider_ = *to.provider;
    model_ = to.model;
    listed_.dispatched(provider_, model_);
}

void context::failed(const problem& why) {
    error_code_ =
        !why.code.empty() ? why.code : std::string(error_type_of(why.status, dialect::chat));
}

void context::before_end(std::function<void()> go) {
    listed_.end();
    if (std::exchange(recorded_, true) || !key_ || !asks_a_model_) return go();
    of_.usage.record(record(), [&of = of_, go = std::move(go)](const result<void>& kept) {
        if (!kept) of.log("a record of usage is lost: " + kept.error().message);
        go();
    });
}

usage_entry context::record() const {
    using std::chrono::milliseconds;
    usage_entry made;
    made.request_id = id_;
    made.timestamp = came_;
    made.api_key_name = key_->name;
    made.model = model_;
    made.provider = provider_;
    made.endpoint = endpoint_;
    made.input_tokens = used_.prompt;
    made.output_tokens = used_.answer;
    made.latency_ms = std::chrono::duration_cast<milliseconds>(of_.time.now() - began_).count();
    made.error_code = error_code_;
    return made;
}

}  // namespace tessera::server::cortex
