#pragma once
// The SDK's driver, compiled once for a program of many translation units: driver.cpp holds its code.
#include "tessera/call.hpp"

extern template class tessera::net::basic_watch<void>;
extern template class tessera::net::basic_stream<void>;
extern template class tessera::net::basic_pool<void>;
extern template class tessera::net::basic_connector<void>;
extern template class tessera::call::basic_exchange<void>;
