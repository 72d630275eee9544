#include "text/tokenizer.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "core/json_text.hpp"
#include "core/mapped_file.hpp"
#include "text/added_tokens.hpp"
#include "text/bpe.hpp"
#include "text/normalizer.hpp"
#include "text/pretokenizer.hpp"
#include "text/unicode.hpp"

namespace tessera::engine {
namespace detail {

struct tokenizer_data {
    std::vector<added_token> added;
    normalizer normal;
    added_token_matcher in_raw_text;
    added_token_matcher in_normal_text;
    pretokenizer pieces;
    bpe model;
    std::vector<std::string> bytes;  // by id
    std::vector<bool> special;       // by id
    std::vector<int> before;         // what the post-processor adds
    std::vector<int> behind;
    std::size_t strip_spaces = 0;  // that many from the start of a decoded text
};

namespace {

bool uses(const std::vector<component>& parts, std::string_view type) {
    return std::ranges::any_of(parts, [&](const component& part) { return part.type() == type; });
}

/// From a token's spelling to its bytes: the decoder's part that looks at single tokens.
class speller {
  public:
    speller(const component& file, bool byte_level) : byte_level_(byte_level) {
        const auto decoder = file.child("decoder");
        if (!decoder) file.unsupported("a file without a decoder");
        for (const component& part : decoder->flattened("decoders")) {
            const std::string type = part.type();
            if (type == "ByteLevel" && byte_level) continue;
            if (type == "Fuse") continue;
            if (type == "ByteFallback") {
                fallback_ = true;
            } else if (type == "Replace") {
                replacements_.emplace_back(part.literal_pattern(), part.replacement("content"));
            } else if (type == "Metaspace") {
                replacements_.emplace_back(part.replacement("replacement", "\u2581"), " ");
                const bool prepend = part.flag("add_prefix_space", true);
                strip_ =
                    part.text("prepend_scheme", prepend ? "always" : "never") != "never" ? 1 : 0;
                if (replacements_.back().first.empty()) part.malformed("replacement is empty");
            } else if (type == "Strip") {
                if (part.text("content") != " " || part.integer("stop", 0, 1 << 20) != 0) {
                    part.unsupported("stripping anything but spaces at the start");
                }
                strip_ = static_cast<std::size_t>(part.integer("start", 0, 1 << 20));
            } else {
                part.unsupported_type();
            }
        }
    }

    std::size_t strip() const { return strip_; }
    std::string bytes_of(std::string_view spelling) const {
        std::string out;
        if (byte_level_ && unspell_bytes(spelling, out)) return out;
        if (const int byte = fallback_ ? byte_of_token(spelling) : -1; byte >= 0) {
            return std::string(1, static_cast<char>(byte));
        }
        out = spelling;
        for (const auto& [from, to] : replacements_) {
            out = replace_all(out, from, to);
            // Replacements in a row could multiply a token without bound.
            if (out.size() > 8 * spelling.size() + 64) {
                throw engine_error(error_code::limit,
                                   "tokenizer.json: the decoder inflates " + in_quotes(spelling));
            }
        }
        return out;
    }

  private:
    bool byte_level_;
    bool fallback_ = false;
    std::size_t strip_ = 0;
    std::vector<std::pair<std::string, std::string>> replacements_;
};

/// The tokens around the text of a TemplateProcessing post-processor.
void read_template(const component& source, tokenizer_data& data) {
    std::unordered_map<std::string, std::vector<int>> ids;
    if (const nlohmann::json* tokens = source.find("special_tokens")) {
        if (!tokens->is_object()) source.malformed("special_tokens must be an object");
        for (const auto& [name, entry] : tokens->items()) {
            const component token(entry, source.place() + ".special_tokens");
            const nlohmann::json* list = token.find("ids");
            if (list == nullptr || !list->is_array() || list->size() > 64) {
                token.malformed("ids must be an array of at most 64");
            }
            for (const nlohmann::json& id : *list) {
                if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= data.bytes.size()) {
                    token.malformed("an id is outside the vocabulary");
                }
                ids[name].push_back(id.get<int>());
            }
        }
    }
    bool seen_text = false;
    for (const component& part : source.children("single")) {
        if (part.child("Sequence")) {
            if (std::exchange(seen_text, true)) part.malformed("the text is there twice");
            continue;
        }
        const auto token = part.child("SpecialToken");
        const auto known = token ? ids.find(token->text("id")) : ids.end();
        if (known == ids.end()) part.malformed("is neither a Sequence nor a known SpecialToken");
        auto& side = seen_text ? data.behind : data.before;
        side.insert(side.end(), known->second.begin(), known->second.end());
        if (side.size() > 1024) source.malformed("adds more than 1024 tokens");
    }
    if (!seen_text) source.malformed("single has no Sequence");
}

void read_post_processor(const component& file, tokenizer_data& data) {
    const auto source = file.child("post_processor");
    if (!source) return;
    for (const component& part : source->flattened("processors")) {
        const std::string type = part.type();
        if (type == "TemplateProcessing") {
            read_template(part, data);
        } else if (type != "ByteLevel") {  // which moves offsets only
            part.unsupported_type();
        }
    }
}

/// The bytes of every token by its id.
void spell_tokens(const component& file, const speller& spell, tokenizer_data& data) {
    int largest = -1;
    for (const auto& [text, id] : data.model.tokens()) largest = std::max(largest, id);
    for (const added_token& token : data.added) largest = std::max(largest, token.id);
    const std::size_t count = data.model.tokens().size() + data.added.size();
    // A table by id may be a few times as large as the file's own list, not more.
    if (largest < 0 || static_cast<std::size_t>(largest) >= 2 * count + 65536) {
        file.malformed("the token ids are missing or too sparse");
    }
    data.bytes.resize(static_cast<std::size_t>(largest) + 1);
    data.special.resize(data.bytes.size());
    for (const auto& [text, id] : data.model.tokens()) {
        std::string& bytes = data.bytes[static_cast<std::size_t>(id)];
        if (!bytes.empty()) file.malformed("two tokens share the id " + std::to_string(id));
        bytes = spell.bytes_of(text);
    }
    for (const added_token& token : data.added) {
        data.bytes[static_cast<std::size_t>(token.id)] = token.content;
        if (token.special) data.special[static_cast<std::size_t>(token.id)] = true;
    }
}

}  // namespace
}  // namespace detail

