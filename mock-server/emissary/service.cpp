#include "emissary/service.hpp"

namespace tessera::server::emissary {
namespace {

// They wait for the disk most of the time; those that write at the same time share its syncs.
constexpr std::size_t most_workers = 32;

}  // namespace

service::service(const services& with)
    : common(with),
      settings(with.options.emissary),
      time(*with.options.clock),
      kept(with.database, with.ids),
      files(with.options.data),
      workers(most_workers),
      serving(with),
      background(time) {}

void service::stop() {
    workers.stop();
    background.stop();
    serving.stop();
}

}  // namespace tessera::server::emissary
