#pragma once
// Forms (multipart/form-data) as they arrive.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/core/spool.hpp"
#include "tessera/http/form.hpp"
#include "tessera/http/multipart.hpp"
#include "tessera/http/operation.hpp"

namespace tessera::server {

struct problem;

/// The parts in their order; large files lie on disk.
using received_form = std::vector<http::form_part>;

/// Reads a form piece by piece. Texts and the first MiB of files stay in memory, the rest of the
/// files goes to disk. What is too large is refused as soon as it is.
class form_receiver {
  public:
    /// `content_type` is the request's; a problem says what is wrong with it.
    static std::optional<problem> begin(std::optional<form_receiver>& made,
                                        std::string_view content_type,
                                        const http::body_rules& rules);

    std::optional<problem> take(std::string_view piece);
    /// The body ended: the form, or what it lacks.
    std::optional<problem> finish(received_form& whole);

  private:
    form_receiver(http::multipart_reader reader, const http::body_rules& rules)
        : reader_(std::move(reader)), rules_(rules) {}
    std::optional<problem> take_data(std::string_view data);
    std::optional<problem> end_part();

    http::multipart_reader reader_;
    http::body_rules rules_;
    received_form form_;
    http::part current_;           // its data only where it is a text
    spool file_;                   // the data of the current part where it is a file
    std::size_t text_bytes_ = 0;   // of all texts
    std::size_t file_memory_ = 0;  // that files have taken
};

}  // namespace tessera::server
