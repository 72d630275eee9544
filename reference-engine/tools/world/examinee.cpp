#include "world/examinee.hpp"

#include <cmath>
#include <condition_variable>
#include <future>
#include <mutex>

#include "run/backend.hpp"
#include "serve/engine.hpp"
#include "text/tokenizer.hpp"

namespace tessera::engine::world {

namespace {

constexpr int longest_answer = 420;

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

using shared_tokenizer = std::shared_ptr<const tokenizer>;

engine run(const std::filesystem::path& folder, const shared_tokenizer& tokens, int threads) {
    load_options loading;
    loading.threads = threads;
    engine::options options;
    options.threads = threads;
    return engine(load_model(folder, loading), tokens, options);
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
    double product = 0, of_a = 0, of_b = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        product += double(a[i]) * b[i];
        of_a += double(a[i]) * a[i];
        of_b += double(b[i]) * b[i];
    }
    return product / std::sqrt(of_a * of_b);
}

}  // namespace

std::vector<std::string> answers(const std::filesystem::path& folder,
                                 const std::vector<std::string>& prompts, int threads) {
    const auto tokens = std::make_shared<const tokenizer>(tokenizer::load(folder));
    std::vector<std::string> out(prompts.size());
    hall h;
    engine runner = run(folder, tokens, threads);
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

exam_score examine(const std::filesystem::path& folder, std::string category,
                   const std::vector<triplet>& triplets, int threads) {
    const auto tokens = std::make_shared<const tokenizer>(tokenizer::load(folder));
    reading_request request;
    for (const auto& t : triplets)
        for (const auto& text : {t.anchor, t.related, t.unrelated})
            request.inputs.push_back(tokens->encode(text));
    std::promise<reading_result> promise;
    engine runner = run(folder, tokens, threads);
    runner.submit(std::move(request),
                  [&](reading_result result) { promise.set_value(std::move(result)); });
    const auto result = promise.get_future().get();
    if (result.reason != finish_reason::stop) throw std::runtime_error(result.error);
    exam_score score{std::move(category)};
    score.asked = static_cast<int>(triplets.size());
    for (std::size_t i = 0; i < triplets.size(); ++i) {
        const auto* states = result.states.data() + 3 * i;
        score.right += cosine(states[0], states[1]) > cosine(states[0], states[2]);
    }
    return score;
}

}  // namespace tessera::engine::world
