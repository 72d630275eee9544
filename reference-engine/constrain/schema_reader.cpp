#include "constrain/schema_reader.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

#include "constrain/schema_members.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

using namespace schema_members;

constexpr int deepest_look = 4;  // into alternatives that may exclude each other

// Keywords that say nothing of what is valid.
constexpr std::string_view annotations[] = {
    "$schema", "$comment",         "$defs",         "definitions", "title",      "description",
    "default", "examples",         "readOnly",      "writeOnly",   "deprecated", "contentEncoding",
    "example", "contentMediaType", "contentSchema", "$vocabulary"};
constexpr std::string_view keywords[] = {"type",
                                         "enum",
                                         "const",
                                         "properties",
                                         "required",
                                         "additionalProperties",
                                         "patternProperties",
                                         "propertyNames",
                                         "minProperties",
                                         "maxProperties",
                                         "dependentRequired",
                                         "dependentSchemas",
                                         "items",
                                         "prefixItems",
                                         "minItems",
                                         "maxItems",
                                         "uniqueItems",
                                         "minimum",
                                         "maximum",
                                         "exclusiveMinimum",
                                         "exclusiveMaximum",
                                         "multipleOf",
                                         "minLength",
                                         "maxLength",
                                         "pattern",
                                         "format",
                                         "anyOf",
                                         "oneOf",
                                         "allOf",
                                         "not",
                                         "if",
                                         "then",
                                         "else",
                                         "$ref",
                                         "$id"};

template <std::size_t N>
bool among(const std::string& name, const std::string_view (&list)[N]) {
    return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

}  // namespace

schema_reader::schema_reader(const json& document, std::string pointer, places& nodes)
    : document_(document), places_(nodes), pointer_(std::move(pointer)) {
    location(document, pointer_);
}

std::optional<bool> schema_reader::trivial(int location) const {
    const auto& p = locations_[static_cast<std::size_t>(location)];
    if (p.constant) return std::nullopt;
    if (p.at->is_boolean()) return p.at->get<bool>();
    if (p.at->is_object() && p.at->empty()) return true;
    return std::nullopt;
}

int schema_reader::location(const json& at, std::string pointer, bool constant) {
    const auto [found, made] =
        known_.emplace(std::pair(&at, constant), static_cast<int>(locations_.size()));
    if (made) locations_.push_back({&at, std::move(pointer), constant});
    return found->second;
}

node_id schema_reader::node(const json& at, std::string pointer, bool constant) {
    return places_.of(location(at, std::move(pointer), constant));
}

const alternatives& schema_reader::read(int part) {
    if (const auto found = read_.find(part); found != read_.end()) return found->second;
    if (part == no) return read_[part] = {};
    const place p = locations_[static_cast<std::size_t>(part / 2)];
    if (part % 2 != 0) {
        try {
            auto made = complement(read(part - 1), places_);
            return read_[part] = std::move(made);
        } catch (const schema_refused& e) {
            if (!e.problem().pointer.empty()) throw;
            throw schema_refused({p.pointer, "not", e.problem().message});
        }
    }
    if (!open_.insert(part).second)
        refuse(p.pointer, "$ref", "refers to itself with neither an object nor an array between");
    struct closing {
        std::set<int>& open;
        int part;
        ~closing() { open.erase(part); }
    } const close{open_, part};
    try {
        auto made = p.constant ? constant(p) : schema(p);
        return read_[part] = std::move(made);
    } catch (const schema_refused& e) {
        if (!e.problem().pointer.empty()) throw;
        throw schema_refused({p.pointer, e.problem().keyword, e.problem().message});
    } catch (const engine_error& e) {
        throw schema_refused({p.pointer, "", e.what()});
    }
}

alternatives schema_reader::applied(const json& at, std::string pointer) {
    if (open_.size() > 200) refuse(pointer, "", "is nested too deeply");
    return read(location(at, std::move(pointer)) * 2);
}

