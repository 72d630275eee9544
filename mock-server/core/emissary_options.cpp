#include "core/emissary_options.hpp"

namespace tessera::server {

void apply(const emissary_settings& given, emissary_options& to) {
    const auto take = [](const auto& from, auto& setting) {
        if (from) setting = *from;
    };
    take(given.api_key, to.api_key);
    take(given.engine_start_ms, to.engine_start_ms);
    take(given.deploy_ms, to.deploy_ms);
    take(given.reactivate_ms, to.reactivate_ms);
    take(given.deploy_timeout_s, to.deploy_timeout_s);
    take(given.inactive_timeout_s, to.inactive_timeout_s);
    take(given.whole_training_parameters, to.whole_training_parameters);
    take(given.training_timeout_s, to.training_timeout_s);
}

}  // namespace tessera::server
