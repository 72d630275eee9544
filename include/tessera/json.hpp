#pragma once

#include "tessera/json/decode.hpp"
#include "tessera/json/defaults.hpp"
#include "tessera/json/describe.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/equal.hpp"
#include "tessera/json/parse.hpp"
#include "tessera/json/schema.hpp"
