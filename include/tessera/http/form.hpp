#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/core/file.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/core/random.hpp"
#include "tessera/core/result.hpp"

namespace tessera::http {

/// One part of a form whose content need not be in memory. With a file name it is a file to the
/// server, else a text field.
struct form_part {
    std::string name;                     ///< of the field
    std::optional<std::string> filename;  ///< absent: a text field
    std::string content_type;             ///< empty: not said
    file content;                         ///< of the text, or of the file

    /// A text field.
    TESSERA_COLD_DECL static form_part text(std::string name, std::string text);
    /// Without a name of its own the file goes as "file": an empty one means to some servers that
    /// nothing was chosen.
    TESSERA_COLD_DECL static form_part of(std::string name, const file& content);
};

/// A form (multipart/form-data, RFC 7578) as a body that is produced piece by piece, as often as it
/// is wanted. Copies are cheap and share the parts.
class form_body {
  public:
    /// Chooses a boundary at random that no part in memory holds. invalid_argument for a control
    /// character in a content type; quotes and line breaks in names are encoded as browsers do.
    TESSERA_COLD_DECL static result<form_body> make(
        std::vector<form_part> parts, random_source& random = random_source::system());

    /// With the boundary: for the request's Content-Type.
    const std::string& content_type() const { return form_->content_type; }
    /// Of the whole body, where the sizes of all parts were known when it was made.
    std::optional<std::uint64_t> size() const { return form_->size; }
    /// The body from its start. Reading ends in an error when a part cannot be read, or has not the
    /// size it had when the body was made.
    TESSERA_COLD_DECL result<file::reader> open() const;

  private:
    // A text that is ready, then a content; the last has none.
    struct piece {
        std::string text;
        std::optional<file> content{};
        std::optional<std::uint64_t> size{};
    };
    struct form {
        std::string content_type;
        std::vector<piece> pieces;
        std::optional<std::uint64_t> size = 0;
    };
    struct position;

    explicit form_body(std::shared_ptr<const form> made) : form_(std::move(made)) {}
    std::shared_ptr<const form> form_;
};

}  // namespace tessera::http

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/form_impl.hpp"
#endif
