// Inference of Emissary's deployments: which are found, woken, and answer what.
#include <gtest/gtest.h>

#include <asio/post.hpp>
#include <atomic>
#include <cmath>
#include <map>
#include <mutex>
#include <thread>

#include "emissary/inference.hpp"
#include "emissary/problems.hpp"
#include "inference/local/local_model.hpp"
#include "made_up_server.hpp"
#include "support/scripted_server.hpp"
#include "tessera/json.hpp"

namespace tessera::server::testing {
namespace {
namespace emissary_inference_tests {

namespace wire = tessera::emissary;
using emissary::reached_model;
using tessera::testing::temporary_folder;
using tessera::testing::tiny_config;

nlohmann::json classifier_of(int labels) {
    nlohmann::json config = tiny_config();
    config["architectures"] = {"LlamaForSequenceClassification"};
    for (int i = 0; i < labels; ++i)
        config["id2label"][std::to_string(i)] = "LABEL_" + std::to_string(i);
    return config;
}

/// The API's inference alone, whose deployments a test names.
struct inference_api : api {
    explicit inference_api(const services& with)
        : all(with), served(emissary::inference_routes(all)) {}
    std::string_view name() const override { return "emissary"; }
    std::span<const route> routes() const override { return served; }
    answer explain(const request*, const problem& reason) const override {
        return emissary::explanation(reason);
    }
    answer invalid(const request&, std::string_view,
                   std::span<const json::issue> issues) const override {
        return emissary::explanation(emissary::invalid_input(issues));
    }
    void stop() override { all.stop(); }

    emissary::service all;
    std::vector<route> served;
};

class deployed_models {
  public:
    using outcome = std::variant<reached_model, problem>;
    using done_function = std::function<void(outcome)>;

    deployed_models() {
        api_ = new inference_api(shared_);
        api_->all.reach_deployment = [this](const std::string& name, run::executor_type on,
                                            const done_function& done) {
            const auto tell = [this, name, on, done] {
                const std::lock_guard lock(mutex_);
                const auto found = named_.find(name);
                outcome told = found == named_.end()
                                   ? outcome(emissary::unknown("deployment", name))
                                   : found->second;
                asio::post(on, [done, told = std::move(told)] { done(told); });
            };
            const std::lock_guard lock(mutex_);
            if (!asleep_) return asio::post(on, tell);
            woken_.push_back(tell);
        };
        web_.emplace(std::unique_ptr<api>(api_));
    }
    ~deployed_models() {
        named_.clear();
        api_->all.stop();
        // What posts to the web's threads goes before them.
        models_.unload();
    }

    void name(const std::string& name, outcome what) {
        const std::lock_guard lock(mutex_);
        named_.insert_or_assign(name, std::move(what));
    }
    /// Deployed under its name, with an id.
    void deploy(const std::string& as, const emissary::deployed_source& source,
                wire::task_type task) {
        name(as, reached_model{.id = "dp-" + as,
                               .name = as,
                               .task = task,
                               .trained = source.checkpoint.has_value(),
                               .base_model = source.base_model,
                               .with = api_->all.serving.open(source)});
    }
    void forget(const std::string& as) {
        const std::lock_guard lock(mutex_);
        named_.erase(as);
    }
    void fall_asleep() {
        const std::lock_guard lock(mutex_);
        asleep_ = true;
    }
    /// So many have asked meanwhile.
    std::size_t waiting() {
        const std::lock_guard lock(mutex_);
        return woken_.size();
    }
    void wake() {
        std::vector<std::function<void()>> all;
        {
            const std::lock_guard lock(mutex_);
            asleep_ = false;
            all.swap(woken_);
        }
        for (const auto& each : all) each();
    }

    raw_response ask(std::string_view path, const json::value& body) {
        return web_->ask(post_of("/v1" + std::string(path), json::encode(body), ""), "POST");
    }
    std::uint16_t port() const { return web_->port(); }

