#include "support/driver.hpp"

template class tessera::net::basic_watch<void>;
template class tessera::net::basic_stream<void>;
template class tessera::net::basic_pool<void>;
template class tessera::net::basic_connector<void>;
template class tessera::call::basic_exchange<void>;
