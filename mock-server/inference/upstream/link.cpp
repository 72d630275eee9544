#include "inference/upstream/link.hpp"

#include <string_view>

#include "core/ids.hpp"

namespace tessera::server::upstream {
namespace {

// The operations' paths begin with /v1, and so do the ends of many URLs that people have at hand.
std::string base_of(std::string_view url) {
    const auto remove = [&](std::string_view end) {
        if (url.ends_with(end)) url.remove_suffix(end.size());
    };
    remove("/");
    remove("/v1");
    return std::string(url);
}

client_options options_of(const upstream_options& settings) {
    client_options made;
    made.api_key = secret(settings.api_key);
    made.base_url = base_of(settings.url);
    made.timeout.first_byte = made.timeout.idle = settings.timeout;
    made.timeout.total = std::chrono::milliseconds(0);
    // The client decides whether to try again.
    made.max_retries = 0;
    made.user_agent = "tessera-server/" TESSERA_VERSION;
    return made;
}

}  // namespace

link::link(const upstream_options& settings)
    : link(settings, call::channel::make(options_of(settings))) {}

link::link(const upstream_options& settings, std::shared_ptr<call::channel> channel)
    : chat(channel),
      texts(channel),
      vectors(channel),
      models(channel),
      settings_(settings),
      name_(settings.model),
      context_length_(settings.context_length) {}

void link::with_model(run::executor_type executor, const call_options& how,
                      std::function<void(result<std::string>)> use) {
    std::unique_lock lock(mutex_);
    if (const std::string name = name_; !name.empty()) {
        lock.unlock();
        return use(name);
    }
    lock.unlock();
    models.async_try_list(
        how, asio::bind_executor(executor, [self = shared_from_this(), use = std::move(use)](
                                               result<response<model_list>> listed) {
            if (!listed) return use(std::move(listed.error()));
            if (listed->data.empty())
                return use(error{.kind = error_kind::decode, .message = "it lists no models"});
            const listed_model& first = listed->data.front();
            {
                const std::lock_guard keep(self->mutex_);
                self->name_ = first.id;
                if (!self->settings_.context_length) self->context_length_ = first.context_length();
            }
            use(first.id);
        }));
}

void link::forget_model() {
    const std::lock_guard lock(mutex_);
    name_ = settings_.model;
}

model_card link::card() const {
    std::string fingerprint = "fp_";
    append_hex(fingerprint, hash_of(settings_.model, hash_of(settings_.url)), 10);
    const std::lock_guard lock(mutex_);
    const std::string name = name_.empty() ? "upstream" : name_;
    return {.name = name,
            .source = "the model " + name + " of another server",
            .fingerprint = std::move(fingerprint),
            .precision = "unknown",
            .context_length = context_length_};
}

}  // namespace tessera::server::upstream
