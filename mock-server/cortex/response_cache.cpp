#include "cortex/response_cache.hpp"

#include <utility>

namespace tessera::server::cortex {

std::string cache_key(std::string_view api_key_name, std::string_view endpoint,
                      std::string_view model, const json::value& body) {
    nlohmann::json sorted = body;  // its members are in the order of their names
    if (sorted.is_object()) sorted.erase("model");
    std::string made;
    for (const std::string_view part : {api_key_name, endpoint, model})
        made.append(std::to_string(part.size())).append(":").append(part);
    return made + sorted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::shared_ptr<const cached_answer> response_cache::find(const std::string& key,
                                                          std::chrono::seconds ttl) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    if (time_.now() - found->second->since >= ttl) {
        drop(found->second);
        return nullptr;
    }
    order_.splice(order_.begin(), order_, found->second);
    return order_.front().answer;
}

void response_cache::keep(std::string key, cached_answer answer) {
    // What the containers take for each is of the order of a few hundred bytes.
    const std::size_t size = key.size() + answer.body.size() + answer.provider.size() +
                             answer.model.size() + sizeof(kept) + sizeof(cached_answer) + 128;
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) drop(found->second);
    if (size > most_bytes_) return;
    while (bytes_ + size > most_bytes_) drop(std::prev(order_.end()));
    order_.push_front({.key = std::move(key),
                       .answer = std::make_shared<const cached_answer>(std::move(answer)),
                       .since = time_.now(),
                       .bytes = size});
    by_key_.emplace(order_.front().key, order_.begin());
    bytes_ += size;
}

void response_cache::clear() {
    const std::lock_guard lock(mutex_);
    by_key_.clear();
    order_.clear();
    bytes_ = 0;
}

std::size_t response_cache::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

void response_cache::drop(order::iterator which) {
    bytes_ -= which->bytes;
    by_key_.erase(which->key);
    order_.erase(which);
}

}  // namespace tessera::server::cortex
