#include "text/normalizer.hpp"

#include "text/unicode.hpp"

namespace tessera::engine::detail {

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    out.reserve(text.size());
    std::size_t at = 0;
    for (std::size_t next = text.find(from); next != std::string_view::npos;
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
            steps_.push_back({step::action::nfc, {}, {}});
        } else if (type == "Prepend") {
            steps_.push_back({step::action::prepend, {}, part.text("prepend")});
        } else if (type == "Replace") {
            steps_.push_back({step::action::replace, part.literal_pattern(), part.text("content")});
        } else {
            part.unsupported_type();
        }
        constexpr std::size_t longest_text = 16;
        if (steps_.back().to.size() > longest_text) {
            part.unsupported("a replacement longer than 16 bytes");
        }
    }
}

std::string normalizer::apply(std::string_view text) const {
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
                out = replace_all(out, now.from, now.to);
                break;
        }
    }
    return out;
}

}  // namespace tessera::engine::detail
