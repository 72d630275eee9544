#pragma once
// Which provider's model a name stands for.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/cortex_options.hpp"
#include "web/message.hpp"

namespace tessera::server::cortex {

/// A model of a provider. Views into the configuration.
struct place {
    const std::string* provider = nullptr;
    const provider_settings* settings = nullptr;
    std::string model;  // as the provider knows it
};

/// What a name stands for: the first that answers does.
struct resolution {
    std::vector<place> places;   // at least one
    std::size_t candidates = 1;  // that are enabled, of a virtual model
};

/// Where the model is, whatever form its name has: an id, "provider:id", an id behind its
/// provider's prefix, an alias, a virtual model. A problem: 400 for no name and for a virtual model
/// without candidates, 404 for an unknown one, 403 for one that the key does not open.
std::variant<resolution, problem> resolve(const cortex_options& configuration,
                                          const gateway_key_settings& key, const std::string& name);

/// A name that the key may use, and what it stands for.
struct reachable {
    std::string name;
    std::vector<place> places;
};

/// All of them: models, those that several providers have with their provider in front from the
/// second on; aliases; virtual models.
std::vector<reachable> reachable_models(const cortex_options& configuration,
                                        const gateway_key_settings& key);

}  // namespace tessera::server::cortex
