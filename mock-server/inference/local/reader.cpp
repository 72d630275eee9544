#include "inference/local/reader.hpp"

#include <algorithm>

namespace tessera::server {

answer_reader::answer_reader(const loaded_model& model, answer_splitter::options how,
                             thoughts_shown shown)
    : model_(&model),
      splitter_(model.speaks().marks, how),
      shown_(shown),
      last_(how.thinking ? answer_part::thoughts : answer_part::content) {
    if (how.thinking && shown == thoughts_shown::inside) front_ = model.speaks().marks.think;
}

answer_delta answer_reader::next(const step& taken) {
    answer_delta made;
    waiting_.insert(waiting_.end(), taken.tokens.begin(), taken.tokens.end());
    take(splitter_.push(taken.text), made);
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
    for (const token& each : std::exchange(waiting_, {})) sort(each, made);
    return made;
}

void answer_reader::take(std::vector<answer_piece> pieces, answer_delta& to) {
    to.content += std::exchange(front_, {});
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
        std::size_t size = model_->is_special(id) ? 0 : model_->token_bytes(id).size();
        if (size > bytes) break;
        bytes -= size;
        if (size > 0) last_ = spans_.front().part;
        while (size > 0) {
            const std::size_t used = std::min(size, spans_.front().bytes);
            size -= used;
            if ((spans_.front().bytes -= used) == 0) spans_.pop_front();
        }
        sort(std::move(waiting_.front()), to);
        waiting_.pop_front();
    }
}

void answer_reader::sort(token each, answer_delta& to) {
    const bool of_thoughts = last_ == answer_part::thoughts || last_ == answer_part::mark;
    thought_tokens_ += of_thoughts;
    const bool together =
        shown_ == thoughts_shown::inside || shown_ == thoughts_shown::apart_mingled;
    if (last_ == answer_part::content || (together && of_thoughts))
        to.content_tokens.push_back(std::move(each));
    else if (last_ == answer_part::thoughts && shown_ == thoughts_shown::apart)
        to.thought_tokens.push_back(std::move(each));
}

}  // namespace tessera::server
