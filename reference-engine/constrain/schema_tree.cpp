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

const ordered_json* schema_node::find(std::string_view keyword) const {
    if (!source->is_object()) return nullptr;
    // Up to draft 7 a reference stands alone.
    if (dialect <= schema_dialect::draft7 && keyword != "$ref") {
        const auto reference = source->find("$ref");
        if (reference != source->end() && reference->is_string()) return nullptr;
    }
    const schema_keyword* const known = find_keyword(keyword);
    if (known == nullptr || !known->in(dialect)) return nullptr;
    const auto found = source->find(keyword);
    return found == source->end() ? nullptr : &*found;
}

void schema_node::refuse(std::string_view keyword, const std::string& reason) const {
    throw schema_refused({.pointer = pointer + pointer_step(keyword),
                          .keyword = std::string(keyword),
                          .message = reason});
}

void schema_node::refuse(const std::string& reason) const {
    const std::size_t slash = pointer.rfind('/');
    throw schema_refused({.pointer = pointer,
                          .keyword = slash == std::string::npos ? "" : pointer.substr(slash + 1),
                          .message = reason});
}

schema_tree::schema_tree(const ordered_json& document, std::string pointer) {
    walk(document, {std::move(pointer), "", schema_dialect::unnamed}, 0);
    by_uri_.emplace("", &nodes_.front());
}

const schema_node& schema_tree::walk(const ordered_json& source, origin from, int depth) {
    schema_node& node = nodes_.emplace_back(schema_node{.source = &source,
                                                        .pointer = std::move(from.pointer),
                                                        .base = std::move(from.base),
                                                        .dialect = from.dialect});
    if (depth > most_depth) node.refuse("schemas nest too deep");
    if (nodes_.size() > most_schemas) node.refuse("there are too many schemas");
    by_source_.emplace(&source, &node);
    if (!source.is_object()) return node;
    read_names(node);
    const auto below = [&](const ordered_json& value, std::string pointer) {
        if (at(value) == nullptr)
            walk(value, {std::move(pointer), node.base, node.dialect}, depth + 1);
    };
    for (const auto& [keyword, value] : source.items()) {
        using holding = schema_keyword::holding;
        const schema_keyword* const known = find_keyword(keyword);
        if (known == nullptr || !known->in(node.dialect)) continue;
        const std::string pointer = node.pointer + pointer_step(keyword);
        const bool list = value.is_array() &&
                          (known->holds == holding::list || known->holds == holding::one_or_list);
        if (list) {
            for (std::size_t i = 0; i < value.size(); ++i)
                below(value[i], pointer + "/" + std::to_string(i));
        } else if (known->holds == holding::one || known->holds == holding::one_or_list) {
            below(value, pointer);
        } else if (known->holds == holding::members && value.is_object()) {
            for (const auto& [name, schema] : value.items())
                below(schema, pointer + pointer_step(name));
        }
    }
    return node;
}

// `$schema`, and the names that references know a schema by.
void schema_tree::read_names(schema_node& node) {
    const bool first = nodes_.size() == 1;
    const auto named = node.source->find("$schema");
    if (named != node.source->end() && named->is_string() &&
        (first || node.source->contains("$id") || node.source->contains("id"))) {
        const auto dialect = dialect_named(named->get_ref<const std::string&>());
        if (!dialect) node.refuse("$schema", "drafts before 4 are not supported");
        node.dialect = *dialect;
    }
    const auto text = [&](const char* keyword) -> const std::string* {
        const ordered_json* const found = node.find(keyword);
        if (found == nullptr || (!found->is_string() && keyword == std::string_view("id")))
            return nullptr;
        if (!found->is_string()) node.refuse(keyword, "must be a string");
        return &found->get_ref<const std::string&>();
    };
    // Up to draft 7 generators name all parts, and not always apart; only references need to know.
    const bool older = node.dialect <= schema_dialect::draft7;
    const auto name = [&](const char* keyword, const std::string& uri) {
        const auto [found, fresh] = by_uri_.emplace(uri, &node);
        if (fresh) return;
        if (!older) node.refuse(keyword, "names a second schema");
        found->second = nullptr;
    };
    const char* const keyword = node.dialect == schema_dialect::draft4 ? "id" : "$id";
    if (const std::string* id = text(keyword)) {
        const std::size_t hash = std::min(id->find('#'), id->size());
        const std::string fragment = id->substr(std::min(hash + 1, id->size()));
        if (hash > 0) {
            std::string uri = resolve_uri(node.base, id->substr(0, hash));
            const bool same = uri == node.base;
            node.base = std::move(uri);
            if (!fragment.empty() && !older) node.refuse(keyword, "must have no fragment");
            if (fragment.empty() && (!same || first)) name(keyword, node.base);
        }
        // What drafts up to 7 have for `$anchor`. A pointer says what is known.
        if (!fragment.empty() && !fragment.starts_with('/'))
            name(keyword, node.base + "#" + fragment);
    }
    if (node.dialect == schema_dialect::unnamed)
        if (const std::string* id = text("id")) {
            std::string uri = resolve_uri(node.base, *id);
            if (uri.ends_with('#')) uri.pop_back();
            by_uri_.try_emplace(std::move(uri), &node);
        }
    static const language anchors = language::matching("^[A-Za-z_][-A-Za-z0-9._]*$");
    for (const char* each : {"$anchor", "$dynamicAnchor"})
        if (const std::string* anchor = text(each)) {
            if (!anchors.contains(*anchor)) node.refuse(each, "is no name");
            name(each, node.base + "#" + *anchor);
            if (each[1] == 'd') ++dynamic_[*anchor];
        }
    if (const auto* anchor = node.find("$recursiveAnchor"); anchor != nullptr && *anchor == true)
        ++dynamic_[""];
}

