#include "cortex/kept_answer.hpp"

#include "cortex/context.hpp"
#include "tessera/json.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {

kept_answer::kept_answer(gateway& of, const exchange& asked, const place& to, bool streams)
    : of_(of), to_(to) {
    const caching_settings caching = of.caching.get();
    if (!caching.response_cache_enabled || streams) return;
    const auto body = json::parse(asked.request().body);
    if (!body) return;
    ttl_ = std::chrono::seconds(caching.response_cache_ttl_secs);
    key_ = cache_key(context::of(asked.request()).key()->name, asked.request().route->path,
                     *to.provider + ":" + to.model, *body);
}

bool kept_answer::give(exchange& asked) const {
    if (key_.empty()) return false;
    const auto kept = of_.cache.find(key_, ttl_);
    if (!kept) return false;
    context& here = context::of(asked.request());
    here.dispatched(to_);
    here.used({.prompt = kept->input_tokens, .answer = kept->output_tokens});
    asked.respond(json_answer(200, kept->body));
    return true;
}

void kept_answer::keep(const std::string& body, const token_counts& used) {
    if (key_.empty()) return;
    of_.cache.keep(key_, {.body = body,
                          .provider = *to_.provider,
                          .model = to_.model,
                          .input_tokens = used.prompt,
                          .output_tokens = used.answer});
}

}  // namespace tessera::server::cortex
