#include <algorithm>

#include "text/jinja/machine.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {

bool is_python_space(char32_t point) {
    return unicode::is_space(point) || (point >= 0x1c && point <= 0x1f);
}

std::string strip(std::string_view text, const std::string* characters, bool left, bool right) {
    const auto goes = [&](std::string_view c) {
        return characters != nullptr ? characters->find(c) != std::string::npos
                                     : is_python_space(unicode::decode(c, 0).point);
    };
    while (left && !text.empty()) {
        const std::string_view c = text.substr(0, unicode::decode(text, 0).size);
        if (!goes(c)) break;
        text.remove_prefix(c.size());
    }
    while (right && !text.empty()) {
        std::size_t at = text.size() - 1;
        while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) --at;
        if (!goes(text.substr(at))) break;
        text.remove_suffix(text.size() - at);
    }
    return std::string(text);
}

namespace {

/// The arguments of one call of a text's method.
class text_call {
  public:
    text_call(machine& m, std::string_view self, std::string_view name, const arguments& given)
        : m_(m), self_(self), name_(name), given_(given) {
        m_.charge(self.size() / 16 + 1);
    }

    value run() {
        if (name_ == "strip" || name_ == "lstrip" || name_ == "rstrip") {
            const std::string* characters = text_argument("chars", 0);
            return m_.text(strip(self_, characters, name_ != "rstrip", name_ != "lstrip"));
        }
        if (name_ == "split" || name_ == "rsplit") return split();
        if (name_ == "splitlines") return split_lines();
        if (name_ == "startswith" || name_ == "endswith") return starts_or_ends();
        if (name_ == "upper" || name_ == "lower" || name_ == "capitalize" || name_ == "title") {
            return m_.filter(name_, m_.text(std::string(self_)), given_);
        }
        if (name_ == "replace") return m_.filter(name_, m_.text(std::string(self_)), given_);
        if (name_ == "join") {
            const auto bound = match_arguments(m_, name_, "items", given_);
            if (bound[0] == nullptr) m_.fail("join needs an argument");
            return m_.filter(name_, *bound[0], {{m_.text(std::string(self_))}, {}});
        }
        if (name_ == "removeprefix" || name_ == "removesuffix") return without_affix();
        if (name_ == "find" || name_ == "rfind" || name_ == "index" || name_ == "count")
            return find();
        return all_of_kind();
    }

  private:
    const std::string* text_argument(std::string_view names, std::size_t i) {
        const value* x = match_arguments(m_, name_, names, given_)[i];
        if (x == nullptr || x->is_none()) return nullptr;
        if (x->text() == nullptr) m_.fail(std::string(name_) + " takes a string");
        return x->text();
    }
    const std::string& needed_text() {
        const std::string* x = text_argument("x", 0);
        if (x == nullptr) m_.fail(std::string(name_) + " needs a string");
        return *x;
    }

    value split() {
        const std::string* separator = text_argument("sep,maxsplit", 0);
        const value* most = match_arguments(m_, name_, "sep,maxsplit", given_)[1];
        if (most != nullptr && !most->is_integer()) m_.fail("maxsplit must be an integer");
        const std::int64_t splits =
            most == nullptr || most->integer() < 0 ? INT64_MAX : most->integer();
        if (separator != nullptr && separator->empty()) m_.fail("split by an empty string");
        const bool backwards = name_ == "rsplit" && most != nullptr;
        if (backwards && separator == nullptr)
            m_.unsupported("rsplit at white space with maxsplit");
        std::vector<value> out;
        if (backwards) {
            split_backwards(*separator, splits, out);
        } else if (separator != nullptr) {
            std::size_t at = 0;
            for (std::int64_t i = 0; i < splits; ++i) {
                const std::size_t next = self_.find(*separator, at);
                if (next == std::string_view::npos) break;
                out.push_back(m_.text(std::string(self_.substr(at, next - at))));
                at = next + separator->size();
            }
            out.push_back(m_.text(std::string(self_.substr(at))));
        } else {
            split_at_space(splits, out);
        }
        return m_.list(std::move(out));
    }
    void split_backwards(std::string_view separator, std::int64_t splits, std::vector<value>& out) {
        std::string_view rest = self_;
        for (std::int64_t i = 0; i < splits; ++i) {
            const std::size_t at = rest.rfind(separator);
            if (at == std::string_view::npos) break;
            out.push_back(m_.text(std::string(rest.substr(at + separator.size()))));
            rest = rest.substr(0, at);
        }
        out.push_back(m_.text(std::string(rest)));
        std::ranges::reverse(out);
    }
    void split_at_space(std::int64_t splits, std::vector<value>& out) {
        std::size_t at = 0;
        const auto skip = [&](bool space) {
            while (at < self_.size()) {
                const unicode::decoded c = unicode::decode(self_, at);
                if (is_python_space(c.point) != space) break;
                at += c.size;
            }
        };
        for (std::int64_t i = 0;; ++i) {
            skip(true);
            if (at >= self_.size()) return;
            if (i == splits) return out.push_back(m_.text(std::string(self_.substr(at))));
            const std::size_t start = at;
            skip(false);
            out.push_back(m_.text(std::string(self_.substr(start, at - start))));
        }
    }

