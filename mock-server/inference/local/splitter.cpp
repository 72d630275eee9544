#include "inference/local/splitter.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "tessera/json.hpp"

namespace tessera::server {
namespace {

constexpr std::size_t longest_head = 4096;

bool is_blank(char byte) { return blanks.find(byte) != blanks.npos; }

// How much of the text's end may become the mark: a begin of it, and blank space before that.
std::size_t undecided(std::string_view text, std::string_view mark) {
    std::size_t size = std::min(text.size(), mark.size() - 1);
    while (!mark.starts_with(text.substr(text.size() - size))) --size;
    while (size < text.size() && is_blank(text[text.size() - size - 1])) ++size;
    return size;
}

// Reads the begin of a call, {"name": "...", "arguments":, as far as it is there.
class head_reader {
  public:
    explicit head_reader(std::string_view text) : rest_(text), size_(text.size()) {}

    enum class verdict { whole, cut, wrong };

    verdict read(std::string_view arguments) {
        const std::string quoted = '"' + std::string(arguments) + '"';
        for (const std::string_view expected : {"{", "\"name\"", ":"}) take(expected);
        take_name();
        for (const std::string_view expected : {std::string_view(","), std::string_view(quoted),
                                                std::string_view(":"), std::string_view("{")})
            take(expected);
        return verdict_;
    }
    const std::string& name() const { return name_; }
    /// Of all in front of the arguments.
    std::size_t size() const { return size_ - rest_.size() - 1; }

  private:
    void skip_blank() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
    }

    void take(std::string_view expected) {
        if (verdict_ != verdict::whole) return;
        skip_blank();
        if (rest_.starts_with(expected))
            rest_.remove_prefix(expected.size());
        else
            verdict_ = expected.starts_with(rest_) ? verdict::cut : verdict::wrong;
    }

    void take_name() {
        if (verdict_ != verdict::whole) return;
        skip_blank();
        std::size_t end = 1;
        while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
        if (!rest_.empty() && rest_.front() != '"') {
            verdict_ = verdict::wrong;
        } else if (end >= rest_.size()) {
            verdict_ = verdict::cut;
        } else {
            const auto parsed = json::parse(rest_.substr(0, end + 1));
            if (parsed)
                name_ = parsed->get<std::string>();
            else
                verdict_ = verdict::wrong;
            rest_.remove_prefix(end + 1);
        }
    }

    std::string_view rest_;
    std::size_t size_;
    std::string name_;
    verdict verdict_ = verdict::whole;
};

}  // namespace

answer_splitter::answer_splitter(answer_marks marks, options how)
    : marks_(std::move(marks)), may_call_(how.may_call && !marks_.call.empty()) {
    state_ = how.thinking                             ? state::blank
             : how.may_think && !marks_.think.empty() ? state::start
                                                      : state::content;
}

std::vector<answer_piece> answer_splitter::push(std::string_view text) {
    std::vector<answer_piece> made;
    pending_ += text;
    while (!pending_.empty() && step(made)) {
    }
    return made;
}

std::vector<answer_piece> answer_splitter::finish() {
    std::vector<answer_piece> made;
    if (state_ == state::call_head) {
        state_ = state::content;
        give(made, answer_part::content, pending_.size());
    }
    give(made,
         state_ == state::thoughts                                  ? answer_part::thoughts
         : state_ == state::arguments || state_ == state::call_tail ? answer_part::call
                                                                    : answer_part::content,
         pending_.size());
    return made;
}

bool answer_splitter::step(std::vector<answer_piece>& to) {
    switch (state_) {
        case state::start:
            return open(to);
        case state::blank:
            return skip_blank(to);
        case state::thoughts:
            after_blank(answer_part::mark, state::content);
            return seek(marks_.end_think, answer_part::thoughts, answer_part::mark, state::blank,
                        to);
        case state::content:
            if (may_call_)
                return seek(marks_.call, answer_part::content, answer_part::call, state::call_head,
                            to);
            give(to, answer_part::content, pending_.size());
            return false;
        case state::call_head:
            return begin_call(to);
        case state::arguments:
            return take_arguments(to);
        case state::call_tail:
            after_blank(answer_part::call, state::content);
            return seek(marks_.end_call, answer_part::call, answer_part::call, state::blank, to);
    }
    return false;
}

