#include "inference/local/reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "text/tokenizer.hpp"

namespace tessera::server {

answer_reader::answer_reader(const engine::tokenizer& speaks, const answer_marks& marks, manner how)
    : tokenizer_(&speaks),
      splitter_(marks, how.parts),
      shown_(how.shown),
      shows_tokens_(how.shows_tokens),
      front_(std::move(how.echo)),
      front_tokens_(std::move(how.echo_tokens)),
      hidden_(how.hidden),
      last_(how.parts.thinking ? answer_part::thoughts : answer_part::content) {
    if (how.parts.thinking && shown_ == thoughts_shown::inside) front_ += marks.think;
}

answer_delta answer_reader::scored(std::vector<engine::token_info> tokens) {
    answer_delta made;
    front_tokens_ = std::move(tokens);
    begin(made);
    return made;
}

void answer_reader::begin(answer_delta& to) {
    to.content += std::exchange(front_, {});
    const auto tokens = std::exchange(front_tokens_, {});
    if (!shows_tokens_) return;
    for (std::size_t i = hidden_; i < tokens.size(); ++i)
        to.content_tokens.push_back(shown(tokens[i]));
}

answer_delta answer_reader::next(std::string_view text, std::vector<engine::token_info> tokens) {
    answer_delta made;
    std::move(tokens.begin(), tokens.end(), std::back_inserter(waiting_));
    take(splitter_.push(text), made);
    release(made);
    // Text that replaces malformed bytes is longer than they were.
    if (waiting_.empty()) spans_.clear();
    return made;
}

answer_delta answer_reader::finish(bool stopped) {
    answer_delta made;
    take(splitter_.finish(), made);
    release(made);
    if (stopped) waiting_.clear();
    for (const engine::token_info& each : std::exchange(waiting_, {})) sort(each, made);
    return made;
}

void answer_reader::take(std::vector<answer_piece> pieces, answer_delta& to) {
    begin(to);
    for (answer_piece& each : pieces) {
        spans_.push_back({each.part, each.text.size()});
        const bool inside = shown_ == thoughts_shown::inside;
        if (each.part == answer_part::content || (inside && each.part != answer_part::call))
            to.content += each.text;
        else if (each.part == answer_part::thoughts && shown_ != thoughts_shown::hidden)
            to.thoughts += each.text;
        if (!each.name.empty())
            to.calls.push_back({.index = calls_++, .name = std::move(each.name)});
        if (each.arguments.empty()) continue;
        if (to.calls.empty()) to.calls.push_back({.index = calls_ - 1});
        to.calls.back().arguments += each.arguments;
    }
}

void answer_reader::release(answer_delta& to) {
    std::size_t bytes = 0;
    for (const span& each : spans_) bytes += each.bytes;
    while (!waiting_.empty()) {
        const int id = waiting_.front().id;
        std::size_t size = tokenizer_->is_special(id) ? 0 : tokenizer_->token_bytes(id).size();
        if (size > bytes) break;
        bytes -= size;
        if (size > 0) last_ = spans_.front().part;
        while (size > 0) {
            const std::size_t used = std::min(size, spans_.front().bytes);
            size -= used;
            if ((spans_.front().bytes -= used) == 0) spans_.pop_front();
        }
        sort(waiting_.front(), to);
        waiting_.pop_front();
    }
}

void answer_reader::sort(const engine::token_info& each, answer_delta& to) {
    const bool of_thoughts = last_ == answer_part::thoughts || last_ == answer_part::mark;
    thought_tokens_ += of_thoughts;
    if (!shows_tokens_) return;
    const bool together =
        shown_ == thoughts_shown::inside || shown_ == thoughts_shown::apart_mingled;
    if (last_ == answer_part::content || (together && of_thoughts))
        to.content_tokens.push_back(shown(each));
    else if (last_ == answer_part::thoughts && shown_ == thoughts_shown::apart)
        to.thought_tokens.push_back(shown(each));
}

token answer_reader::shown(const engine::token_info& each) const {
    token made{.text = std::string(tokenizer_->token_bytes(each.id)),
               .id = each.id,
               .logprob = each.logprob};
    made.top.reserve(each.top.size());
    for (const auto& [id, logprob] : each.top)
        made.top.emplace_back(tokenizer_->token_bytes(id), logprob);
    return made;
}

}  // namespace tessera::server
