#include "cortex/inflight.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace tessera::server::cortex {

struct inflight::entry {
    wire::inflight_request shown{};
    std::chrono::steady_clock::time_point since{};
    // Of a stream: its last chunk; before the first, its registration.
    std::optional<std::chrono::steady_clock::time_point> idle_since{};
};

struct inflight::registry {
    explicit registry(const clock& with) : time(with) {}

    const clock& time;
    std::mutex mutex{};
    std::int64_t last_id = 0;
    std::map<std::int64_t, entry> all{};
};

inflight::inflight(const clock& time) : registry_(std::make_shared<registry>(time)) {}

inflight::handle inflight::begin(std::string_view method, std::string_view path) {
    handle made;
    if (!path.starts_with("/v1/")) return made;
    const std::lock_guard lock(registry_->mutex);
    const std::int64_t id = ++registry_->last_id;
    entry& added = registry_->all[id];
    added.shown.id = id;
    added.shown.method = method;
    added.shown.uri = path;
    added.since = registry_->time.now();
    made.registry_ = registry_;
    made.listed_ = &added;
    return made;
}

wire::inflight_snapshot inflight::snapshot() const {
    const auto seconds = [](auto span) {
        return std::int64_t{std::chrono::floor<std::chrono::seconds>(span).count()};
    };
    wire::inflight_snapshot made{};
    const std::lock_guard lock(registry_->mutex);
    const auto now = registry_->time.now();
    for (const auto& [id, each] : registry_->all) {
        wire::inflight_request& shown = made.requests.emplace_back(each.shown);
        shown.elapsed_secs = seconds(now - each.since);
        if (each.idle_since) shown.idle_secs = seconds(now - *each.idle_since);
    }
    made.count = static_cast<std::int64_t>(made.requests.size());
    return made;
}

template <class Change>
void inflight::handle::change(Change how) {
    if (!registry_) return;
    const std::lock_guard lock(registry_->mutex);
    how(*listed_);
}

void inflight::handle::key(std::string name) {
    change([&](entry& of) { of.shown.api_key_name = std::move(name); });
}

void inflight::handle::dispatched(std::string provider, std::string model) {
    change([&](entry& of) {
        of.shown.provider = std::move(provider);
        of.shown.model = std::move(model);
    });
}

void inflight::handle::streams() {
    change([](entry& of) { of.idle_since = of.since; });
}

void inflight::handle::chunk() {
    change([this](entry& of) {
        if (of.idle_since) of.idle_since = registry_->time.now();
    });
}

void inflight::handle::end() {
    if (!registry_) return;
    {
        const std::lock_guard lock(registry_->mutex);
        registry_->all.erase(listed_->shown.id);
    }
    registry_.reset();
}

inflight::handle& inflight::handle::operator=(handle&& other) noexcept {
    if (this == &other) return *this;
    end();
    registry_ = std::move(other.registry_);
    listed_ = other.listed_;
    return *this;
}

}  // namespace tessera::server::cortex
