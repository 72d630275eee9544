#include "tessera/net/stream.hpp"
