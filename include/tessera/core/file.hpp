#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "tessera/core/result.hpp"

namespace tessera {

/// The content of an upload, with the name and the media type it goes by. It is read piece by piece
/// and never held whole, unless it was given so. Copies are cheap and share the content, which
/// never changes through them.
class file {
  public:
    /// Puts up to `most` bytes (at least 1) at `to` and says how many; 0 at the end. For one user
    /// at a time, and copies may share how far it has read.
    using reader = std::function<result<std::size_t>(char* to, std::size_t most)>;
    /// Begins to read from the start.
    using opener = std::function<result<reader>()>;

    /// Empty, and without a name.
    file() : file(std::string(), {}) {}
    /// Shares the content. There are no moves: what was moved from would have no content.
    ///@{
    file(const file&) = default;
    file& operator=(const file&) = default;
    ///@}

    /// The file at a path, opened anew whenever its content is wanted. Its name is the path's last
    /// part.
    static file at(std::string path) {
        std::string name = path.substr(path.find_last_of("/\\") + 1);
        return file(on_disk{std::move(path)}, std::move(name));
    }
    /// These bytes.
    static file of(std::string bytes, std::string name = {}) {
        return file(std::move(bytes), std::move(name));
    }
    /// What `open` gives, which is called anew whenever the content is wanted: for every attempt of
    /// a call. A size that is told must be right.
    static file from(opener open, std::string name,
                     std::optional<std::uint64_t> size = std::nullopt) {
        return file(told{std::move(open), size}, std::move(name));
    }

    /// The same content under another name, and another media type unless that is empty.
    file as(std::string name, std::string content_type = {}) const {
        file other = *this;
        other.name_ = std::move(name);
        if (!content_type.empty()) other.content_type_ = std::move(content_type);
        return other;
    }

    /// The name that the receiver is told.
    const std::string& name() const noexcept { return name_; }
    /// The media type: as it was given, else what the name's extension tells, else
    /// application/octet-stream.
    std::string content_type() const {
        return std::string(content_type_.empty() ? guess(name_) : content_type_);
    }
    /// In bytes, if that is known without reading. Looks at the disk.
    std::optional<std::uint64_t> size() const;
    /// The content from its start. An error names the path and the reason.
    result<reader> open() const;
    /// The content, where it is in memory, else null.
    const std::string* bytes() const noexcept { return std::get_if<std::string>(content_.get()); }

    /// The same name and type, and the same content as far as that can be told without reading it:
    /// the same bytes, the same path or a copy of one another.
    friend bool operator==(const file& left, const file& right) {
        return left.name_ == right.name_ && left.content_type() == right.content_type() &&
               (left.content_ == right.content_ || left.is_same_as(right));
    }

  private:
    struct on_disk {
        std::string path;
    };
    struct told {
        opener open;
        std::optional<std::uint64_t> size;
    };
    using content = std::variant<std::string, on_disk, told>;

    file(content given, std::string name)
        : name_(std::move(name)), content_(std::make_shared<const content>(std::move(given))) {}

    static std::string_view guess(std::string_view name);
    static error unreadable(const std::string& path, int reason) {
        return {error_kind::invalid_argument,
                "the file " + path + " cannot be read: " + std::generic_category().message(reason),
                0,
                {},
                0,
                {},
                {}};
    }
    bool is_same_as(const file& other) const {
        const auto* mine = std::get_if<on_disk>(content_.get());
        const auto* others = std::get_if<on_disk>(other.content_.get());
        if (mine && others) return mine->path == others->path;
        return bytes() && other.bytes() && *bytes() == *other.bytes();
    }

    std::string name_;
    std::string content_type_;
    std::shared_ptr<const content> content_;
};

inline std::optional<std::uint64_t> file::size() const {
    if (const std::string* all = bytes()) return all->size();
    if (const auto* given = std::get_if<told>(content_.get())) return given->size;
    struct ::stat about {};
    const std::string& path = std::get_if<on_disk>(content_.get())->path;
    if (::stat(path.c_str(), &about) != 0 || (about.st_mode & S_IFMT) != S_IFREG)
        return std::nullopt;
    return static_cast<std::uint64_t>(about.st_size);
}

inline result<file::reader> file::open() const {
    if (const auto* given = std::get_if<told>(content_.get())) return given->open();
    if (const auto* given = std::get_if<on_disk>(content_.get())) {
        std::shared_ptr<std::FILE> open(std::fopen(given->path.c_str(), "rb"),
                                        [](std::FILE* opened) {
                                            if (opened) std::fclose(opened);
                                        });
        if (!open) return unreadable(given->path, errno);
        return reader(
            [open, path = given->path](char* to, std::size_t most) -> result<std::size_t> {
                const std::size_t size = std::fread(to, 1, most, open.get());
                if (size == 0 && std::ferror(open.get())) return unreadable(path, errno);
                return size;
            });
    }
    return reader([content = content_, at = std::size_t{0}](
                      char* to, std::size_t most) mutable -> result<std::size_t> {
        const std::string& all = *std::get_if<std::string>(content.get());
        const std::size_t size = all.copy(to, most, at);
        at += size;
        return size;
    });
}

// What the APIs of this house take: speech, and lines of data.
inline std::string_view file::guess(std::string_view name) {
    static constexpr std::pair<std::string_view, std::string_view> types[] = {
        {"mp3", "audio/mpeg"},          {"mpga", "audio/mpeg"}, {"m4a", "audio/mp4"},
        {"mp4", "audio/mp4"},           {"wav", "audio/wav"},   {"webm", "audio/webm"},
        {"ogg", "audio/ogg"},           {"oga", "audio/ogg"},   {"opus", "audio/opus"},
        {"flac", "audio/flac"},         {"aac", "audio/aac"},   {"json", "application/json"},
        {"jsonl", "application/jsonl"}, {"csv", "text/csv"},    {"txt", "text/plain"}};
    const std::size_t dot = name.rfind('.');
    std::string extension(dot == name.npos ? std::string_view() : name.substr(dot + 1));
    for (char& c : extension)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 32);
    for (const auto& [known, type] : types)
        if (extension == known) return type;
    return "application/octet-stream";
}

}  // namespace tessera
