#include "cerebrium/journal.hpp"

#include <algorithm>
#include <utility>

namespace tessera::server::cerebrium {

void journal::open(run_record begun) {
    const std::lock_guard lock(mutex_);
    if (runs_.size() == most_runs) runs_.pop_front();
    runs_.push_back(std::move(begun));
}

run_record* journal::locate(const std::string& run_id) {
    const auto found = std::find_if(runs_.rbegin(), runs_.rend(),
                                    [&](const run_record& each) { return each.run_id == run_id; });
    return found == runs_.rend() ? nullptr : &*found;
}

void journal::update(const std::string& run_id, const std::function<void(run_record&)>& change) {
    const std::lock_guard lock(mutex_);
    if (run_record* const found = locate(run_id)) change(*found);
}

std::optional<run_record> journal::find(const std::string& run_id) const {
    const std::lock_guard lock(mutex_);
    const run_record* const found = const_cast<journal*>(this)->locate(run_id);
    return found ? std::optional(*found) : std::nullopt;
}

std::vector<run_record> journal::all() const {
    const std::lock_guard lock(mutex_);
    return {runs_.rbegin(), runs_.rend()};
}

}  // namespace tessera::server::cerebrium
