// Waiting for what takes its time, in every form. No test waits for time: a second of the client's
// clock is a millisecond.
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "unit/emissary/client_fixture.hpp"

namespace tessera::emissary::test {
namespace {

using namespace std::chrono_literals;

std::string job_at(const std::string& status, int progress) {
    return R"({"id":"tr-1","name":"pairs","status":")" + status + R"(","progress":)" +
           std::to_string(progress) + R"(,"training_loss":[{"timestamp":1,"loss":)" +
           std::to_string(100 - progress) + "}]}";
}

// A training that stands still for two answers of its way.
const std::vector<std::string> course = {job_at("Pending", 0),  job_at("Running", 50),
                                         job_at("Running", 50), job_at("Running", 50),
                                         job_at("Testing", 99), job_at("Success", 100)};

class waiting : public service {
  protected:
    void play(std::vector<std::string> answers) {
        asked_ = 0;
        serve(
            [this, answers = std::move(answers)](session& on, const received_request& asked, int) {
                EXPECT_EQ(asked.head.method, "GET");
                EXPECT_EQ(asked.header("x-api-key"), "the-secret");
                const auto n = static_cast<std::size_t>(asked_++);
                on.answer(200, answers[std::min(n, answers.size() - 1)]);
                seen_.open();
            });
    }

    std::atomic<int> asked_{0};
    tessera::test::gate seen_;
};

TEST_F(waiting, a_job_is_waited_for_in_every_form) {
    for (int form = 0; form < 4; ++form) {
        play(course);
        const client api = at_service();
        const auto done = [&]() -> response<training_job_detail> {
            if (form == 0) return api.training_jobs.wait("ms-1", "tr-1");
            if (form == 1) return api.training_jobs.try_wait("ms-1", "tr-1").value();
            if (form == 2)
                return api.training_jobs.async_wait("ms-1", "tr-1", asio::use_future).get();
            return api.training_jobs.async_try_wait("ms-1", "tr-1", asio::use_future).get().value();
        }();
        EXPECT_EQ(done.status, training_status::success) << form;
        EXPECT_EQ(done.progress, 100) << form;
        EXPECT_EQ(done.info.status, 200) << form;
        EXPECT_EQ(asked_, 6) << form;
        EXPECT_EQ(server_->connections(), 1) << form;
    }
}

TEST_F(waiting, a_job_that_failed_is_no_error_of_waiting) {
    play({job_at("Running", 3), job_at("Failed", 3)});
    EXPECT_EQ(at_service().training_jobs.wait("ms-1", "tr-1").status, training_status::failed);
}

TEST_F(waiting, deployments_and_engines_are_waited_for) {
    play({R"({"id":"dp-1","name":"d","status":"Deploying"})",
          R"({"id":"dp-1","name":"d","status":"Deployed"})"});
    EXPECT_EQ(at_service().deployments.wait("ms-1", "dp-1").status, deployment_status::deployed);
    play({R"({"id":"e-1","name":"e","status":"Creating"})",
          R"({"id":"e-1","name":"e","status":"Active"})"});
    EXPECT_EQ(at_service().engines.wait("e-1").status, engine_status::active);
}

TEST_F(waiting, updates_are_a_range_of_what_differs) {
    play(course);
    std::vector<std::int64_t> progress;
    for (const auto& update : at_service().training_jobs.watch("ms-1", "tr-1")) {
        EXPECT_EQ(update.info.status, 200);
        EXPECT_EQ(update.training_loss->at(0).loss, 100 - *update.progress);
        progress.push_back(*update.progress);
    }
    EXPECT_EQ(progress, (std::vector<std::int64_t>{0, 50, 99, 100}));
    EXPECT_EQ(asked_, 6);
}

TEST_F(waiting, updates_are_pulled_one_by_one) {
    play(course);
    auto opened = at_service().training_jobs.try_watch("ms-1", "tr-1");
    ASSERT_TRUE(opened);
    EXPECT_EQ(asked_, 1);
    auto moved = *std::move(opened);
    for (const int progress : {0, 50, 99, 100}) EXPECT_EQ((*moved.next())->progress, progress);
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(moved.next().value());
    EXPECT_EQ(asked_, 6);
}

asio::awaitable<std::vector<std::int64_t>> progress_of(const client& api) {
    std::vector<std::int64_t> progress;
    auto updates = co_await api.training_jobs.async_watch("ms-1", "tr-1", asio::use_awaitable);
    for (;;) {
        const auto update = co_await updates.async_next(asio::use_awaitable);
        if (!update) break;
        progress.push_back(*update->progress);
    }
    const auto again = co_await updates.async_try_next(asio::use_awaitable);
    EXPECT_TRUE(again && !*again);
    co_return progress;
}

TEST_F(waiting, updates_are_awaited) {
    play(course);
    asio::io_context io;
    const client api(io.get_executor(), options());
    auto progress = asio::co_spawn(io, progress_of(api), asio::use_future);
    io.run();
    EXPECT_EQ(progress.get(), (std::vector<std::int64_t>{0, 50, 99, 100}));
}

TEST_F(waiting, a_state_that_is_newer_than_this_goes_on) {
    play({job_at("Dreaming", 1), job_at("Success", 100)});
    EXPECT_EQ(at_service().training_jobs.wait("ms-1", "tr-1").progress, 100);
}

TEST_F(waiting, what_is_over_at_once_is_asked_after_once) {
    play({job_at("Cancelled", 7)});
    const client api = at_service();
    EXPECT_EQ(api.training_jobs.wait("ms-1", "tr-1").progress, 7);
    EXPECT_EQ(asked_, 1);
    int updates = 0;
    for ([[maybe_unused]] const auto& update : api.training_jobs.watch("ms-1", "tr-1")) ++updates;
    EXPECT_EQ(updates, 1);
    EXPECT_EQ(asked_, 2);
}

// Stands still but for what is waited for: each look at the time is 10 ms later.
class stepping_clock : public clock {
  public:
    std::chrono::steady_clock::time_point now() const override { return began_ + ++looks_ * 10ms; }
    std::chrono::milliseconds passed() const { return looks_.load() * 10ms; }

