#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace tessera::engine::detail {

/// Reads one object of tokenizer.json; every complaint names its place. null counts as absent.
class component {
  public:
    component(const nlohmann::json& source, std::string place)
        : source_(source), place_(std::move(place)) {
        if (!source.is_object()) malformed("must be an object");
    }

    const std::string& place() const { return place_; }
    const nlohmann::json* find(std::string_view name) const {
        const auto it = source_.find(name);
        return it == source_.end() || it->is_null() ? nullptr : &*it;
    }
    std::optional<component> child(std::string_view name) const {
        const nlohmann::json* x = find(name);
        if (x == nullptr) return std::nullopt;
        return component(*x, place_ + "." + std::string(name));
    }
    /// The objects of an array; an absent one is empty.
    std::vector<component> children(std::string_view name) const {
        std::vector<component> out;
        const nlohmann::json* list = find(name);
        if (list == nullptr) return out;
        if (!list->is_array()) malformed(std::string(name) + " must be an array");
        for (const nlohmann::json& x : *list) {
            out.emplace_back(
                x, place_ + "." + std::string(name) + "[" + std::to_string(out.size()) + "]");
        }
        return out;
    }
    /// The components of a "Sequence" under `list`, or this one alone.
    std::vector<component> flattened(std::string_view list) const {
        if (type() != "Sequence") return {*this};
        constexpr std::size_t most_parts = 64;
        std::vector<component> parts = children(list);
        if (parts.size() > most_parts) limit("has more than 64 " + std::string(list));
        for (const component& part : parts) {
            if (part.type() == "Sequence") part.unsupported("a Sequence inside a Sequence");
        }
        return parts;
    }
    std::string type() const { return text("type"); }
    std::string text(std::string_view name, std::optional<std::string> otherwise = {}) const {
        const nlohmann::json* x = find(name);
        if (x == nullptr && otherwise) return *otherwise;
        if (x == nullptr || !x->is_string()) malformed(std::string(name) + " must be a string");
        return x->get<std::string>();
    }
    bool flag(std::string_view name, bool otherwise) const {
        const nlohmann::json* x = find(name);
        if (x == nullptr) return otherwise;
        if (!x->is_boolean()) malformed(std::string(name) + " must be true or false");
        return x->get<bool>();
    }
    int integer(std::string_view name, int low, int high) const {
        const nlohmann::json* x = find(name);
        if (x == nullptr || !x->is_number_unsigned() ||
            x->get<std::uint64_t>() > static_cast<std::uint64_t>(high) || x->get<int>() < low) {
            malformed(std::string(name) + " must be an integer from " + std::to_string(low) +
                      " to " + std::to_string(high));
        }
        return x->get<int>();
    }
    /// The literal text of {"String": "..."}.
    std::string literal_pattern() const {
        const auto pattern = child("pattern");
        if (!pattern || pattern->find("String") == nullptr) {
            unsupported("a pattern that is not a literal String");
        }
        std::string out = pattern->text("String");
        if (out.empty()) malformed("the pattern is empty");
        constexpr std::size_t longest_pattern = 64;
        if (out.size() > longest_pattern) limit("the pattern is longer than 64 bytes");
        return out;
    }
    /// What takes the place of other text.
    std::string replacement(std::string_view name,
                            std::optional<std::string> otherwise = {}) const {
        constexpr std::size_t longest_text = 16;
        std::string out = text(name, std::move(otherwise));
        if (out.size() > longest_text) unsupported("a replacement longer than 16 bytes");
        return out;
    }

    [[noreturn]] void malformed(const std::string& reason) const {
        throw engine_error(error_code::malformed, place_ + ": " + reason);
    }
    [[noreturn]] void limit(const std::string& what) const {
        throw engine_error(error_code::limit, place_ + ": " + what);
    }
    [[noreturn]] void unsupported(const std::string& what) const {
        throw engine_error(error_code::unsupported, place_ + ": " + what + " is not supported");
    }
    [[noreturn]] void unsupported_type() const { unsupported("the type " + in_quotes(type())); }

  private:
    const nlohmann::json& source_;
    std::string place_;
};

}  // namespace tessera::engine::detail
