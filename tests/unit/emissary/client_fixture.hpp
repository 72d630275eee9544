#pragma once
// Clients of a service that answers what a script says.
#include "support/scripted_service.hpp"
#include "tessera/emissary.hpp"
#include "tessera/emissary/errors.hpp"

namespace tessera::emissary::test {

using tessera::test::for_each_request;
using tessera::test::received_request;
using tessera::test::scripted_server;
using tessera::test::session;

class service : public tessera::test::scripted_service {
  protected:
    client at_service() const { return client(options()); }
};

}  // namespace tessera::emissary::test
