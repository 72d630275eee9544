#pragma once

namespace tessera::listen {

/// From now on the process has so much memory and time, opens no sockets and writes no files. Throws
/// std::runtime_error where the system does not do that.
void confine();

}  // namespace tessera::listen