tokenizer tokenizer::parse(std::string_view json) {
    using detail::component;
    const nlohmann::json source = parse_json(json, "tokenizer.json");
    const component file(source, "tokenizer.json");
    auto data = std::make_shared<detail::tokenizer_data>();

    bool byte_level = false;
    if (const auto pieces = file.child("pre_tokenizer")) {
        byte_level = detail::uses(pieces->flattened("pretokenizers"), "ByteLevel");
        data->pieces = detail::pretokenizer(*pieces);
    }
    if (const auto normal = file.child("normalizer")) data->normal = detail::normalizer(*normal);
    const auto model = file.child("model");
    if (!model) file.malformed("model is missing");
    data->model = detail::bpe(*model, byte_level);
    data->added = detail::read_added_tokens(file);
    data->in_raw_text = detail::added_token_matcher(data->added, false, data->normal);
    data->in_normal_text = detail::added_token_matcher(data->added, true, data->normal);
    const detail::speller spell(file, byte_level);
    data->strip_spaces = spell.strip();
    detail::spell_tokens(file, spell, *data);
    detail::read_post_processor(file, *data);

    tokenizer out;
    out.data_ = std::move(data);
    return out;
}

tokenizer tokenizer::load(const std::filesystem::path& dir) {
    const std::filesystem::path path = dir / "tokenizer.json";
    const mapped_file file = mapped_file::open(path);
    try {
        return parse(file.text());
    } catch (const engine_error& e) {
        throw engine_error(e.code, dir.string() + ": " + e.what());
    }
}

std::vector<int> tokenizer::encode(std::string_view utf8, bool parse_special) const {
    return encode(utf8, encode_options{.parse_special = parse_special});
}

std::vector<int> tokenizer::encode(std::string_view utf8, encode_options options) const {
    constexpr std::size_t longest_text = std::size_t{64} << 20;
    if (utf8.size() > longest_text) {
        throw engine_error(error_code::limit, "a text to tokenize is longer than 64 MiB");
    }
    std::string repaired;
    if (!unicode::is_valid(utf8)) {
        repaired = unicode::repair(utf8);
        utf8 = repaired;
    }
    std::vector<int> out;
    if (options.add_special) out = data_->before;
    detail::bpe::scratch work;
    std::vector<detail::text_section> raw;
    std::vector<detail::text_section> sections;
    data_->in_raw_text.split(utf8, options.parse_special, raw);
    for (const detail::text_section& part : raw) {
        if (part.token >= 0) {
            out.push_back(part.token);
            continue;
        }
        std::string normal;
        std::string_view text = part.text;
        if (!data_->normal.empty()) text = normal = data_->normal.apply(part.text);
        sections.clear();
        data_->in_normal_text.split(text, options.parse_special, sections);
        for (const detail::text_section& section : sections) {
            if (section.token >= 0) {
                out.push_back(section.token);
                continue;
            }
            const bool at_start =
                part.text.data() == utf8.data() && section.text.data() == text.data();
            const detail::text_pieces pieces = data_->pieces.split(section.text, at_start);
            for (const std::string_view piece : pieces.list) data_->model.encode(piece, work, out);
        }
    }
    if (options.add_special) out.insert(out.end(), data_->behind.begin(), data_->behind.end());
    return out;
}

std::string tokenizer::decode(std::span<const int> ids) const {
    std::string out;
    for (const int id : ids) out += token_bytes(id);
    std::size_t spaces = 0;
    while (spaces < data_->strip_spaces && spaces < out.size() && out[spaces] == ' ') ++spaces;
    out.erase(0, spaces);
    return unicode::is_valid(out) ? out : unicode::repair(out);
}

std::string_view tokenizer::token_bytes(int id) const {
    return id < 0 || id >= vocab_size() ? std::string_view()
                                        : data_->bytes[static_cast<std::size_t>(id)];
}

bool tokenizer::is_special(int id) const {
    return id >= 0 && id < vocab_size() && data_->special[static_cast<std::size_t>(id)];
}

int tokenizer::vocab_size() const { return static_cast<int>(data_->bytes.size()); }

std::optional<int> tokenizer::id_of(std::string_view token_text) const {
    const auto added = std::ranges::find(data_->added, token_text, &detail::added_token::content);
    if (added != data_->added.end()) return added->id;
    const auto token = data_->model.tokens().find(token_text);
    if (token == data_->model.tokens().end()) return std::nullopt;
    return token->second;
}

}  // namespace tessera::engine