  private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    mutable std::atomic<int> looks_{0};
};

TEST_F(waiting, questions_come_soon_after_news_and_then_less_often) {
    const stepping_clock time;
    std::vector<std::chrono::milliseconds> at;
    // Changes at the sixth and ninth answer.
    serve([&](session& on, const received_request&, int n) {
        at.push_back(time.passed());
        on.answer(200, job_at(n < 9 ? "Running" : "Success", n < 6 ? 1 : 2));
    });
    client_options stepping = options();
    stepping.clock = &time;
    stepping.timeout = {0ms, 0ms, 0ms, 0ms};
    client(stepping).training_jobs.wait("ms-1", "tr-1");
    ASSERT_EQ(at.size(), 9u);
    const std::vector<std::chrono::milliseconds> pauses = {250ms,  500ms, 1000ms, 2000ms,
                                                           4000ms, 250ms, 500ms,  1000ms};
    for (std::size_t i = 0; i < pauses.size(); ++i) {
        EXPECT_GE(at[i + 1] - at[i], pauses[i]) << i;
        EXPECT_LT(at[i + 1] - at[i], pauses[i] + 400ms) << i;
    }
}

TEST_F(waiting, a_deadline_ends_the_whole) {
    play({job_at("Running", 12)});
    const client api = at_service();
    const call_options soon{.timeout = {.total = 60s}};
    const auto late = api.training_jobs.try_wait("ms-1", "tr-1", soon);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind, error_kind::timeout);
    // What it was last is told.
    EXPECT_EQ(body_as<training_job_detail>(late.error())->progress, 12);
    EXPECT_GT(asked_, 3);

