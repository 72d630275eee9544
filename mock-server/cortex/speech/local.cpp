#include "cortex/speech/local.hpp"

#include <asio/post.hpp>
#include <utility>

#include "cortex/providers/failed_call.hpp"
#include "cortex/speech/answers.hpp"
#include "cortex/speech/usage.hpp"

namespace tessera::server::cortex {
namespace {

result<std::string> all_of(const file& of) {
    auto reader = of.open();
    if (!reader) return reader.error();
    std::string all;
    for (char piece[65536];;) {
        const auto size = (*reader)(piece, sizeof piece);
        if (!size) return size.error();
        if (*size == 0) return all;
        all.append(piece, *size);
    }
}

problem unreadable(const error& why) {
    return {.status = 500, .message = "the upload cannot be read: " + why.message};
}

// One transcription, whose parts come from a thread of the desk and are kept on the executor's.
class hearing : public std::enable_shared_from_this<hearing> {
  public:
    hearing(question<transcriptions> asked, asio::io_context::executor_type executor,
            std::function<void()> ready)
        : asked_(std::move(asked)), executor_(executor), ready_(std::move(ready)) {}

    void begin(speech_desk& by) {
        by.run([&by, self = shared_from_this()] { self->hear(by); });
    }
    void take(progress<transcriptions>& more) {
        more = std::exchange(waiting_, {});
        told_ = false;
    }
    token_counts used() const { return used_; }
    void cancel() {
        cancelled_ = true;
        stop_.request_stop();
    }

  private:
    // On the desk's thread.
    void hear(speech_desk& by) {
        if (stop_.stop_requested()) return;
        try {
            const openai::transcription_request& request = asked_.request;
            result<std::string> bytes = all_of(request.file);
            if (!bytes) return end(unreadable(bytes.error()));
            const recording what{
                .name = request.file.name(),
                .bytes = *std::move(bytes),
                .language = request.language,
                .speakers = request.known_speaker_names.value_or(std::vector<std::string>{})};
            end(by.transcribe(
                what, [this](spoken_segment each) { heard(std::move(each)); }, stop_.get_token()));
        } catch (const std::exception& thrown) {
            end(problem{.status = 500, .message = thrown.what()});
        }
    }
    void heard(spoken_segment each) {
        asio::post(executor_, [self = shared_from_this(), each = std::move(each)]() mutable {
            self->add(std::move(each));
        });
    }
    void end(std::variant<transcribed, problem> how) {
        asio::post(executor_, [self = shared_from_this(), how = std::move(how)]() mutable {
            self->ended(std::move(how));
        });
    }

    // On the executor's.
    void add(spoken_segment each) {
        if (asked_.streams && !each.text.empty()) {
            auto events = events_of(each, !speaks_, tells_logprobs(asked_.request));
            speaks_ = true;
            for (auto& event : events) waiting_.events.push_back(std::move(event));
            tell();
        }
        whole_.segments.push_back(std::move(each));
    }
    void ended(std::variant<transcribed, problem> how) {
        if (auto* refused = std::get_if<problem>(&how)) {
            waiting_.failed = failure{std::move(*refused)};
            waiting_.failed->may_pass_elsewhere = waiting_.failed->reason.status >= 500;
        } else {
            auto& said = std::get<transcribed>(how);
            whole_.language = std::move(said.language);
            whole_.duration = said.duration;
            used_ = counts_of(usage_of(whole_, asked_.request.model));
            if (asked_.streams) waiting_.events.push_back(end_of(whole_, asked_.request));
            if (asked_.streams)
                waiting_.ended = true;
            else
                waiting_.whole = body_of(whole_, asked_.request);
        }
        tell();
    }
    void tell() {
        if (cancelled_ || std::exchange(told_, true)) return;
        ready_();
    }

    const question<transcriptions> asked_;
    const asio::io_context::executor_type executor_;
    const std::function<void()> ready_;
    std::stop_source stop_;
    transcript whole_;
    progress<transcriptions> waiting_;
    token_counts used_;
    bool speaks_ = false;
    bool told_ = false;
    bool cancelled_ = false;
};

class local_transcription : public answering<transcriptions> {
  public:
    explicit local_transcription(std::shared_ptr<hearing> of) : of_(std::move(of)) {}
    ~local_transcription() override { of_->cancel(); }

    void take(progress<transcriptions>& more) override { of_->take(more); }
    token_counts used() const override { return of_->used(); }

  private:
    const std::shared_ptr<hearing> of_;
};

class local_caller : public caller<transcriptions> {
  public:
    explicit local_caller(speech_desk& by) : by_(by) {}

    std::unique_ptr<answering<transcriptions>> start(question<transcriptions> asked,
                                                     asio::io_context::executor_type executor,
                                                     std::function<void()> ready) override {
        if (auto refused = beyond(asked.request))
            return std::make_unique<failed_call<transcriptions>>(failure{*std::move(refused)},
                                                                 executor, std::move(ready));
        const auto made = std::make_shared<hearing>(std::move(asked), executor, std::move(ready));
        made->begin(by_);
        return std::make_unique<local_transcription>(made);
    }

  private:
    speech_desk& by_;
};

}  // namespace

std::unique_ptr<caller<transcriptions>> local_transcriptions(speech_desk& by) {
    return std::make_unique<local_caller>(by);
}

}  // namespace tessera::server::cortex
