#pragma once

#include <memory>
#include <utility>

#include "contract/garden/operations.hpp"
#include "tessera/call.hpp"

namespace tessera::garden {

TESSERA_CALL_VERB(water);
TESSERA_CALL_VERB(feed);

using beds_resource = call::resource<call::create<operations::add_plant>>;
using picture_resource = call::resource<call::retrieve<operations::get_picture>>;
// [resource]
using growth_resource =
    call::resource<call::retrieve<operations::get_growth>, call::stream<operations::get_growth>>;
// [/resource]

class plants_resource
    : public call::resource<call::retrieve<operations::get_plant>,
                            call::remove<operations::remove_plant>, water<operations::water_plant>,
                            feed<operations::feed_plant>> {
  public:
    explicit plants_resource(const std::shared_ptr<call::channel>& on)
        : resource(on), growth(on), picture(on) {}

    growth_resource growth;
    picture_resource picture;
};

// [client]
class client {
  public:
    explicit client(client_options options) : client(call::channel::make(std::move(options))) {}

    beds_resource beds;
    plants_resource plants;

  private:
    explicit client(const std::shared_ptr<call::channel>& on) : beds(on), plants(on) {}
};
// [/client]

}  // namespace tessera::garden
