#include "speech/registered.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

namespace tessera::server {
namespace {

constexpr std::size_t most_transcripts = 10'000;

std::string sha256_of(std::string_view bytes) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
    constexpr char digits[] = "0123456789abcdef";
    std::string made;
    for (unsigned i = 0; i < size; ++i) {
        made += digits[digest[i] >> 4];
        made += digits[digest[i] & 15];
    }
    return made;
}

std::vector<spoken_word> words_of(const registered_segment& of) {
    std::vector<spoken_word> made;
    constexpr std::string_view blanks = " \t\r\n";
    for (std::size_t at = 0; (at = of.text.find_first_not_of(blanks, at)) != of.text.npos;) {
        const std::size_t end = std::min(of.text.find_first_of(blanks, at), of.text.size());
        made.push_back({.text = of.text.substr(at, end - at)});
        at = end;
    }
    const double each =
        (of.end - of.start) / static_cast<double>(std::max<std::size_t>(made.size(), 1));
    for (std::size_t i = 0; i < made.size(); ++i) {
        made[i].start = of.start + each * static_cast<double>(i);
        made[i].end = made[i].start + each;
    }
    return made;
}

std::optional<std::string> wrong_with(const registered_transcript& given) {
    if (given.file_name.has_value() == given.sha256.has_value())
        return "say either file_name or sha256: which recording it is of";
    if (given.text.has_value() == given.segments.has_value())
        return "say either text or segments: what was said";
    if (given.sha256 &&
        given.sha256->find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        return "sha256: expected 64 hexadecimal digits";
    double last = 0;
    for (const registered_segment& each :
         given.segments.value_or(std::vector<registered_segment>{})) {
        if (each.start < last || each.end < each.start)
            return "segments: each begins after the one before, and ends after its begin";
        last = each.end;
    }
    return std::nullopt;
}

transcript made_of(const registered_transcript& given) {
    transcript made{
        .language = given.language, .duration = given.duration.value_or(0), .segments = {}};
    const auto segments = given.segments.value_or(std::vector<registered_segment>{
        {.text = given.text.value_or(""), .start = 0, .end = made.duration}});
    for (const registered_segment& each : segments) {
        made.segments.push_back({each.text, each.start, each.end, each.speaker, words_of(each)});
        made.duration = std::max(made.duration, each.end);
    }
    return made;
}

}  // namespace

std::optional<std::string> registered_transcripts::add(registered_transcript added) {
    if (auto wrong = wrong_with(added)) return wrong;
    transcript made = made_of(added);
    if (added.sha256)
        for (char& each : *added.sha256)
            if (each >= 'A' && each <= 'F') each = static_cast<char>(each | 32);
    const std::lock_guard lock(mutex_);
    auto& among = added.sha256 ? by_content_ : by_name_;
    const std::string& key = added.sha256 ? *added.sha256 : *added.file_name;
    if (by_name_.size() + by_content_.size() >= most_transcripts && !among.contains(key))
        return "there are " + std::to_string(most_transcripts) +
               " transcripts already, the most that are kept";
    among.insert_or_assign(key, std::move(made));
    return std::nullopt;
}

void registered_transcripts::clear() {
    const std::lock_guard lock(mutex_);
    by_name_.clear();
    by_content_.clear();
}

std::optional<transcript> registered_transcripts::find(const recording& of) const {
    const std::lock_guard lock(mutex_);
    if (!by_content_.empty())
        if (const auto found = by_content_.find(sha256_of(of.bytes)); found != by_content_.end())
            return found->second;
    if (const auto found = by_name_.find(of.name); found != by_name_.end()) return found->second;
    return std::nullopt;
}

std::optional<std::variant<transcribed, problem>> registered_transcripts::transcribe(
    const recording& of, const std::function<void(spoken_segment)>& heard, std::stop_token) {
    std::optional<transcript> found = find(of);
    if (!found) return std::nullopt;
    for (spoken_segment& each : found->segments) heard(std::move(each));
    return transcribed{found->language, found->duration};
}

}  // namespace tessera::server
