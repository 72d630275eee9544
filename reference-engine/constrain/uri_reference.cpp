#include "constrain/uri_reference.hpp"

#include <algorithm>
#include <charconv>

namespace tessera::engine {
namespace {

// Each with its mark: "scheme:", "//authority", path, "?query", "#fragment".
struct uri_parts {
    std::string_view scheme;
    std::string_view authority;
    std::string_view path;
    std::string_view query;
    std::string_view fragment;
};

uri_parts split(std::string_view uri) {
    const auto take = [&](std::size_t size) {
        const std::string_view taken = uri.substr(0, size);
        uri.remove_prefix(taken.size());
        return taken;
    };
    uri_parts parts;
    if (const std::size_t end = uri.find_first_of(":/?#");
        end != std::string_view::npos && end > 0 && uri[end] == ':')
        parts.scheme = take(end + 1);
    if (uri.starts_with("//"))
        parts.authority = take(std::min(uri.find_first_of("/?#", 2), uri.size()));
    parts.path = take(std::min(uri.find_first_of("?#"), uri.size()));
    parts.query = take(std::min(uri.find('#'), uri.size()));
    parts.fragment = uri;
    return parts;
}

// RFC 3986, 5.2.4.
std::string without_dots(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(0, end);
        path.remove_prefix(end);
        const std::string_view name = segment.substr(segment.starts_with('/') ? 1 : 0);
        if (name == "." || name == "..") {
            const std::size_t slash = out.rfind('/');
            if (name == "..") out.erase(slash == std::string::npos ? 0 : slash);
            const bool rooted = segment.starts_with('/');
            if (rooted && path.empty()) out += '/';
            if (!rooted && !path.empty()) path.remove_prefix(1);
        } else {
            out += segment;
        }
    }
    return out;
}

std::string joined(const uri_parts& first, std::string_view path, std::string_view query,
                   std::string_view fragment) {
    std::string uri(first.scheme);
    uri.append(first.authority).append(path).append(query).append(fragment);
    return uri;
}

}  // namespace

std::string resolve_uri(std::string_view base_text, std::string_view text) {
    const uri_parts base = split(base_text);
    uri_parts reference = split(text);
    if (!reference.scheme.empty() || !reference.authority.empty()) {
        if (reference.scheme.empty()) reference.scheme = base.scheme;
        return joined(reference, without_dots(reference.path), reference.query, reference.fragment);
    }
    if (reference.path.empty())
        return joined(base, base.path, reference.query.empty() ? base.query : reference.query,
                      reference.fragment);
    std::string path(reference.path);
    if (!path.starts_with('/')) {
        const std::size_t slash = base.path.rfind('/');
        if (slash != std::string_view::npos)
            path.insert(0, base.path.substr(0, slash + 1));
        else if (!base.authority.empty())
            path.insert(0, "/");
    }
    return joined(base, without_dots(path), reference.query, reference.fragment);
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const std::string_view digits = text.substr(i + 1, 2);
        unsigned value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2)
            return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

}  // namespace tessera::engine
