#include "cortex/speech/remote.hpp"

#include <utility>

#include "cortex/providers/remote_call.hpp"
#include "cortex/speech/usage.hpp"

namespace tessera::server::cortex {
namespace {

class transcription_form {
  public:
    using chunk = openai::transcription_event;

    static const auto& resource(const connection& on) { return on.transcription_calls; }
    static void adapt(question<transcriptions>&) {}
    void prepare(const http::fields&, http::fields&) const {}

    result<transcription_body> whole(response<std::string> came, const std::string&) {
        const auto read =
            openai::decode_body(json::type<openai::transcription_response>(), came.info);
        if (!read) return read.error();
        std::visit(
            [&](const auto& each) {
                if constexpr (requires { each.usage; }) used_ = counts_of(each.usage);
            },
            *read);
        const bool is_text = std::holds_alternative<std::string>(*read);
        return transcription_body{is_text ? "text/plain; charset=utf-8" : "application/json",
                                  std::move(came.info.raw)};
    }

    // Each piece has both names that it goes by.
    result<std::optional<openai::transcription_event>> event(chunk came, const std::string&) {
        if (auto* grown = std::get_if<openai::transcript_delta>(&came)) {
            if (grown->text.empty() && grown->delta) grown->text = *grown->delta;
            if (!grown->delta) grown->delta = grown->text;
        }
        if (const auto* done = std::get_if<openai::transcript_done>(&came))
            used_ = counts_of(done->usage);
        return std::optional(std::move(came));
    }
    static void close(std::vector<chunk>&) {}
    static bool is_good_end(const error&) { return false; }
    token_counts used() const { return used_; }

  private:
    token_counts used_;
};

}  // namespace

std::unique_ptr<caller<transcriptions>> remote_transcriptions(std::shared_ptr<connection> on) {
    return std::make_unique<remote_caller<transcriptions, transcription_form>>(std::move(on));
}

}  // namespace tessera::server::cortex
