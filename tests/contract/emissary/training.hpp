#pragma once
// What tests of training jobs share.
#include <string>
#include <utility>

#include "contract/emissary/workshop.hpp"

namespace tessera::contract::emissary_tests {

// Rows of questions and answers, as JSONL.
inline std::string conversations(int count) {
    std::string rows;
    for (int i = 0; i < count; ++i)
        rows += R"({"prompt":"say )" + std::to_string(i) + R"(","completion":"said )" +
                std::to_string(i % 3) + "\"}\n";
    return rows;
}

inline std::string upload(const workshop& at, const std::string& project, std::string rows) {
    return at.client.datasets.upload(project, {.file = file::of(std::move(rows), "rows.jsonl")}).id;
}

inline emissary::training_job_detail ended(const workshop& at, const std::string& project,
                                           const std::string& job) {
    emissary::training_job_detail now;
    EXPECT_TRUE(comes_true([&] {
        now = at.client.training_jobs.retrieve(project, job);
        return now.is_settled();
    })) << now.status.text();
    return now;
}

// It has run for some steps.
inline void wait_for_losses(const workshop& at, const std::string& project,
                            const std::string& job) {
    EXPECT_TRUE(comes_true([&] {
        const auto now = at.client.training_jobs.retrieve(project, job);
        return now.is_settled() || !now.training_loss.value().empty();
    }));
}

inline std::string reason_of(const emissary::training_job_detail& job) {
    return job.extra.value("reason", "");
}

// More than any test waits for.
inline constexpr emissary::sft_parameters endless{.num_train_epochs = 1000};

}  // namespace tessera::contract::emissary_tests
