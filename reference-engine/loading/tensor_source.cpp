#include "loading/tensor_source.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace tessera::engine {

const tensor_view& tensor_source::at(std::string_view name) const {
    if (const tensor_view* view = find(name)) return *view;
    throw engine_error(error_code::malformed,
                       origin() + ": the weights have no tensor " + in_quotes(name));
}

const tensor_view* tensor_list::find(std::string_view name) const {
    const auto found = std::ranges::find(tensors_, name, &tensor_view::name);
    return found == tensors_.end() ? nullptr : &*found;
}

std::vector<std::string> tensor_list::names() const {
    std::vector<std::string> all;
    for (const tensor_view& each : tensors_) all.push_back(each.name);
    return all;
}

std::vector<tensor_view> tensor_copies::copied(const tensor_source& from, memory& to) {
    std::vector<tensor_view> tensors;
    for (const auto& name : from.names()) {
        auto tensor = from.at(name);
        to.emplace_back(tensor.data.begin(), tensor.data.end());
        tensor.data = to.back();
        tensors.push_back(std::move(tensor));
    }
    return tensors;
}

}  // namespace tessera::engine
