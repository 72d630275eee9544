#pragma once
// Which functions there are: by project, app and name.
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "cerebrium/replicas.hpp"
#include "tessera/server/function.hpp"

namespace tessera::server::cerebrium {

struct function {
    detail::function_body body;
    /// Not empty: requests of OpenAI's form are answered by the model, which calls itself so.
    std::string model{};
};

/// Thread-safe.
class functions {
  public:
    explicit functions(loop& clock) : clock_(clock) {}

    /// In place of one that was there.
    void deploy(const std::string& project, const std::string& app, const std::string& name,
                function added);
    /// Before the app is called.
    void scale(const std::string& project, const std::string& app, const scaling_settings& how);

    struct found {
        std::shared_ptr<const cerebrium::function> function;  // null: there is none
        std::shared_ptr<cerebrium::replicas> replicas;
    };
    /// Names that begin with an underscore are private, and not found.
    found find(const std::string& project, const std::string& app, const std::string& name) const;

  private:
    struct app_entry {
        std::shared_ptr<cerebrium::replicas> replicas;
        std::map<std::string, std::shared_ptr<const function>> functions;
    };
    app_entry& entry(const std::string& project, const std::string& app);

    loop& clock_;
    mutable std::mutex mutex_;
    std::map<std::string, std::map<std::string, app_entry>> projects_;
};

}  // namespace tessera::server::cerebrium
