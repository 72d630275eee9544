#include "core/json_text.hpp"

#include <string>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/mapped_file.hpp"

namespace tessera::engine {
namespace {

template <class Json>
class builder {
  public:
    builder(Json& root, int depth) : root_(root), depth_(depth) {}

    bool null() { return add(nullptr); }
    bool boolean(bool x) { return add(x); }
    bool number_integer(std::int64_t x) { return add(x); }
    bool number_unsigned(std::uint64_t x) { return add(x); }
    bool number_float(double x, const std::string&) { return add(x); }
    bool string(std::string& x) { return add(std::move(x)); }
    bool binary(typename Json::binary_t&) { return false; }

    bool start_object(std::size_t) { return open(Json::object()); }
    bool end_object() { return close(); }
    bool start_array(std::size_t) { return open(Json::array()); }
    bool end_array() { return close(); }

    bool key(std::string& name) {
        auto& top = open_.back();
        auto& object = top.node->template get_ref<typename Json::object_t&>();
        if constexpr (std::is_same_v<Json, nlohmann::json>) {
            const auto [member, inserted] = object.try_emplace(name, nullptr);
            if (!inserted) return repeated(name);
            member_ = &member->second;
        } else {  // ordered_json searches linearly on every insertion; this does not
            if (!top.names.insert(name).second) return repeated(name);
            object.emplace_back(name, nullptr);
            member_ = &object.back().second;
        }
        return true;
    }

    bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception& e) {
        const std::string text = e.what();  // "[json.exception...] parse error at ...: reason"
        const std::size_t reason = text.find(": ");
        message_ = "at byte " + std::to_string(at) + ": " +
                   (reason == std::string::npos ? text : text.substr(reason + 2));
        return false;
    }

    const std::string& message() const { return message_; }
    error_code code() const { return code_; }

  private:
    struct nothing {};
    struct level {
        Json* node;
        [[no_unique_address]] std::conditional_t<std::is_same_v<Json, nlohmann::json>, nothing,
                                                 std::unordered_set<std::string>>
            names;
    };

    Json* place(Json&& x) {
        if (open_.empty()) {
            root_ = std::move(x);
            return &root_;
        }
        if (open_.back().node->is_array()) {
            auto& array = open_.back().node->template get_ref<typename Json::array_t&>();
            array.push_back(std::move(x));
            return &array.back();
        }
        *member_ = std::move(x);
        return member_;
    }
    bool add(Json x) {
        place(std::move(x));
        return true;
    }
    bool open(Json x) {
        if (static_cast<int>(open_.size()) >= depth_) {
            code_ = error_code::limit;
            message_ = "nested deeper than " + std::to_string(depth_) + " levels";
            return false;
        }
        open_.push_back({place(std::move(x)), {}});
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }
    bool repeated(std::string_view name) {
        message_ = "repeated member name " + in_quotes(name);
        return false;
    }

    Json& root_;
    Json* member_ = nullptr;
    std::vector<level> open_;
    int depth_;
    std::string message_;
    error_code code_ = error_code::malformed;
};

}  // namespace

template <class Json>
Json parse_json(std::string_view text, std::string_view place, const json_limits& limits) {
    if (text.size() > limits.bytes) {
        throw engine_error(error_code::limit, std::string(place) + ": larger than " +
                                                  std::to_string(limits.bytes) + " bytes");
    }
    // nlohmann takes a NUL for the end of the text.
    if (const auto nul = text.find('\0'); nul != text.npos) {
        throw engine_error(error_code::malformed,
                           std::string(place) + ": at byte " + std::to_string(nul + 1) + ": a NUL");
    }
    Json root;
    builder<Json> handler(root, limits.depth);
    if (!Json::sax_parse(text.begin(), text.end(), &handler)) {
        throw engine_error(handler.code(), std::string(place) + ": " + handler.message());
    }
    return root;
}

template nlohmann::json parse_json(std::string_view, std::string_view, const json_limits&);
template nlohmann::ordered_json parse_json(std::string_view, std::string_view, const json_limits&);

nlohmann::json read_json(const std::filesystem::path& path, const json_limits& limits) {
    const mapped_file file = mapped_file::open(path);
    return parse_json(file.text(), path.string(), limits);
}

}  // namespace tessera::engine