  private:
    const options settings_ = tiny_options();
    id_source ids_{3};
    store::database database_{std::nullopt};
    catalog models_{[this] {
        std::vector<catalog::entry> all;
        all.push_back({.model = std::make_unique<local_model>(tiny_model(), settings_)});
        return all;
    }()};
    const services shared_{settings_, ids_, models_, database_};
    inference_api* api_ = nullptr;
    std::mutex mutex_;
    std::map<std::string, outcome> named_;
    bool asleep_ = false;
    std::vector<std::function<void()>> woken_;
    std::optional<made_up_server> web_;
};

const std::string base_name = "Llama-3.2-1B-Instruct";

emissary::deployed_source left_in(const std::filesystem::path& folder, training_task task,
                                  trained_head head = {}) {
    return {base_name, emissary::checkpoint_ref{.job = "tr-1",
                                                .folder = folder,
                                                .part = trained_part::whole,
                                                .task = task,
                                                .base_model = base_name,
                                                .head = std::move(head)}};
}

json::value chat_of(const std::string& model, int most = 8) {
    return {{"model", model},
            {"messages", {{{"role", "user"}, {"content", "hello"}}}},
            {"temperature", 0},
            {"max_tokens", most}};
}
json::value completion_of(const std::string& model) {
    return {
        {"model", model}, {"prompt", "hello"}, {"temperature", 0}, {"max_completion_tokens", 8}};
}

TEST(emissary_deployments, speak_by_what_they_have_learned) {
    const temporary_folder folder("tessera-emissary");
    auto config = tiny_config();
    config["rope_theta"] = 300;  // so that it says something else
    tessera::testing::write_random_weights(folder.path(), config);
    deployed_models server;
    server.deploy("own", left_in(folder.path(), training_task::text),
                  wire::task_type::text_generation);
    server.deploy("plain", {base_name}, wire::task_type::text_generation);
    const auto said = [&](const std::string& model) {
        const auto got = server.ask("/chat/completions", chat_of(model));
        EXPECT_EQ(got.status, 200) << got.body;
        EXPECT_EQ(got.json()["model"], model);
        return got.json()["choices"][0]["message"]["content"].get<std::string>();
    };
    const auto continued = [&](const std::string& model) {
        const auto got = server.ask("/completions", completion_of(model));
        EXPECT_EQ(got.status, 200) << got.body;
        EXPECT_EQ(got.json()["model"], model);
        return got.json()["choices"][0]["text"].get<std::string>();
    };
    EXPECT_NE(said("own"), said(base_name));
    EXPECT_EQ(said("plain"), said(base_name));
    EXPECT_EQ(continued("plain"), continued(base_name));
    // A prompt is what a dataset's prompt was: a user's turn.
    EXPECT_EQ(continued("own"), said("own"));
    EXPECT_NE(continued("plain"), said("plain"));
}

TEST(emissary_deployments, score_the_labels_of_their_data) {
    const temporary_folder folder("tessera-emissary");
    tessera::testing::write_random_weights(folder.path() / "labels", classifier_of(3));
    tessera::testing::write_random_weights(folder.path() / "value", classifier_of(1));
    deployed_models server;
    server.deploy("labels",
                  left_in(folder.path() / "labels", training_task::classification,
                          {.labels = {"dog", "cat", "turtle"}}),
                  wire::task_type::classification);
    server.deploy("value",
                  left_in(folder.path() / "value", training_task::regression,
                          {.labels = {"value"}, .offset = 40, .scale = 3}),
                  wire::task_type::regression);
    const auto scored = [&](const std::string& model, const json::value& more) {
        json::value body = {{"model", model}, {"input", "hello"}};
        body.update(more);
        const auto got = server.ask("/classification", body);
        EXPECT_EQ(got.status, 200) << got.body;
        const json::value told = got.json();
        EXPECT_TRUE(told["id"].get<std::string>().starts_with("classify-"));
        EXPECT_EQ(told["model"], "dp-" + model);
        EXPECT_EQ(told["usage"]["prompt_tokens"], 5);
        EXPECT_EQ(told["usage"]["completion_tokens"], 0);
        EXPECT_EQ(told["usage"]["total_tokens"], 5);
        EXPECT_EQ(told["data"].size(), 1U);
        EXPECT_EQ(told["data"][0]["index"], 0);
        return told["data"][0];
    };
    const json::value logits = scored("labels", json::value::object());
    EXPECT_FALSE(logits.contains("probs"));
    EXPECT_EQ(scored("labels", {{"data_format", "logits"}}), logits);
    const json::value shares = scored("labels", {{"data_format", "probs"}});
    EXPECT_FALSE(shares.contains("logits"));
    double all = 0, exponentials = 0;
    for (const auto& [label, logit] : logits["logits"].items())
        exponentials += std::exp(logit.get<double>());
    for (const char* label : {"dog", "cat", "turtle"}) {
        const double share = shares["probs"][label].get<double>();
        EXPECT_NEAR(share, std::exp(logits["logits"][label].get<double>()) / exponentials, 1e-6);
        all += share;
    }
    EXPECT_NEAR(all, 1, 1e-6);
    const json::value estimate = scored("value", json::value::object());
    EXPECT_EQ(estimate["logits"].size(), 1U);
    EXPECT_GT(std::abs(estimate["logits"]["value"].get<double>()), 0.1);
    const auto refused = server.ask(
        "/classification", {{"model", "value"}, {"input", "hello"}, {"data_format", "probs"}});
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.json()["error"],
              "data_format: a regression has no probabilities; ask for logits");
}

TEST(emissary_deployments, do_what_they_were_trained_for) {
    const temporary_folder folder("tessera-emissary");
    tessera::testing::write_random_weights(folder.path() / "text", tiny_config());
    tessera::testing::write_random_weights(folder.path() / "labels", classifier_of(2));
    deployed_models server;
    const trained_head head{.labels = {"no", "yes"}};
    server.deploy("writer", left_in(folder.path() / "text", training_task::text),
                  wire::task_type::text_generation);
    server.deploy("pairs", left_in(folder.path() / "text", training_task::embedding),
                  wire::task_type::embedding);
    server.deploy("sorter", left_in(folder.path() / "labels", training_task::classification, head),
                  wire::task_type::classification);
    server.deploy("plain", {base_name}, wire::task_type::text_generation);
    server.deploy("reader", {"Qwen3-Embedding-0.6B"}, wire::task_type::embedding);
    const auto status = [&](const std::string& model) {
        const json::value pair = {{"model", model}, {"input", "a"}, {"target", "b"}};
        std::string all;
        for (const auto& got :
             {server.ask("/completions", completion_of(model)),
              server.ask("/chat/completions", chat_of(model)), server.ask("/embeddings", pair),
              server.ask("/classification", pair)})
            all += (all.empty() ? "" : " ") + std::to_string(got.status);
        return all;
    };
    EXPECT_EQ(status("writer"), "200 200 400 400");
    EXPECT_EQ(status("pairs"), "400 400 200 400");
    EXPECT_EQ(status("sorter"), "400 400 400 200");
    EXPECT_EQ(status("plain"), "200 200 200 400");
    EXPECT_EQ(status("reader"), "400 400 200 400");
    EXPECT_EQ(server.ask("/chat/completions", chat_of("sorter")).json()["error"],
              "model: the deployment \"sorter\" was trained for classification, and does not "
              "answer conversations");
    EXPECT_EQ(server.ask("/classification", {{"model", "plain"}, {"input", "a"}}).json()["error"],
              "model: the deployment \"plain\" is the base model \"" + base_name +
                  "\", and does not classify");
}

TEST(emissary_deployments, that_rest_are_waited_for) {
    deployed_models server;
    server.deploy("plain", {base_name}, wire::task_type::text_generation);
    server.fall_asleep();
    std::atomic<int> status{0};
    std::thread asks([&] { status = server.ask("/chat/completions", chat_of("plain")).status; });
    raw_client leaves(server.port());
    leaves.send(post_of("/v1/chat/completions", json::encode(chat_of("plain")), ""));
    EXPECT_TRUE(comes_true([&] { return server.waiting() == 2; }));
    EXPECT_EQ(status, 0);
    leaves.close();
    server.wake();
    asks.join();
    EXPECT_EQ(status, 200);
    // What is wrong with a request wakes nobody.
    server.fall_asleep();
    auto wrong = chat_of("plain");
    wrong["top_k"] = 0;
    EXPECT_EQ(server.ask("/chat/completions", wrong).status, 400);
    EXPECT_EQ(server.waiting(), 0U);
}

TEST(emissary_deployments, that_do_not_answer_say_why) {
    deployed_models server;
    server.name("broken", problem{.status = 400, .message = "the deployment \"broken\" is Failed"});
    for (const auto& got : {server.ask("/chat/completions", chat_of("broken")),
                            server.ask("/completions", completion_of("broken"))}) {
        EXPECT_EQ(got.status, 400);
        EXPECT_EQ(got.json()["error"], "the deployment \"broken\" is Failed");
    }
    EXPECT_EQ(server.ask("/chat/completions", chat_of("absent")).json()["code"],
              "object_not_found");
}

TEST(emissary_deployments, that_are_taken_away_end_what_they_have_begun) {
    const temporary_folder folder("tessera-emissary");
    tessera::testing::write_random_weights(folder.path(), tiny_config());
    deployed_models server;
    server.deploy("own", left_in(folder.path(), training_task::text),
                  wire::task_type::text_generation);
    auto body = chat_of("own", 1500);
    const std::string whole = server.ask("/chat/completions", body)
                                  .json()["choices"][0]["message"]["content"]
                                  .get<std::string>();
    body["stream"] = true;
    raw_client reads(server.port());
    reads.send(post_of("/v1/chat/completions", json::encode(body), ""));
    while (reads.unread().find("data: ") == std::string_view::npos && reads.more()) {
    }
    server.forget("own");
    EXPECT_EQ(server.ask("/chat/completions", chat_of("own")).status, 404);
    std::string streamed;
    for (const json::value& chunk : reads.receive("POST").chunks())
        streamed += chunk["choices"][0]["delta"].value("content", "");
    EXPECT_EQ(streamed, whole);
}

TEST(emissary_deployments, of_a_model_elsewhere_ask_it_in_its_words) {
    json::value body;
    const test::scripted_server far(
        test::for_each_request([&](test::session& on, const test::received_request& request, int) {
            body = json::parse(request.body).value();
            on.answer(400, "{}");
        }));
    options settings;
    settings.io_threads = 1;
    settings.upstream = {.url = far.url(), .model = "far"};
    running_server near(settings);
    json::value chat = chat_of(base_name);
    chat["top_k"] = 3;
    const std::string key = "x-api-key: " + std::string(emissary_options().api_key) + "\r\n";
    EXPECT_EQ(near.post("/emissary/v1/chat/completions", chat, key).status, 400);
    EXPECT_EQ(body["model"], "far");
    EXPECT_EQ(body["top_k"], 3);
    EXPECT_EQ(body["max_tokens"], 8);
}

}  // namespace emissary_inference_tests
}  // namespace
}  // namespace tessera::server::testing