    auto updates = api.training_jobs.watch("ms-1", "tr-1", soon);
    EXPECT_EQ((*updates.next())->progress, 12);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(updates.next().error().kind, error_kind::timeout);
    EXPECT_THROW(api.training_jobs.async_wait("ms-1", "tr-1", soon, asio::use_future).get(),
                 timeout_error);
}

TEST_F(waiting, a_deadline_ends_an_answer_that_does_not_come) {
    serve([](session& on, const received_request&, int) { on.wait_for_close(); });
    EXPECT_EQ(at_service()
                  .training_jobs.try_wait("ms-1", "tr-1", {.timeout = {.total = 20s}})
                  .error()
                  .kind,
              error_kind::timeout);
}

// The deadline of one question is the client's own.
TEST_F(waiting, a_question_that_fails_is_asked_again_and_then_ends_it) {
    serve([](session& on, const received_request&, int n) {
        n == 2 ? on.answer(503, "{}") : on.answer(n == 4 ? 404 : 200, job_at("Running", n));
    });
    const auto ended = at_service().training_jobs.try_wait("ms-1", "tr-1");
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind, error_kind::not_found);
}

TEST_F(waiting, a_stop_request_ends_it_wherever_it_is) {
    for (const bool answers : {true, false}) {
        tessera::test::gate asked;
        serve([&](session& on, const received_request&, int) {
            asked.open();
            answers ? (void)on.answer(200, job_at("Running", 1)) : on.wait_for_close();
        });
        const client api = at_service();
        std::stop_source stop;
        std::jthread stopper([&] {
            asked.wait();
            stop.request_stop();
        });
        const call_options stoppable{.stop = stop.get_token()};
        EXPECT_EQ(api.training_jobs.try_wait("ms-1", "tr-1", stoppable).error().kind,
                  error_kind::cancelled);
        EXPECT_EQ(api.training_jobs.try_watch("ms-1", "tr-1", stoppable).error().kind,
                  error_kind::cancelled);
        EXPECT_EQ(api.datasets.try_download("ms-1", "ds-1", stoppable).error().kind,
                  error_kind::cancelled);
        server_.reset();
    }
}

TEST_F(waiting, a_cancellation_slot_ends_it) {
    play({job_at("Running", 1)});
    asio::io_context io;
    const client api(io.get_executor(), options());
    asio::cancellation_signal signal;
    std::optional<error_kind> ended;
    api.training_jobs.async_try_wait(
        "ms-1", "tr-1",
        asio::bind_cancellation_slot(signal.slot(), [&](result<response<training_job_detail>> job) {
            ended = job.error().kind;
        }));
    std::jthread canceller([&] {
        seen_.wait();
        asio::post(io, [&] { signal.emit(asio::cancellation_type::terminal); });
    });
    io.run();
    EXPECT_EQ(ended, error_kind::cancelled);
}

TEST_F(waiting, an_answer_that_cannot_be_read_ends_it) {
    play({job_at("Running", 1), R"({"id":"tr-1"})"});
    EXPECT_EQ(at_service().training_jobs.try_wait("ms-1", "tr-1").error().kind, error_kind::decode);
}

TEST_F(waiting, several_threads_wait_with_one_client) {
    play(
        {job_at("Running", 1), job_at("Running", 2), job_at("Running", 3), job_at("Success", 100)});
    const client api = at_service();
    std::vector<std::jthread> all;
    for (int i = 0; i < 4; ++i)
        all.emplace_back([&] {
            EXPECT_EQ(api.training_jobs.wait("ms-1", "tr-1").status, training_status::success);
        });
}

TEST_F(waiting, a_context_may_go_before_it_is_over) {
    play({job_at("Running", 1)});
    auto io = std::make_unique<asio::io_context>();
    const client api(io->get_executor(), options());
    bool called = false;
    api.deployments.async_try_wait(
        "ms-1", "dp-1", [&](const result<response<deployment_detail>>&) { called = true; });
    while (asked_ == 0) io->run_one();
    io.reset();
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace tessera::emissary::test
