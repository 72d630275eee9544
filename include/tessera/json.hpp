#pragma once

#include "tessera/json/describe.hpp"
#include "tessera/json/types.hpp"
#include "tessera/json/value.hpp"
