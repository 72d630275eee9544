#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"

namespace tessera {

/// Where a download goes piece by piece, instead of into a string: to a file, or to a function.
class sink {
  public:
    /// One answer on its way.
    class transfer {
      public:
        virtual ~transfer() = default;
        /// The next piece.
        virtual result<void> take(std::string_view piece) = 0;
        /// The answer is whole.
        virtual result<void> finish() = 0;
        /// What was taken can be forgotten, so that the request may be sent again.
        virtual bool can_restart() const = 0;
    };

    sink() = default;
    /// A file that appears under its name when it is whole; until then, and if the call fails, the
    /// file that was there stays. Its bytes gather beside it, in a file ending in ".part".
    TESSERA_COLD_DECL static sink to_file(std::filesystem::path path);
    /// Every piece of the answer, on the thread of the call. A failed answer ends without a word;
    /// it is not asked for again once a piece was taken.
    TESSERA_COLD_DECL static sink to_function(std::function<void(std::string_view)> take);

    /// Whether it goes anywhere.
    explicit operator bool() const noexcept { return static_cast<bool>(open_); }
    /// Begins to take an answer.
    result<std::unique_ptr<transfer>> open() const { return open_(); }

  private:
    std::function<result<std::unique_ptr<transfer>>()> open_;
};

}  // namespace tessera

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/sink_impl.hpp"
#endif