alternatives schema_reader::constant(const place& p) {
    const json& value = *p.at;
    alternatives made;
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
            shape.first.push_back(node(value[i], p.pointer + "/" + std::to_string(i), true));
        made.arrays.push_back(std::move(shape));
    } else {
        object_shape shape;
        auto& facet = shape.facets.emplace_back();
        facet.others = nothing_node;
        for (const auto& [name, member] : value.items()) {
            facet.named[name] = node(member, p.pointer + "/" + escaped(name), true);
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
    if (!s.is_object())
        throw schema_refused({p.pointer, "", "a schema is an object, true or false"});
    for (const auto& [name, value] : s.items()) {
        if (!among(name, annotations) && !among(name, keywords) && !name.starts_with("x-"))
            refuse(p.pointer, escaped(name), "this keyword cannot be enforced; leave it out");
    }
    if (s.contains("$id") && s.at("$id").is_string() && p.at != &document_)
        refuse(p.pointer, "$id", "parts with identifiers of their own cannot be enforced");
    const auto has = [&](const char* keyword) { return s.contains(keyword); };
    alternatives made = has("type") ? types(s.at("type"), p.pointer) : alternatives::anything();
    const auto restrict = [&](const alternatives& to) { made = both(made, to); };
    if (has("const")) {
        restrict(read(location(s.at("const"), p.pointer + "/const", true) * 2));
    }
    if (has("enum")) restrict(enumeration(s.at("enum"), p.pointer));
    if (!made.numbers.empty()) restrict(numbers(s, p.pointer));
    if (!made.strings.empty()) restrict(strings(s, p.pointer));
    if (!made.arrays.empty()) restrict(arrays(s, p.pointer));
    if (!made.objects.empty()) {
        restrict(objects(s, p.pointer));
        restrict(dependencies(s, p.pointer));
    }
    if (has("$ref")) {
        if (!s.at("$ref").is_string()) refuse(p.pointer, "$ref", "must be a string");
        std::string target;
        const json* const at = find(s.at("$ref").get<std::string>(), target);
        if (!at) refuse(p.pointer, "$ref", target);
        restrict(applied(*at, target));
    }
    if (has("allOf")) {
        const json& all = list(s, "allOf", p.pointer);
        for (std::size_t i = 0; i < all.size(); ++i)
            restrict(applied(all[i], p.pointer + "/allOf/" + std::to_string(i)));
    }
    if (has("anyOf")) {
        const json& any = list(s, "anyOf", p.pointer);
        alternatives sum;
        for (std::size_t i = 0; i < any.size(); ++i)
            sum = union_of(sum, applied(any[i], p.pointer + "/anyOf/" + std::to_string(i)));
        restrict(sum);
    }
    if (has("oneOf")) restrict(one_of(list(s, "oneOf", p.pointer), p.pointer));
    if (has("not")) {
        const alternatives given = applied(s.at("not"), p.pointer + "/not");
        try {
            restrict(complement(given, places_));
        } catch (const schema_refused& e) {
            refuse(p.pointer, "not", e.problem().message);
        }
    }
    if (has("if")) restrict(condition(s, p.pointer));
    return made;
}

alternatives schema_reader::types(const json& given, const std::string& pointer) {
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
            refuse(pointer, "type",
                   "must be null, boolean, integer, number, string, array or object, or a list of "
                   "these");
    };
    if (given.is_array())
        for (const auto& each : given) add(each);
    else
        add(given);
    return made;
}

alternatives schema_reader::enumeration(const json& given, const std::string& pointer) {
    if (!given.is_array()) refuse(pointer, "enum", "must be an array");
    alternatives made;
    std::vector<std::string_view> words;
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given[i].is_string())
            words.push_back(given[i].get_ref<const std::string&>());
        else
            made = union_of(
                made, read(location(given[i], pointer + "/enum/" + std::to_string(i), true) * 2));
    }
    if (!words.empty())
        made.strings = {{.words = std::make_shared<const language>(language::words(words))}};
    return made;
}

