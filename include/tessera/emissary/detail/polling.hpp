#pragma once

#include <chrono>
#include <memory>

#include "tessera/emissary/detail/process.hpp"

namespace tessera::emissary::detail {

// Something that is asked after again and again until it stays as it is.
struct polled {
    process_terms terms;
    call::spec request;
    result<bool> (*is_settled)(const call_info& answer);

    std::chrono::milliseconds pause{};  // before it is asked after again
    call_info last{};                   // of the last answer
    bool has_news = false;              // the last step found something new
    bool is_held = false;               // that is still to be handed out
    bool is_over = false;               // `last` is the last
};

// Soon after something changed, and then less and less often.
inline constexpr std::chrono::milliseconds first_pause{250};
inline constexpr std::chrono::milliseconds longest_pause{8000};

TESSERA_COLD_DECL std::shared_ptr<polled> make_polled(call::channel& on, call::spec&& request,
                                                      const call_options& options,
                                                      result<bool> (*is_settled)(const call_info&));
TESSERA_COLD_DECL process::work until_settled(std::shared_ptr<polled> of);
TESSERA_COLD_DECL process::work until_news(std::shared_ptr<polled> of);

}  // namespace tessera::emissary::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/emissary/detail/polling_impl.hpp"
#endif
