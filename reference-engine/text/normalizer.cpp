#include "text/normalizer.hpp"

#include "text/unicode.hpp"

namespace tessera::engine::detail {

std::string replace_all(std::string_view text, std::string_view from, std::string_view to,
                        std::size_t most) {
    std::string out;
    out.reserve(text.size());
    std::size_t at = 0;
    for (std::size_t next = text.find(from); next != std::string_view::npos && out.size() <= most;
         next = text.find(from, at)) {
        out.append(text, at, next - at).append(to);
        at = next + from.size();
    }
    return out.append(text.substr(at));
}

normalizer::normalizer(const component& source) {
    for (const component& part : source.flattened("normalizers")) {
        const std::string type = part.type();
        if (type == "NFC") {
            steps_.push_back({step::action::nfc, {}, {}, part.place()});
        } else if (type == "Prepend") {
            steps_.push_back(
                {step::action::prepend, {}, part.replacement("prepend"), part.place()});
        } else if (type == "Replace") {
            steps_.push_back({step::action::replace, part.literal_pattern(),
                              part.replacement("content"), part.place()});
        } else {
            part.unsupported_type();
        }
    }
}

std::string normalizer::apply(std::string_view text) const {
    const std::size_t most = 8 * text.size() + 64;
    std::string out(text);
    for (const step& now : steps_) {
        switch (now.act) {
            case step::action::nfc:
                out = unicode::nfc(out);
                break;
            case step::action::prepend:
                if (!out.empty()) out.insert(0, now.to);
                break;
            case step::action::replace:
                out = replace_all(out, now.from, now.to, most);
                break;
        }
        if (out.size() > most) {
            throw engine_error(error_code::limit,
                               now.place + ": makes a text more than eight times as long");
        }
    }
    return out;
}

}  // namespace tessera::engine::detail
