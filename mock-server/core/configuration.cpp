#include "core/configuration.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace tessera::server {
namespace {

constexpr std::size_t most_bytes = 4 * 1024 * 1024;
constexpr std::size_t most_values = 100'000;
constexpr std::size_t most_depth = 64;

class refusal : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

std::string line_of(const std::string& name, const YAML::Mark& mark) {
    return mark.is_null() ? name : name + ", line " + std::to_string(mark.line + 1);
}

[[noreturn]] void refuse(const std::string& place, const std::string& why) {
    throw refusal(place + ": " + why);
}

// What `reference`, the text between the braces, stands for.
std::string variable(std::string_view reference, const std::string& place) {
    const std::size_t mark = reference.find(":-");
    const std::string name(reference.substr(0, mark));
    const char* const found = name.empty() ? nullptr : std::getenv(name.c_str());
    const bool has_default = mark != reference.npos;
    if (found && (*found || !has_default)) return found;
    if (!has_default)
        refuse(place, "the environment has no variable '" + name + "': set it, or write ${" + name +
                          ":-default}");
    return std::string(reference.substr(mark + 2));
}

std::string expanded(std::string_view text, const std::string& place) {
    std::string made;
    while (true) {
        const std::size_t mark = text.find("${");
        made += text.substr(0, mark);
        if (mark == text.npos) return made;
        text.remove_prefix(mark + 2);
        if (made.ends_with('$')) {
            made += '{';
            continue;
        }
        const std::size_t end = text.find('}');
        if (end == text.npos) refuse(place, "'${' without its '}'; $${ stands for itself");
        made += variable(text.substr(0, end), place);
        text.remove_prefix(end + 1);
    }
}

template <class T>
bool read_number(std::string_view text, T& to, auto... how) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to, how...);
    return error == std::errc() && end == text.data() + text.size();
}

// The core schema: YAML 1.2.2, section 10.3.2.
json::value plain_scalar(const std::string& text) {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
        return nullptr;
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    std::string_view digits = text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t whole = 0;
    if (digits.starts_with("0x") && read_number(digits.substr(2), whole, 16)) return whole;
    if (digits.starts_with("0o") && read_number(digits.substr(2), whole, 8)) return whole;
    if (read_number(digits, whole)) return whole;
    double number = 0;
    const bool is_number = digits.find_first_not_of("0123456789+-.eE") == digits.npos &&
                           digits.find_first_of("0123456789") != digits.npos &&
                           read_number(digits, number);
    return is_number ? json::value(number) : json::value(text);
}

class reader {
  public:
    reader(std::string name, std::map<std::string, std::string>& places)
        : name_(std::move(name)), places_(places) {}

    json::value document(std::string_view text, json::path_type path) {
        path_ = std::move(path);
        if (text.size() > most_bytes)
            refuse(name_, "longer than " + std::to_string(most_bytes) + " bytes");
        try {
            const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
            if (documents.size() > 1) refuse(name_, "more than one YAML document");
            if (documents.empty() || documents[0].IsNull()) return json::value::object();
            return value_of(documents[0], 0);
        } catch (const YAML::Exception& thrown) {
            refuse(line_of(name_, thrown.mark), thrown.msg);
        }
    }

  private:
    json::value value_of(const YAML::Node& node, std::size_t depth) {
        const std::string place = line_of(name_, node.Mark());
        if (depth > most_depth)
            refuse(place, "nested deeper than " + std::to_string(most_depth) + " levels");
        if (++values_ > most_values)
            refuse(place, "more than " + std::to_string(most_values) + " values, aliases included");
        places_.try_emplace(json::to_string(path_), place);
        switch (node.Type()) {
            case YAML::NodeType::Scalar:
                return scalar(node, place);
            case YAML::NodeType::Sequence:
                return sequence(node, depth);
            case YAML::NodeType::Map:
                return mapping(node, depth);
            default:
                return nullptr;
        }
    }

    static json::value scalar(const YAML::Node& node, const std::string& place) {
        std::string text = expanded(node.Scalar(), place);
        const std::string& tag = node.Tag();
        if (tag == "?") return plain_scalar(text);
        if (tag == "!" || tag == "tag:yaml.org,2002:str") return text;
        refuse(place, "the tag " + tag + " has no meaning here");
    }

    json::value sequence(const YAML::Node& node, std::size_t depth) {
        json::value made = json::value::array();
        for (const YAML::Node& each : node) {
            path_.emplace_back(made.size());
            made.push_back(value_of(each, depth + 1));
            path_.pop_back();
        }
        return made;
    }

    json::value mapping(const YAML::Node& node, std::size_t depth) {
        json::value made = json::value::object();
        for (const auto& member : node) {
            const std::string place = line_of(name_, member.first.Mark());
            if (!member.first.IsScalar()) refuse(place, "a key is a text");
            const std::string& key = member.first.Scalar();
            path_.emplace_back(key);
            const std::string path = json::to_string(path_);
            if (made.contains(key)) refuse(place, path + " is there twice");
            places_.try_emplace(path, place);
            made[key] = value_of(member.second, depth + 1);
            path_.pop_back();
        }
        return made;
    }

    std::string name_;
    std::map<std::string, std::string>& places_;
    json::path_type path_;
    std::size_t values_ = 0;
};

std::string contents(const std::filesystem::path& file, const std::string& place) {
    std::ifstream in(file, std::ios::binary);
    std::string text(most_bytes + 1, '\0');
    if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || !in.eof()) refuse(place, "cannot be read, or is too long");
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

}  // namespace

result<configuration> configuration::read(std::string_view text, const std::string& name,
                                          const std::filesystem::path& folder) {
    configuration made;
    try {
        made.value_ = reader(name, made.places_).document(text, {});
        if (!made.value_.is_object()) refuse(name, "sections are expected: a mapping of names");
        for (auto& [section, value] : made.value_.items()) {
            if (!value.is_string()) continue;
            const std::filesystem::path file = folder / value.get<std::string>();
            const std::string named = made.place({section}) + ": " + section + ": " + file.string();
            made.files_.push_back(file);
            value = reader(file.string(), made.places_).document(contents(file, named), {section});
        }
    } catch (const refusal& thrown) {
        return error{.kind = error_kind::invalid_argument, .message = thrown.what()};
    }
    return made;
}

result<configuration> configuration::read(const std::filesystem::path& file) {
    try {
        auto made = read(contents(file, file.string()), file.string(), file.parent_path());
        if (made) made->files_.insert(made->files_.begin(), file);
        return made;
    } catch (const refusal& thrown) {
        return error{.kind = error_kind::invalid_argument, .message = thrown.what()};
    }
}

configuration configuration::as_section(const std::string& name) const {
    configuration made;
    made.value_ = json::value::object();
    made.value_[name] = value_;
    made.files_ = files_;
    const std::string root = json::to_string(json::path_type{name});
    for (const auto& [path, place] : places_)
        made.places_[path.empty() ? root : root + "." + path] = place;
    return made;
}

std::string configuration::place(json::path_type path) const {
    while (true) {
        const auto found = places_.find(json::to_string(path));
        if (found != places_.end()) return found->second;
        if (path.empty()) return {};
        path.pop_back();
    }
}

}  // namespace tessera::server
