// Joins a target to libFuzzer.
#include <cstddef>
#include <cstdint>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tessera::fuzz::one_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
