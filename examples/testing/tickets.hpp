#pragma once
// A small application: it sorts what customers write.
#include <chrono>
#include <stdexcept>
#include <string>
#include <tessera/cerebras.hpp>

namespace tickets {

enum class topic { billing, fault, question };

struct verdict {
    topic about;
    bool urgent;
};

/// The provider takes no more for now.
struct busy : std::runtime_error {
    explicit busy(std::chrono::seconds wait)
        : std::runtime_error("the provider takes no more for now"), wait(wait) {}
    std::chrono::seconds wait;
};

/// The application is set up wrongly; to try again is no use.
struct misconfigured : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The provider cannot be reached, or does not answer as it should.
struct unavailable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class sorter {
  public:
    explicit sorter(tessera::client_options provider);
    /// Throws busy, misconfigured or unavailable.
    verdict sort(const std::string& ticket) const;

  private:
    tessera::cerebras::client client_;
};

}  // namespace tickets
