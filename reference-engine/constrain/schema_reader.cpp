#include "constrain/schema_reader.hpp"

#include <algorithm>
#include <string_view>

#include "constrain/schema_members.hpp"
#include "core/error.hpp"

namespace tessera::engine {

using namespace schema_members;

schema_reader::schema_reader(const json& document, std::string pointer, places& nodes)
    : places_(nodes), tree_(document, std::move(pointer)) {
    location(tree_.root());
}

std::optional<bool> schema_reader::trivial(int location) const {
    const auto& p = locations_[static_cast<std::size_t>(location)];
    if (!p.schema) return std::nullopt;
    if (p.at->is_boolean()) return p.at->get<bool>();
    if (p.at->is_object() && p.at->empty()) return true;
    return std::nullopt;
}

int schema_reader::location(const json& at, const schema_node* schema, std::string pointer) {
    const auto [found, made] =
        known_.emplace(std::pair(&at, schema), static_cast<int>(locations_.size()));
    if (made) locations_.push_back({&at, schema, std::move(pointer)});
    return found->second;
}

const alternatives& schema_reader::read(int part) {
    if (const auto found = read_.find(part); found != read_.end()) return found->second;
    if (part == no) return read_[part] = {};
    const place p = locations_[static_cast<std::size_t>(part / 2)];
    const auto refuse = [&](const std::string& keyword, const std::string& message) {
        throw schema_refused({p.pointer, keyword, message});
    };
    if (part % 2 != 0) {
        try {
            auto made = complement(read(part - 1), places_);
            return read_[part] = std::move(made);
        } catch (const schema_refused& e) {
            if (!e.problem().pointer.empty()) throw;
            refuse("not", e.problem().message);
        }
    }
    constexpr std::size_t most_open = 200;
    if (open_.size() > most_open) refuse("", "is nested too deeply");
    if (!open_.insert(part).second) {
        const char* const by = p.schema && p.schema->find("$ref") ? "$ref" : "";
        throw schema_refused({p.pointer + (*by ? pointer_step(by) : ""), by,
                              "refers to itself with neither an object nor an array between"});
    }
    struct closing {
        std::set<int>& open;
        int part;
        ~closing() { open.erase(part); }
    } const close{open_, part};
    try {
        auto made = p.schema ? schema(p) : constant(p);
        return read_[part] = std::move(made);
    } catch (const schema_refused& e) {
        if (!e.problem().pointer.empty()) throw;
        refuse(e.problem().keyword, e.problem().message);
    } catch (const engine_error& e) {
        refuse("", e.what());
    }
    return read_[part];
}

std::string schema_reader::pointer(const std::vector<int>& parts,
                                   const std::string& keyword) const {
    for (const int part : parts) {
        if (part < 0) continue;
        const place& p = locations_[static_cast<std::size_t>(part / 2)];
        if (p.schema && p.schema->find(keyword)) return p.pointer + pointer_step(keyword);
    }
    return parts.empty() || parts.front() < 0
               ? ""
               : locations_[static_cast<std::size_t>(parts.front() / 2)].pointer;
}

alternatives schema_reader::constant(const place& p) {
    const json& value = *p.at;
    alternatives made;
    const auto part = [&](const json& each, const std::string& step) {
        return places_.of(location(each, nullptr, p.pointer + step));
    };
    if (value.is_null()) {
        made.null = true;
    } else if (value.is_boolean()) {
        (value.get<bool>() ? made.yes : made.no) = true;
    } else if (value.is_number()) {
        made.numbers.push_back(number_set::just(decimal::of(value)));
    } else if (value.is_string()) {
        const std::string_view word = value.get_ref<const std::string&>();
        made.strings.push_back(
            {.words = std::make_shared<const language>(language::words({&word, 1}))});
    } else if (value.is_array()) {
        array_shape shape{.rest = nothing_node, .fewest = value.size(), .most = value.size()};
        for (std::size_t i = 0; i < value.size(); ++i)
            shape.first.push_back(part(value[i], "/" + std::to_string(i)));
        made.arrays.push_back(std::move(shape));
    } else {
        object_shape shape;
        auto& facet = shape.facets.emplace_back();
        facet.others = nothing_node;
        for (const auto& [name, member] : value.items()) {
            facet.named[name] = part(member, pointer_step(name));
            shape.required.push_back(name);
        }
        std::sort(shape.required.begin(), shape.required.end());
        made.objects.push_back(std::move(shape));
    }
    return made;
}

alternatives schema_reader::schema(const place& p) {
    const json& s = *p.at;
    if (s.is_boolean()) return s.get<bool>() ? alternatives::anything() : alternatives();
    if (!s.is_object()) p.schema->refuse("a schema is an object, true or false");
    if (p.schema->find("unevaluatedItems"))
        p.schema->refuse("unevaluatedItems", "this keyword cannot be enforced; leave it out");
    alternatives made;
    for (const outcome& way : ways(*p.schema, p.schema->find("unevaluatedProperties") != nullptr))
        made = union_of(made, way.values);
    return made;
}

alternatives schema_reader::types(const schema_node& s) {
    const json* const given = s.find("type");
    if (!given) return alternatives::anything();
    alternatives made;
    const auto add = [&](const json& type) {
        const auto any = alternatives::anything();
        if (type == "null")
            made.null = true;
        else if (type == "boolean")
            made.yes = made.no = true;
        else if (type == "number")
            made.numbers = any.numbers;
        else if (type == "integer") {
            if (made.numbers.empty()) made.numbers = {{.fractions = false}};
        } else if (type == "string")
            made.strings = any.strings;
        else if (type == "array")
            made.arrays = any.arrays;
        else if (type == "object")
            made.objects = any.objects;
        else
            s.refuse("type",
                     "must be null, boolean, integer, number, string, array or object, or a list "
                     "of these");
    };
    if (given->is_array())
        for (const auto& each : *given) add(each);
    else
        add(*given);
    // OpenAPI 3.0.3, Schema Object: it adds to the type that stands beside it.
    if (flag(s, "nullable")) made.null = true;
    return made;
}

alternatives schema_reader::enumeration(const schema_node& s, const json& given) {
    if (!given.is_array()) s.refuse("enum", "must be an array");
    alternatives made;
    std::vector<std::string_view> words;
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given[i].is_string())
            words.push_back(given[i].get_ref<const std::string&>());
        else
            made = union_of(
                made,
                read(location(given[i], nullptr, s.pointer + "/enum/" + std::to_string(i)) * 2));
    }
    if (!words.empty())
        made.strings = {{.words = std::make_shared<const language>(language::words(words))}};
    return made;
}

