#include "web/form.hpp"

#include <utility>

#include "web/message.hpp"

namespace tessera::server {
namespace {

constexpr std::size_t memory_for_files = 1024 * 1024;
constexpr std::size_t memory_for_texts = 1024 * 1024;

problem too_large(const http::body_rules& rules, const std::string& what, std::uint64_t most,
                  const std::string& name) {
    return {.status = rules.too_large,
            .message =
                what + " larger than " + std::to_string(most) + " bytes, the most that is accepted",
            .param = name};
}

}  // namespace

std::optional<problem> form_receiver::begin(std::optional<form_receiver>& made,
                                            std::string_view content_type,
                                            const http::body_rules& rules) {
    result<http::multipart_reader> reader = http::multipart_reader::from_content_type(content_type);
    if (!reader) return problem{.status = 400, .message = reader.error().message};
    made = form_receiver(*std::move(reader), rules);
    return std::nullopt;
}

std::optional<problem> form_receiver::take(std::string_view piece) {
    for (;;) {
        const http::multipart_step step = reader_.next(piece);
        piece.remove_prefix(step.consumed);
        std::optional<problem> refused;
        switch (step.event) {
            case http::multipart_event::part:
                current_ = std::move(reader_.part());
                current_.data.clear();
                file_ = spool(memory_for_files - file_memory_);
                break;
            case http::multipart_event::data:
                refused = take_data(step.data);
                break;
            case http::multipart_event::part_end:
                refused = end_part();
                break;
            case http::multipart_event::failed:
                return problem{
                    .status = reader_.status() == 413 ? rules_.too_large : reader_.status(),
                    .message = "the form is malformed: " + reader_.error()};
            case http::multipart_event::complete:
            case http::multipart_event::need_more:
                return std::nullopt;
        }
        if (refused) return refused;
    }
}

std::optional<problem> form_receiver::take_data(std::string_view data) {
    if (!current_.filename) {
        text_bytes_ += data.size();
        if (text_bytes_ > memory_for_texts)
            return too_large(rules_, "the texts of the form are together", memory_for_texts,
                             current_.name);
        current_.data += data;
        return std::nullopt;
    }
    if (rules_.most_file_bytes != 0 && file_.size() + data.size() > rules_.most_file_bytes)
        return too_large(rules_, "the file is", rules_.most_file_bytes, current_.name);
    if (result<void> kept = file_.write(data); !kept)
        return problem{.status = 500, .message = kept.error().message};
    return std::nullopt;
}

std::optional<problem> form_receiver::end_part() {
    http::form_part& made = form_.emplace_back();
    made.name = std::move(current_.name);
    made.filename = std::move(current_.filename);
    made.content_type = std::move(current_.content_type);
    if (!made.filename) {
        made.content = file::of(std::move(current_.data));
        return std::nullopt;
    }
    result<file> whole = file_.finish(*made.filename, made.content_type);
    if (!whole) return problem{.status = 500, .message = whole.error().message};
    if (const std::string* bytes = whole->bytes()) file_memory_ += bytes->size();
    made.content = *std::move(whole);
    return std::nullopt;
}

std::optional<problem> form_receiver::finish(received_form& whole) {
    if (reader_.finish().event == http::multipart_event::failed)
        return problem{.status = reader_.status(),
                       .message = "the form is malformed: " + reader_.error()};
    whole = std::move(form_);
    return std::nullopt;
}

}  // namespace tessera::server
