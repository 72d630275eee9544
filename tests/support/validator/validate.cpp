#include "support/validator/validate.hpp"

#include <utility>

#include "support/validator/schema_rules.hpp"

namespace tessera::engine {

class schema_validator::implementation {
  public:
    explicit implementation(nlohmann::ordered_json schema)
        : document_(std::move(schema)), rules_(document_) {}

    bool accepts(const nlohmann::ordered_json& value) const {
        schema_evaluation run;
        return rules_.root().holds(value, run);
    }

  private:
    nlohmann::ordered_json document_;
    schema_rules rules_;
};

schema_validator::schema_validator(nlohmann::ordered_json schema)
    : implementation_(std::make_unique<const implementation>(std::move(schema))) {}

schema_validator::~schema_validator() = default;

bool schema_validator::accepts(const nlohmann::ordered_json& value) const {
    return implementation_->accepts(value);
}

bool validates(const nlohmann::ordered_json& schema, const nlohmann::ordered_json& instance) {
    return schema_validator(schema).accepts(instance);
}

}  // namespace tessera::engine
