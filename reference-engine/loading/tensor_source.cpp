#include "loading/tensor_source.hpp"

#include "core/error.hpp"

namespace tessera::engine {

const tensor_view& tensor_source::at(std::string_view name) const {
    if (const tensor_view* view = find(name)) return *view;
    throw engine_error(error_code::malformed,
                       origin() + ": the weights have no tensor " + in_quotes(name));
}

}  // namespace tessera::engine
