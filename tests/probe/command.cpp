#include "command.hpp"

#include <algorithm>
#include <istream>
#include <iterator>
#include <ostream>
#include <stdexcept>

namespace tessera::probe {

std::optional<std::string> option(std::span<const std::string> args, std::string_view name) {
    const auto found = std::find(args.begin(), args.end(), name);
    if (found == args.end()) return std::nullopt;
    if (std::next(found) == args.end())
        throw std::invalid_argument(std::string(name) + " needs a value");
    return *std::next(found);
}

bool has_flag(std::span<const std::string> args, std::string_view name) {
    return std::find(args.begin(), args.end(), name) != args.end();
}

std::vector<std::string> positionals(std::span<const std::string> args,
                                     std::initializer_list<std::string_view> with_value) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (std::find(with_value.begin(), with_value.end(), args[i]) != with_value.end())
            ++i;
        else if (!args[i].starts_with("--"))
            found.push_back(args[i]);
    }
    return found;
}

std::string read_all(std::istream& in) {
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

splitter::splitter(std::span<const std::string> args) {
    const std::optional<std::string> how = option(args, "--split");
    if (!how) return;
    constexpr std::string_view random = "random:";
    if (how->starts_with(random))
        random_.emplace(static_cast<std::uint_fast32_t>(std::stoul(how->substr(random.size()))));
    else
        size_ = std::stoul(*how);
}

std::string_view splitter::take(std::string_view& rest) {
    std::size_t size = size_ == 0 ? rest.size() : size_;
    if (random_) {
        // Mostly tiny pieces, some long ones.
        const std::size_t longest = (*random_)() % 4 == 0 ? 4096 : 8;
        size = 1 + (*random_)() % longest;
    }
    const std::string_view piece = rest.substr(0, size);
    rest.remove_prefix(piece.size());
    return piece;
}

void print_line(std::ostream& out, const nlohmann::ordered_json& line) {
    out << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group =
                group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += i + k <= bytes.size() ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

}  // namespace tessera::probe