    value split_lines() {
        match_arguments(m_, name_, "", given_);
        std::vector<value> out;
        for (std::size_t at = 0; at < self_.size();) {
            const std::size_t end = std::min(self_.find_first_of("\r\n", at), self_.size());
            out.push_back(m_.text(std::string(self_.substr(at, end - at))));
            at = end + (self_.substr(end).starts_with("\r\n") ? 2 : 1);
        }
        return m_.list(std::move(out));
    }

    value starts_or_ends() {
        const value* x = match_arguments(m_, name_, "prefix", given_)[0];
        const auto fits = [&](const value& affix) {
            if (affix.text() == nullptr) m_.fail(std::string(name_) + " takes a string");
            return name_ == "startswith" ? self_.starts_with(*affix.text())
                                         : self_.ends_with(*affix.text());
        };
        if (x == nullptr) m_.fail(std::string(name_) + " needs a string");
        if (x->list() != nullptr && x->list()->tuple)
            return std::ranges::any_of(x->list()->items, fits);
        return fits(*x);
    }

    value without_affix() {
        const std::string& affix = needed_text();
        std::string_view out = self_;
        if (name_ == "removeprefix" && out.starts_with(affix)) out.remove_prefix(affix.size());
        if (name_ == "removesuffix" && out.ends_with(affix)) out.remove_suffix(affix.size());
        return m_.text(std::string(out));
    }

    value find() {
        const std::string& what = needed_text();
        if (name_ == "count") {
            if (what.empty()) return static_cast<std::int64_t>(unicode::count(self_) + 1);
            std::int64_t n = 0;
            for (std::size_t at = self_.find(what); at != std::string_view::npos;
                 at = self_.find(what, at + what.size())) {
                ++n;
            }
            return n;
        }
        const std::size_t at = name_ == "rfind" ? self_.rfind(what) : self_.find(what);
        if (at != std::string_view::npos)
            return static_cast<std::int64_t>(unicode::count(self_.substr(0, at)));
        if (name_ == "index") m_.fail("the string is not in the other");
        return std::int64_t{-1};
    }

    value all_of_kind() {
        match_arguments(m_, name_, "", given_);
        bool cased = false;
        for (std::size_t at = 0; at < self_.size();) {
            const unicode::decoded c = unicode::decode(self_, at);
            at += c.size;
            const bool upper = unicode::to_lower(c.point) != c.point;
            const bool lower = unicode::to_upper(c.point) != c.point;
            cased = cased || upper || lower;
            if ((name_ == "isdigit" && !unicode::is_number(c.point)) ||
                (name_ == "isalpha" && !unicode::is_letter(c.point)) ||
                (name_ == "isspace" && !is_python_space(c.point)) ||
                (name_ == "isupper" && lower) || (name_ == "islower" && upper)) {
                return false;
            }
        }
        return name_ == "isupper" || name_ == "islower" ? cased : !self_.empty();
    }

    machine& m_;
    std::string_view self_;
    std::string_view name_;
    const arguments& given_;
};

value dict_method(machine& m, const value& self, std::string_view name, const arguments& given) {
    const dict& mapping = *self.mapping();
    if (name == "items") {
        match_arguments(m, name, "", given);
        return m.filter(name, self, {});
    }
    if (name == "copy") return self;
    if (name == "get") {
        const auto bound = match_arguments(m, name, "key,default", given);
        if (bound[0] == nullptr) m.fail("get needs a key");
        const value* found =
            bound[0]->text() != nullptr ? mapping.find(*bound[0]->text()) : nullptr;
        if (found != nullptr) return *found;
        return bound[1] != nullptr ? *bound[1] : value(none{});
    }
    if (name != "keys" && name != "values")
        m.unsupported("changing a dict with " + std::string(name));
    match_arguments(m, name, "", given);
    std::vector<value> out;
    for (const auto& [key, x] : mapping.items) out.push_back(name == "keys" ? value(key) : x);
    return m.list(std::move(out));
}

value list_method(machine& m, const value& self, std::string_view name, const arguments& given) {
    if (name != "index" && name != "count") {
        m.unsupported("changing a list with " + std::string(name) + " (use +)");
    }
    const auto bound = match_arguments(m, name, "x", given);
    if (bound[0] == nullptr) m.fail(std::string(name) + " needs an argument");
    std::int64_t count = 0;
    const auto& items = self.list()->items;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!equal(m, items[i], *bound[0])) continue;
        if (name == "index") return static_cast<std::int64_t>(i);
        ++count;
    }
    if (name == "index") m.fail("the value is not in the list");
    return count;
}

}  // namespace

value machine::method(const value& self, std::string_view name, const arguments& given) {
    if (self.text() != nullptr) return text_call(*this, *self.text(), name, given).run();
    if (self.mapping() != nullptr) return dict_method(*this, self, name, given);
    if (self.list() != nullptr) return list_method(*this, self, name, given);
    const auto* loop = self.as<std::shared_ptr<const loop_state>>();
    if (loop == nullptr || given.positional.empty()) fail("cycle needs arguments");
    return given.positional[(*loop)->index % given.positional.size()];
}

}  // namespace tessera::engine::jinja
