#include "world/examinee.hpp"

#include <condition_variable>
#include <mutex>

#include "model/model.hpp"
#include "serve/engine.hpp"
#include "text/tokenizer.hpp"

namespace tessera::engine::world {

namespace {

constexpr int longest_answer = 160;

struct hall {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t waiting = 0;
};

class sheet : public generation_listener {
  public:
    sheet(hall& h, std::string& out) : hall_(h), out_(out) {}
    void on_tokens(std::span<const token_info>, std::string_view text) override { out_ += text; }
    void on_finish(const generation_result& result) override {
        if (result.reason != finish_reason::stop) out_ += "[...]";
        const std::lock_guard lock(hall_.mutex);
        --hall_.waiting;
        hall_.changed.notify_all();
    }

  private:
    hall& hall_;
    std::string& out_;
};

}  // namespace

std::vector<std::string> answers(const std::filesystem::path& folder,
                                 const std::vector<std::string>& prompts, int threads) {
    const auto tokens = std::make_shared<const tokenizer>(tokenizer::load(folder));
    load_options loading;
    loading.threads = threads;
    engine::options options;
    options.threads = threads;
    std::vector<std::string> out(prompts.size());
    hall h;
    engine runner(model::load(folder, loading), tokens, options);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        {
            std::unique_lock lock(h.mutex);
            h.changed.wait(lock, [&] { return h.waiting < 32; });
            ++h.waiting;
        }
        generation_request request;
        request.prompt = tokens->encode(prompts[i]);
        request.sampling.temperature = 0;
        request.max_tokens = longest_answer;
        runner.submit(std::move(request), std::make_shared<sheet>(h, out[i]));
    }
    std::unique_lock lock(h.mutex);
    h.changed.wait(lock, [&] { return h.waiting == 0; });
    return out;
}

std::vector<exam_score> examine(
    const std::filesystem::path& folder, const std::vector<exam_question>& exam, int threads,
    const std::function<void(const exam_question&, const std::string&)>& wrong) {
    std::vector<std::string> prompts;
    for (const auto& q : exam) prompts.push_back(q.prompt);
    const auto given = answers(folder, prompts, threads);
    std::size_t next = 0;
    return grade(
        exam, [&](const std::string&) { return given[next++]; }, wrong);
}

}  // namespace tessera::engine::world
