#pragma once
// Emissary as the examples meet it: a training and a deployment that are over after a few questions.
#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "support/scripted_server.hpp"
#include "tessera/json.hpp"

namespace tessera::examples {

using json::value;

class emissary_script {
  public:
    // False for what is not there, or not asked for as it should be.
    bool answer(test::session& on, const test::received_request& asked) {
        const std::string& target = asked.head.target;
        const std::string call = asked.head.method + " " + target;
        const value body =
            asked.header("content-type") == "application/json" ? value::parse(asked.body) : value();
        if (call == "POST /v1/projects")
            return on.answer(201, R"({"id":"ms-12345","name":"my_project"})");
        if (call == "DELETE /v1/projects/ms-12345")
            return on.send("HTTP/1.1 204 No Content\r\n\r\n");
        if (call == "POST /v1/projects/ms-12345/datasets")
            return on.answer(201, R"({"id":"ds-12345","name":"my_dataset","is_uploaded":true})");
        if (call == "GET /v1/projects/ms-12345/datasets/ds-12345")
            return on.answer(
                200, R"({"id":"ds-12345","name":"d","dataset_download_url":"/files/rows.csv"})");
        if (call == "GET /files/rows.csv") return on.answer(200, "prompt,completion\n");
        if (call == "POST /v1/projects/ms-12345/training-jobs" ||
            call == "POST /v1/projects/ms-12345/training-jobs/grpo") {
            if (body["train_dataset_id"] != "ds-12345") return false;
            return on.answer(201, job("Pending", 0));
        }
        if (call == "GET /v1/projects/ms-12345/training-jobs/tr-12345")
            return on.answer(200, step(target) < 2 ? job("Running", 45) : job("Success", 100));
        if (call == "GET /v1/projects/ms-12345/training-jobs/tr-12345/checkpoints")
            return on.answer(200, R"([{"checkpoint":1},{"checkpoint":3,"test_results":)"
                                  R"({"general_test_result":"/files/results.jsonl"}}])");
        if (call == "GET /files/results.jsonl") return on.answer(200, "{\"score\":1}\n");
        if (call == "POST /v1/projects/ms-12345/deployments") {
            if (body["training_job_id"] != "tr-12345" || body["checkpoint"] != 3) return false;
            return on.answer(201, deployment("Pending"));
        }
        if (call == "POST /v1/engines/engine-12345/deploy")
            return on.answer(201, deployment("Pending"));
        if (call == "GET /v1/projects/ms-12345/deployments/dp-12345")
            return on.answer(200, deployment(step(target) < 2 ? "Deploying" : "Deployed"));
        if (call == "POST /v1/engines")
            return on.answer(201, R"({"id":"engine-12345","name":"e","status":"Creating"})");
        if (call == "GET /v1/engines/engine-12345")
            return on.answer(200, R"({"id":"engine-12345","name":"e","status":"Active"})");
        if (call == "GET /v1/models/absent")
            return on.answer(404,
                             R"({"status":404,"error":"Not found","code":"object_not_found"})");
        if (target == "/v1/classification")
            return body["model"] == "deployment-1" &&
                   on.answer(
                       200,
                       R"({"data":[{"index":0,"probs":{"account":0.01,"billing":0.97,"technical":0.02}}]})");
        if (target == "/v1/completions")
            return on.answer(200, R"({"id":"cmpl-1","choices":[{"index":0,"text":" Paris."}]})");
        if (target == "/v1/embeddings")
            return on.answer(200,
                             R"({"response":{"input_embedding":[1,0],"target_embedding":[0.5,0],)"
                             R"("cosine_score":1,"euclidean_distance":0.5}})");
        if (target == "/v1/chat/completions") return body["stream"] == true && stream(on);
        return false;
    }

  private:
    static std::string job(const std::string& status, int progress) {
        return value{{"id", "tr-12345"},
                     {"name", "training-1"},
                     {"status", status},
                     {"progress", progress},
                     {"train_dataset", {{"id", "ds-12345"}, {"name", "d"}}},
                     {"training_loss",
                      {{{"timestamp", 1633036800.5}, {"loss", 0.5}},
                       {{"timestamp", 1633036801}, {"loss", 0.125}}}}}
            .dump();
    }
    static std::string deployment(const std::string& status) {
        return value{{"id", "dp-12345"}, {"name", "deployment-1"}, {"status", status}}.dump();
    }
    static bool stream(test::session& on) {
        on.begin_stream();
        for (const char* text : {"Par", "is."})
            on.event(value{{"id", "c"},
                           {"object", "chat.completion.chunk"},
                           {"created", 1},
                           {"model", "m"},
                           {"choices", {{{"index", 0}, {"delta", {{"content", text}}}}}}}
                         .dump());
        on.event("[DONE]");
        return on.end_stream();
    }
    // How often this was asked for.
    int step(const std::string& target) {
        const std::lock_guard lock(mutex_);
        return ++steps_[target];
    }

    std::mutex mutex_;
    std::map<std::string, int> steps_;
};

}  // namespace tessera::examples