bool answer_splitter::open(std::vector<answer_piece>& to) {
    const std::size_t begin = std::min(pending_.find_first_not_of(blanks), pending_.size());
    const std::string_view rest = std::string_view(pending_).substr(begin);
    if (rest.starts_with(marks_.think)) {
        give(to, answer_part::mark, begin + marks_.think.size());
        after_blank(answer_part::mark, state::thoughts);
        state_ = state::blank;
        return true;
    }
    if (std::string_view(marks_.think).starts_with(rest)) return false;
    state_ = state::content;
    return true;
}

bool answer_splitter::skip_blank(std::vector<answer_piece>& to) {
    const std::size_t end = std::min(pending_.find_first_not_of(blanks), pending_.size());
    give(to, blank_, end);
    if (pending_.empty()) return false;
    state_ = after_blank_;
    return true;
}

// Gives out what is in front of the mark, and unless a call begins with it, the mark.
bool answer_splitter::seek(std::string_view mark, answer_part before, answer_part of_mark,
                           state found, std::vector<answer_piece>& to) {
    const std::size_t place = pending_.find(mark);
    if (place == pending_.npos) {
        give(to, before, pending_.size() - undecided(pending_, mark));
        return false;
    }
    const std::string_view front = std::string_view(pending_).substr(0, place);
    const std::size_t last = front.find_last_not_of(blanks);
    const std::size_t begin = last == front.npos ? 0 : last + 1;
    give(to, before, begin);
    const std::size_t size = place - begin + mark.size();
    if (found == state::call_head)
        head_ = size;
    else
        give(to, of_mark, size);
    state_ = found;
    return true;
}

bool answer_splitter::begin_call(std::vector<answer_piece>& to) {
    head_reader head(std::string_view(pending_).substr(head_));
    auto verdict = head.read(marks_.arguments);
    if (verdict == head_reader::verdict::cut && pending_.size() > longest_head)
        verdict = head_reader::verdict::wrong;
    if (verdict == head_reader::verdict::cut) return false;
    if (verdict == head_reader::verdict::wrong) {
        give(to, answer_part::content, head_);
        state_ = state::content;
        return true;
    }
    give(to, answer_part::call, head_ + head.size());
    to.back().name = head.name();
    depth_ = 0;
    in_string_ = escaped_ = false;
    state_ = state::arguments;
    return true;
}

// To the end of the object. Outside of strings JSON has no such byte as the mark begins with.
bool answer_splitter::take_arguments(std::vector<answer_piece>& to) {
    std::size_t size = 0;
    bool ended = false;
    while (size < pending_.size() && !ended) {
        const char byte = pending_[size];
        if (in_string_) {
            in_string_ = escaped_ || byte != '"';
            escaped_ = !escaped_ && byte == '\\';
        } else if (byte == marks_.end_call.front()) {
            ended = true;
            break;
        } else {
            in_string_ = byte == '"';
            if (byte == '{' || byte == '[') ++depth_;
            if (byte == '}' || byte == ']') ended = --depth_ == 0;
        }
        ++size;
    }
    if (size > 0) {
        give(to, answer_part::call, size);
        to.back().arguments = to.back().text;
    }
    if (ended) state_ = state::call_tail;
    return ended;
}

void answer_splitter::after_blank(answer_part blank, state next) {
    blank_ = blank;
    after_blank_ = next;
}

void answer_splitter::give(std::vector<answer_piece>& to, answer_part part, std::size_t size) {
    if (size == 0) return;
    to.push_back({.part = part, .text = pending_.substr(0, size)});
    pending_.erase(0, size);
}

}  // namespace tessera::server
