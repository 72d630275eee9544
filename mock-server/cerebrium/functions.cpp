#include "cerebrium/functions.hpp"

#include <utility>

namespace tessera::server::cerebrium {

functions::app_entry& functions::entry(const std::string& project, const std::string& app) {
    app_entry& made = projects_[project][app];
    if (!made.replicas) made.replicas = std::make_shared<cerebrium::replicas>(std::nullopt, clock_);
    return made;
}

void functions::deploy(const std::string& project, const std::string& app, const std::string& name,
                       function added) {
    auto made = std::make_shared<const function>(std::move(added));
    const std::lock_guard lock(mutex_);
    entry(project, app).functions[name] = std::move(made);
}

void functions::scale(const std::string& project, const std::string& app,
                      const scaling_settings& how) {
    auto made = std::make_shared<cerebrium::replicas>(how, clock_);
    const std::lock_guard lock(mutex_);
    entry(project, app).replicas = std::move(made);
}

functions::found functions::find(const std::string& project, const std::string& app,
                                 const std::string& name) const {
    if (app.starts_with('_') || name.starts_with('_')) return {};
    const std::lock_guard lock(mutex_);
    const auto apps = projects_.find(project);
    if (apps == projects_.end()) return {};
    const auto entry = apps->second.find(app);
    if (entry == apps->second.end()) return {};
    const auto named = entry->second.functions.find(name);
    if (named == entry->second.functions.end()) return {};
    return {named->second, entry->second.replicas};
}

}  // namespace tessera::server::cerebrium