const schema_node* schema_tree::at(const ordered_json& source) const {
    const auto found = by_source_.find(&source);
    return found == by_source_.end() ? nullptr : found->second;
}

// What a JSON pointer leads to, or null. It may be where no keyword has a schema, as long as it is
// no value.
const schema_node* schema_tree::followed(const schema_node& from, std::string_view pointer) {
    const ordered_json* reached = from.source;
    const schema_node* around = &from;
    std::string way;  // from there
    while (!pointer.empty()) {
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
        if (reached->is_object()) {
            if (reached == around->source && (name == "enum" || name == "const")) return nullptr;
            const auto found = reached->find(name);
            if (found != reached->end()) next = &*found;
        } else if (reached->is_array()) {
            std::size_t index = 0;
            const auto [last, error] =
                std::from_chars(name.data(), name.data() + name.size(), index);
            const bool plain = error == std::errc() && last == name.data() + name.size() &&
                               (name == "0" || name[0] != '0');
            if (plain && index < reached->size()) next = &(*reached)[index];
        }
        if (next == nullptr) return nullptr;
        reached = next;
        way += pointer_step(name);
        if (const schema_node* const found = at(*reached)) {
            around = found;
            way.clear();
        }
    }
    if (reached == around->source) return around;
    if (!reached->is_object() && !reached->is_boolean()) return nullptr;
    return &walk(*reached, {around->pointer + way, around->base, around->dialect}, 0);
}

const schema_node& schema_tree::referred(const schema_node& from, std::string_view keyword) {
    const ordered_json* const given = from.find(keyword);
    if (!given->is_string()) from.refuse(keyword, "must be a string");
    const auto& reference = given->get_ref<const std::string&>();
    const std::string uri = resolve_uri(from.base, reference);
    const std::size_t hash = std::min(uri.find('#'), uri.size());
    const auto fragment =
        percent_decoded(std::string_view(uri).substr(std::min(hash + 1, uri.size())));
    const bool named = fragment && !fragment->empty() && !fragment->starts_with('/');
    const auto known = [&](const std::string& name) {
        const auto found = by_uri_.find(name);
        if (found == by_uri_.end()) return false;
        if (found->second == nullptr)
            from.refuse(keyword, in_quotes(reference) + " is the name of several schemas");
        return true;
    };
    const std::string resource = uri.substr(0, hash);
    const std::string name = named ? resource + "#" + *fragment : resource;
    const schema_node* found = nullptr;
    const char* anchor = nullptr;
    if (known(name)) {
        found = by_uri_[name];
        if (named && keyword == "$dynamicRef") anchor = "$dynamicAnchor";
        if (!named) found = fragment ? followed(*found, *fragment) : nullptr;
        if (!named && keyword == "$recursiveRef") anchor = "$recursiveAnchor";
    } else if (!known(resource)) {
        from.refuse(keyword, in_quotes(reference) + " is not inside this document");
    }
    if (found == nullptr) from.refuse(keyword, in_quotes(reference) + " leads to no schema");
    // Of several, the way of the evaluation decides (JSON Schema 2020-12, core, 8.2.3.2).
    if (anchor != nullptr)
        if (const ordered_json* const own = found->find(anchor);
            own != nullptr && *own != false && dynamic_[own->is_string() ? *fragment : ""] > 1)
            from.refuse(keyword, in_quotes(reference) + " may mean several schemas");
    return *found;
}

}  // namespace tessera::engine
