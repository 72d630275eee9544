#include "constrain/schema_tree.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "constrain/language.hpp"
#include "constrain/schema_problem.hpp"
#include "constrain/uri_reference.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

using nlohmann::ordered_json;

constexpr int most_depth = 100;  // of schemas inside schemas
constexpr std::size_t most_schemas = 100'000;

// How a keyword holds schemas.
enum class holding : std::uint8_t { one, list, members };
constexpr std::pair<std::string_view, holding> holders[] = {
    {"additionalProperties", holding::one},
    {"allOf", holding::list},
    {"anyOf", holding::list},
    {"contains", holding::one},
    {"$defs", holding::members},
    {"definitions", holding::members},
    {"dependentSchemas", holding::members},
    {"else", holding::one},
    {"if", holding::one},
    {"items", holding::one},
    {"not", holding::one},
    {"oneOf", holding::list},
    {"patternProperties", holding::members},
    {"prefixItems", holding::list},
    {"properties", holding::members},
    {"propertyNames", holding::one},
    {"then", holding::one},
};

// What a JSON pointer leads to, or null.
const ordered_json* followed(const ordered_json* from, std::string_view pointer) {
    while (from != nullptr && !pointer.empty()) {
        pointer.remove_prefix(1);
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        std::string name;
        for (std::size_t i = 0; i < end; ++i) {
            if (pointer[i] != '~') {
                name += pointer[i];
            } else if (++i < end && (pointer[i] == '0' || pointer[i] == '1')) {
                name += pointer[i] == '0' ? '~' : '/';
            } else {
                return nullptr;
            }
        }
        pointer.remove_prefix(end);
        const ordered_json* next = nullptr;
        if (from->is_object()) {
            const auto found = from->find(name);
            if (found != from->end()) next = &*found;
        } else if (from->is_array()) {
            std::size_t index = 0;
            const auto [last, error] =
                std::from_chars(name.data(), name.data() + name.size(), index);
            const bool plain = error == std::errc() && last == name.data() + name.size() &&
                               (name == "0" || name[0] != '0');
            if (plain && index < from->size()) next = &(*from)[index];
        }
        from = next;
    }
    return from;
}

}  // namespace

std::string pointer_step(std::string_view name) {
    std::string step = "/";
    for (const char c : name) {
        if (c == '~')
            step += "~0";
        else if (c == '/')
            step += "~1";
        else
            step += c;
    }
    return step;
}

void schema_evaluation::spend(std::size_t work) {
    constexpr std::size_t most_work = 5'000'000;
    spent_ += work;
    if (spent_ > most_work)
        throw engine_error(error_code::limit, "the value takes too much work to validate");
}

bool schema_node::holds(const ordered_json& value, schema_evaluation& run) const {
    constexpr int most_nesting = 600;
    if (run.depth >= most_nesting)
        throw engine_error(error_code::limit, "the value nests too deep to validate");
    run.spend(1 + assertions.size());
    ++run.depth;
    const bool all =
        std::ranges::all_of(assertions, [&](const assertion& each) { return each(value, run); });
    --run.depth;
    return all;
}

void schema_node::refuse(std::string_view keyword, const std::string& reason) const {
    throw schema_refused({.pointer = pointer + pointer_step(keyword),
                          .keyword = std::string(keyword),
                          .message = reason});
}

schema_tree::schema_tree(const ordered_json& document) { walk(document, "", "", 0); }

void schema_tree::walk(const ordered_json& source, std::string pointer, std::string base,
                       int depth) {
    const auto refuse = [&](const std::string& reason) {
        const std::size_t slash = pointer.rfind('/');
        throw schema_refused(
            {.pointer = pointer,
             .keyword = slash == std::string::npos ? "" : pointer.substr(slash + 1),
             .message = reason});
    };
    if (!source.is_object() && !source.is_boolean()) refuse("a schema is an object or a boolean");
    if (depth > most_depth) refuse("schemas nest too deep");
    if (nodes_.size() == most_schemas) refuse("there are too many schemas");
    schema_node& node = nodes_.emplace_back(
        schema_node{.source = &source, .pointer = std::move(pointer), .base = std::move(base)});
    by_source_.emplace(&source, &node);
    if (source.is_boolean()) {
        if (depth == 0) by_uri_.emplace("", &node);
        return;
    }
    read_names(node);
    for (const auto& [keyword, value] : source.items()) {
        const auto* const holder =
            std::ranges::find(holders, keyword, [](const auto& h) { return h.first; });
        if (holder == std::end(holders)) continue;
        const std::string below = node.pointer + pointer_step(keyword);
        if (holder->second == holding::one) {
            walk(value, below, node.base, depth + 1);
        } else if (holder->second == holding::list) {
            if (!value.is_array()) node.refuse(keyword, "must be a list of schemas");
            for (std::size_t i = 0; i < value.size(); ++i)
                walk(value[i], below + "/" + std::to_string(i), node.base, depth + 1);
        } else {
            if (!value.is_object()) node.refuse(keyword, "must be an object of schemas");
            for (const auto& [name, schema] : value.items())
                walk(schema, below + pointer_step(name), node.base, depth + 1);
        }
    }
}

// `$id` and `$anchor`.
void schema_tree::read_names(schema_node& node) {
    const auto text = [&](const char* keyword) -> const std::string* {
        const auto found = node.source->find(keyword);
        if (found == node.source->end()) return nullptr;
        if (!found->is_string()) node.refuse(keyword, "must be a string");
        return &found->get_ref<const std::string&>();
    };
    const auto name = [&](const char* keyword, const std::string& uri) {
        if (!by_uri_.emplace(uri, &node).second) node.refuse(keyword, "names a second schema");
    };
    if (const std::string* id = text("$id")) {
        std::string uri = resolve_uri(node.base, *id);
        const std::size_t hash = std::min(uri.find('#'), uri.size());
        if (hash + 1 < uri.size()) node.refuse("$id", "must have no fragment");
        uri.erase(hash);
        node.base = std::move(uri);
        name("$id", node.base);
    } else if (nodes_.size() == 1) {
        by_uri_.emplace("", &node);
    }
    if (const std::string* anchor = text("$anchor")) {
        static const language names = language::matching("^[A-Za-z_][-A-Za-z0-9._]*$");
        if (!names.contains(*anchor)) node.refuse("$anchor", "is no name");
        name("$anchor", node.base + "#" + *anchor);
    }
}

const schema_node* schema_tree::at(const ordered_json& source) const {
    const auto found = by_source_.find(&source);
    return found == by_source_.end() ? nullptr : found->second;
}

const schema_node& schema_tree::referred(const schema_node& from,
                                         const std::string& reference) const {
    const std::string uri = resolve_uri(from.base, reference);
    const std::size_t hash = std::min(uri.find('#'), uri.size());
    const auto resource = by_uri_.find(uri.substr(0, hash));
    if (resource == by_uri_.end())
        from.refuse("$ref", in_quotes(reference) + " is not inside this document");
    const auto fragment =
        percent_decoded(std::string_view(uri).substr(std::min(hash + 1, uri.size())));
    const schema_node* found = nullptr;
    if (fragment && (fragment->empty() || fragment->starts_with('/'))) {
        const ordered_json* const target = followed(resource->second->source, *fragment);
        if (target != nullptr) found = at(*target);
    } else if (fragment) {
        const auto anchor = by_uri_.find(uri.substr(0, hash) + "#" + *fragment);
        if (anchor != by_uri_.end()) found = anchor->second;
    }
    if (found == nullptr) from.refuse("$ref", in_quotes(reference) + " leads to no schema");
    return *found;
}

}  // namespace tessera::engine
