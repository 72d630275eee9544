#include <tessera/src.hpp>
