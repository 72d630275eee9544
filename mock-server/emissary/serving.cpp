#include "emissary/serving.hpp"

#include <stdexcept>
#include <utility>

namespace tessera::server::emissary {
namespace {

// Some more than one, so that a model whose last step takes long holds up no other.
constexpr std::size_t unloading_threads = 2;

}  // namespace

serving::serving(const services& with)
    : models_(with.models), unloading_(std::make_shared<threads>(unloading_threads)) {}

std::shared_ptr<model> serving::base(std::string_view name) const {
    for (const listing& each : models_.of_api("emissary"))
        if (each.id == name) return {std::shared_ptr<model>(), each.model};
    return nullptr;
}

std::shared_ptr<model> serving::open(const deployed_source& what) {
    std::shared_ptr<model> of = base(what.base_model);
    if (!of) throw std::runtime_error("there is no base model \"" + what.base_model + "\"");
    if (!what.checkpoint) return of;
    const checkpoint_ref& left = *what.checkpoint;
    auto made = of->trained(
        {.folder = left.folder, .part = left.part, .task = left.task, .head = left.head});
    return {made.release(), [unloading = unloading_](model* gone) {
                // Dropped or carried out, the work unloads it.
                unloading->run([owned = std::shared_ptr<model>(gone)]() mutable { owned.reset(); });
            }};
}

}  // namespace tessera::server::emissary