alternatives schema_reader::one_of(const json& given, const std::string& pointer) {
    std::vector<alternatives> each;
    for (std::size_t i = 0; i < given.size(); ++i)
        each.push_back(applied(given[i], pointer + "/oneOf/" + std::to_string(i)));
    alternatives made;
    for (std::size_t i = 0; i < each.size(); ++i) {
        alternatives alone = each[i];
        for (std::size_t j = 0; j < each.size(); ++j) {
            if (i == j || disjoint(alone, each[j])) continue;
            try {
                alone = both(alone, complement(each[j], places_));
            } catch (const schema_refused& e) {
                refuse(pointer, "oneOf",
                       "alternatives " + std::to_string(std::min(i, j)) + " and " +
                           std::to_string(std::max(i, j)) + " may hold at once, and " +
                           e.problem().message +
                           "; tell them apart by a required constant, or use anyOf");
            }
        }
        made = union_of(made, alone);
    }
    return made;
}

alternatives schema_reader::condition(const json& s, const std::string& pointer) {
    if (!s.contains("then") && !s.contains("else")) return alternatives::anything();
    const alternatives when = applied(s.at("if"), pointer + "/if");
    alternatives otherwise;
    try {
        otherwise = complement(when, places_);
    } catch (const schema_refused& e) {
        refuse(pointer, "if", e.problem().message);
    }
    const auto branch = [&](const alternatives& given, const char* keyword) {
        return s.contains(keyword) ? both(given, applied(s.at(keyword), pointer + "/" + keyword))
                                   : given;
    };
    return union_of(branch(when, "then"), branch(otherwise, "else"));
}

bool schema_reader::disjoint(const alternatives& a, const alternatives& b) {
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

// The place that a reference within the document names; else none, and why.
const json* schema_reader::find(const std::string& reference, std::string& pointer) const {
    std::string_view rest = reference;
    if (document_.contains("$id") && document_.at("$id").is_string()) {
        const auto& own = document_.at("$id").get_ref<const std::string&>();
        if (rest.starts_with(own)) rest.remove_prefix(own.size());
    }
    if (!rest.empty() && (rest[0] != '#' || (rest.size() > 1 && rest[1] != '/'))) {
        pointer = "refers to " + in_quotes(reference) + "; only #/... is known, within the schema";
        return nullptr;
    }
    const json* at = &document_;
    pointer = pointer_;
    if (rest.size() <= 1) return at;
    rest.remove_prefix(1);
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const auto end = std::min(rest.find('/'), rest.size());
        std::string token;
        for (std::size_t i = 0; i < end; ++i) {
            char c = rest[i];
            if (c == '%' && i + 2 < end) {
                const auto hex = [](char h) {
                    return h >= '0' && h <= '9'                 ? h - '0'
                           : (h | 32) >= 'a' && (h | 32) <= 'f' ? (h | 32) - 'a' + 10
                                                                : -1;
                };
                const int high = hex(rest[i + 1]), low = hex(rest[i + 2]);
                if (high >= 0 && low >= 0) {
                    c = static_cast<char>(high * 16 + low);
                    i += 2;
                }
            }
            token += c;
        }
        rest.remove_prefix(end);
        pointer += "/" + token;
        std::string name;
        for (std::size_t i = 0; i < token.size(); ++i) {
            if (token[i] == '~' && i + 1 < token.size() &&
                (token[i + 1] == '0' || token[i + 1] == '1'))
                name += token[++i] == '0' ? '~' : '/';
            else
                name += token[i];
        }
        const json* next = nullptr;
        if (at->is_object()) {
            if (at != &document_ && at->contains("$id") && at->at("$id").is_string()) {
                pointer = "refers into a part with an identifier of its own";
                return nullptr;
            }
            if (const auto found = at->find(name); found != at->end()) next = &*found;
        } else if (at->is_array() && !name.empty() && name.size() < 9 &&
                   name.find_first_not_of("0123456789") == std::string::npos &&
                   std::stoul(name) < at->size()) {
            next = &(*at)[std::stoul(name)];
        }
        if (!next) {
            pointer = "refers to " + in_quotes(reference) + ", which is not there";
            return nullptr;
        }
        at = next;
    }
    return at;
}

}  // namespace tessera::engine
