#pragma once

namespace tessera::test {

/// Sanitizers make arithmetic ten to fifty times slower, and see the same in a part of it.
#ifdef TESSERA_SANITIZED
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace tessera::test
