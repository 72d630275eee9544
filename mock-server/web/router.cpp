#include "web/router.hpp"

#include <algorithm>
#include <optional>

#include "tessera/http/fields.hpp"
#include "tessera/http/url.hpp"

namespace tessera::server {
namespace {

// The segments of a path, at most `limit` of them; nothing for more.
std::optional<std::vector<std::string_view>> split(std::string_view path, std::size_t limit) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        if (path.front() != '/' || segments.size() == limit) return std::nullopt;
        path.remove_prefix(1);
        const std::string_view segment = path.substr(0, path.find('/'));
        segments.push_back(segment);
        path.remove_prefix(segment.size());
    }
    return segments;
}

void append_method(std::string& list, std::string_view method) {
    if (http::fields({{"allow", list}}).lists("allow", method)) return;
    if (!list.empty()) list += ", ";
    list += method;
}

bool holds(const http::query_pairs& query, std::string_view fixed) {
    const http::query_pairs wanted = http::parse_query(fixed);
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& pair) {
        return std::find(query.begin(), query.end(), pair) != query.end();
    });
}

}  // namespace

void router::add(std::string_view prefix, const route& added) {
    const std::string path = std::string(prefix).append(added.path);
    const auto segments = split(path, std::size_t(-1)).value();
    node* at = &root_;
    for (const std::string_view segment : segments) {
        std::unique_ptr<node>& next =
            segment.starts_with('{') ? at->parameter : at->literals[std::string(segment)];
        if (!next) next = std::make_unique<node>();
        at = next.get();
    }
    at->routes.push_back(&added);
    depth_ = std::max(depth_, segments.size());
}

const router::node* router::walk(const std::vector<std::string>& segments,
                                 std::vector<std::string>& parameters) const {
    // What is left to try where a segment fits both a literal and a parameter.
    struct choice {
        const node* at;
        std::size_t segment;
        std::size_t parameters;
    };
    std::vector<choice> untried;
    const node* at = &root_;
    std::size_t i = 0;
    bool literal_allowed = true;
    for (;;) {
        if (i == segments.size() && !at->routes.empty()) return at;
        const node* next = nullptr;
        if (i < segments.size()) {
            const auto found =
                literal_allowed ? at->literals.find(segments[i]) : at->literals.end();
            if (found != at->literals.end()) {
                if (at->parameter) untried.push_back({at, i, parameters.size()});
                next = found->second.get();
            } else if (at->parameter && !segments[i].empty()) {
                parameters.push_back(segments[i]);
                next = at->parameter.get();
            }
        }
        literal_allowed = true;
        if (next) {
            at = next;
            ++i;
        } else if (!untried.empty()) {
            at = untried.back().at;
            i = untried.back().segment;
            parameters.resize(untried.back().parameters);
            untried.pop_back();
            literal_allowed = false;
        } else {
            return nullptr;
        }
    }
}

destination router::find(std::string_view method, std::string_view path,
                         std::string_view query) const {
    const auto raw = split(path, depth_);
    if (!raw) return {};
    std::vector<std::string> segments;
    for (const std::string_view segment : *raw) {
        if (segment.find('%') == std::string_view::npos) {
            segments.emplace_back(segment);
            continue;
        }
        result<std::string> decoded = http::percent_decode(segment);
        if (!decoded) return {};
        segments.push_back(std::move(*decoded));
    }
    destination found;
    const node* at = walk(segments, found.parameters);
    if (!at) return {};
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    std::optional<http::query_pairs> pairs;
    for (const route* each : at->routes) {
        if (each->method == wanted && each->query.empty()) {
            if (!found.route) found.route = each;
        } else if (each->method == wanted) {
            if (!pairs) pairs = http::parse_query(query);
            if (holds(*pairs, each->query)) found.route = each;
            found.queries.append(found.queries.empty() ? "?" : " or ?").append(each->query);
        }
        append_method(found.allow, each->method);
        if (each->method == "GET") append_method(found.allow, "HEAD");
    }
    append_method(found.allow, "OPTIONS");
    return found;
}

}  // namespace tessera::server