bool schema_reader::disjoint(const alternatives& a, const alternatives& b) {
    constexpr int deepest_look = 4;  // into alternatives that may exclude each other
    return surely_empty(both(a, b), deepest_look);
}

// False where it takes long to see.
bool schema_reader::surely_empty(const alternatives& a, int depth) {
    if (a.null || a.no || a.yes) return false;
    for (const auto& set : a.numbers)
        if (!number_automaton(set).empty()) return false;
    for (const auto& set : a.strings)
        if (!string_automaton(set).empty()) return false;
    for (const auto& shape : a.arrays) {
        bool empty = shape.fewest > shape.most;
        for (std::size_t i = 0; i < std::min(shape.fewest, shape.first.size() + 1) && !empty; ++i)
            empty = surely_empty(shape.at(i), depth - 1);
        if (!empty) return false;
    }
    for (const auto& shape : a.objects) {
        bool empty = false;
        for (const auto& name : shape.required) {
            if (shape.names && !shape.names->contains(name)) empty = true;
            if (empty) break;
            empty = surely_empty(member_value(shape, name, places_), depth - 1);
        }
        if (!empty) return false;
    }
    return true;
}

bool schema_reader::surely_empty(node_id n, int depth) {
    if (n == nothing_node) return true;
    if (n == anything_node || depth == 0) return false;
    try {
        return surely_empty(places_.expand(n), depth);
    } catch (const schema_refused&) {
        return false;  // it is being read, or it will be refused where it stands
    }
}

}  // namespace tessera::engine
