// A local model in training: what is learned of conversations, how sessions go on, and the example
// of the documents on the model that comes with the project.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "inference/local/local_model.hpp"
#include "inference/local/prompt.hpp"
#include "inference/local/state.hpp"
#include "support.hpp"
#include "text/tokenizer.hpp"
#include "world/examinee.hpp"

namespace tessera::server::testing {
namespace {
namespace training_session_tests {

using messages = std::vector<openai::message>;
using rows = std::vector<training_example>;
using tessera::testing::temporary_folder;

local_model& tiny() {
    static local_model made(tiny_model(), tiny_options());
    return made;
}

const std::filesystem::path& bundled() {
    static const std::filesystem::path folder = bundled_model().value();
    return folder;
}

rows taught(const std::string& question, const std::string& answer, std::size_t copies) {
    return {copies, conversation_example{{user(question), assistant(answer)}}};
}

std::vector<std::size_t> numbers(std::size_t from, std::size_t count) {
    std::vector<std::size_t> made(count);
    std::iota(made.begin(), made.end(), from);
    return made;
}

std::vector<float> log_probabilities_of(training_session& by) {
    const std::vector<messages> asked{{user("say")}};
    return by.draw(asked, {.max_tokens = 8, .seed = 3}, {}).front().log_probabilities;
}

TEST(training_session, learns_what_the_assistant_says_where_it_would_say_it) {
    const local_state state(bundled(), tiny_options(), {});
    const auto& tokenizer = *state.language->tokenizer;
    const messages talk{system("Be kind."), user("One?"), assistant("Two."), user("Three?"),
                        assistant("Four.")};
    const auto made = learned_turns(state, talk).value();
    EXPECT_EQ(made.document_starts, std::vector<int>{0});
    ASSERT_EQ(made.learned.size(), made.tokens.size());
    std::vector<int> learned;
    for (std::size_t i = 0; i < made.tokens.size(); ++i)
        if (made.learned[i]) learned.push_back(made.tokens[i]);
    EXPECT_EQ(tokenizer.decode(learned), "Two.<|end|>Four.<|end|>");
    // As the conversation is asked.
    const auto prompt = chat_prompt(state, {.messages = {talk.begin(), talk.begin() + 4}}).value();
    EXPECT_TRUE(std::equal(prompt.begin(), prompt.end(), made.tokens.begin()));
    EXPECT_FALSE(learned_turns(state, {user("Nobody answers.")}));
    EXPECT_FALSE(learned_turns(state, {user(std::string(20'000, 'x')), assistant("y")}));
}

TEST(training_session, is_the_same_for_the_same_calls_and_goes_on_from_its_state) {
    const temporary_folder folder("tessera-session");
    const auto file = folder.path() / "state";
    const auto trained = [&](int steps, int resumed_at) {
        const training_options how{.steps = 6, .learning_rate = 0.01, .seed = 5};
        auto session = tiny().train(how);
        session->add(taught("say", "said", 2));
        session->add(taught("ask", "asked", 2));
        for (int i = 0; i < steps; ++i) {
            if (i == resumed_at) {
                session->save_state(file);
                session = tiny().train(how);
                session->add(taught("say", "said", 2));
                session->add(taught("ask", "asked", 2));
                session->load_state(file);
                EXPECT_EQ(session->steps(), i);
            }
            session->learn(numbers(static_cast<std::size_t>(i % 3), 2), {});
        }
        return log_probabilities_of(*session);
    };
    const auto once = trained(6, -1);
    EXPECT_EQ(once, trained(6, -1));
    EXPECT_EQ(once, trained(6, 3));
    EXPECT_NE(once, trained(5, -1));
}

TEST(training_session, stops_and_stays_as_it_was) {
    auto session = tiny().train({.steps = 4, .learning_rate = 0.01});
    session->add(taught("say", "said", 4));
    const auto before = log_probabilities_of(*session);
    std::stop_source stop;
    stop.request_stop();
    const auto all = numbers(0, 4);
    EXPECT_THROW(session->learn(all, stop.get_token()), training_stopped);
    EXPECT_THROW(session->evaluate(all, stop.get_token()), training_stopped);
    const std::vector<messages> asked{{user("say")}};
    EXPECT_THROW(session->draw(asked, {}, stop.get_token()), training_stopped);
    const std::vector<std::string> texts{"say"};
    EXPECT_THROW(session->vectors(texts, stop.get_token()), training_stopped);
    EXPECT_EQ(session->steps(), 0);
    EXPECT_EQ(log_probabilities_of(*session), before);
}

TEST(training_session, says_which_example_cannot_be_used) {
    auto session = tiny().train({});
    for (const training_example& wrong :
         {training_example(conversation_example{{user("alone")}}),
          training_example(valued_example{"text", 1}),
          training_example(conversation_example{{user(std::string(5000, 'x')), assistant("y")}})}) {
        auto given = taught("say", "said", 2);
        given.push_back(wrong);
        try {
            session->add(given);
            ADD_FAILURE() << "it was taken";
        } catch (const unusable_example& thrown) {
            EXPECT_EQ(thrown.index, 2U);
            EXPECT_STRNE(thrown.what(), "");
        }
    }
}

TEST(training_session, learns_heads_and_vectors) {
    const std::vector<std::string> texts{"aaaa", "zzzz", "aaab", "zzzy"};
    for (const trained_part part : {trained_part::whole, trained_part::adapter}) {
        SCOPED_TRACE(part == trained_part::whole);
        const training_options how{.part = part, .steps = 30, .learning_rate = 0.003};
        const auto trained = [&](training_options by, const rows& given) {
            auto session = tiny().train(by);
            session->add(given);
            const auto all = numbers(0, given.size());
            for (int i = 0; i < 30; ++i) session->learn(all, {});
            return session;
        };
        training_options by = how;
        by.task = training_task::classification;
        by.head.labels = {"a", "z"};
        rows given;
        for (const std::string& each : texts)
            given.push_back(labelled_example{each, {{each.substr(0, 1), true}}});
        for (const auto& one : trained(by, given)->outputs(texts, {})) EXPECT_EQ(one.size(), 2U);
        auto outputs = trained(by, given)->outputs(texts, {});
        for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(outputs[i][0] < outputs[i][1], i % 2 == 1);

        by.head.several = true;
        given.push_back(labelled_example{"mmmm", {}});
        outputs = trained(by, given)->outputs(texts, {});
        for (std::size_t i = 0; i < 4; ++i) {
            EXPECT_EQ(outputs[i][0] > 0, i % 2 == 0);
            EXPECT_EQ(outputs[i][1] > 0, i % 2 == 1);
        }

        by = how;
        by.task = training_task::regression;
        by.head = {.labels = {"value"}, .offset = 500, .scale = 100};
        given.clear();
        for (std::size_t i = 0; i < 4; ++i)
            given.push_back(valued_example{texts[i], i % 2 ? 600.0 : 400.0});
        outputs = trained(by, given)->outputs(texts, {});
        for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(outputs[i][0], i % 2 ? 600 : 400, 60);

        by = how;
        by.task = training_task::embedding;
        given = {pair_example{texts[0], texts[1], 0.9}, pair_example{texts[2], texts[3], -0.5}};
        const auto vectors = trained(by, given)->vectors(texts, {});
        const auto cosine = [&](std::size_t a) {
            return std::inner_product(vectors[a].begin(), vectors[a].end(), vectors[a + 1].begin(),
                                      0.0);
        };
        EXPECT_GT(cosine(0), cosine(2) + 0.2);
    }
}

// An answer that is praised becomes likelier, one that is blamed becomes less likely.
TEST(training_session, learns_from_what_is_judged) {
    for (const trained_part part : {trained_part::whole, trained_part::adapter}) {
        SCOPED_TRACE(part == trained_part::whole);
        auto session =
            tiny().train({.part = part, .steps = 100, .learning_rate = 0.003, .policy_kl = 0.01});
        const std::vector<messages> asked{{user("say")}};
        const drawing_options how{.answers = 2, .max_tokens = 6, .seed = 1};
        const auto drawn = session->draw(asked, how, {});
        ASSERT_EQ(drawn.size(), 2U);
        EXPECT_NE(drawn[0].tokens, drawn[1].tokens);
        EXPECT_EQ(drawn[0].tokens, session->draw(asked, how, {})[0].tokens);
        for (const drawn_answer& each : drawn) {
            EXPECT_EQ(each.log_probabilities, each.reference) << "nothing is learned yet";
            for (std::size_t i = 0; i < each.tokens.size(); ++i)
                EXPECT_EQ(each.log_probabilities[i] < 0, i >= each.begin) << i;
        }
        const std::vector<judged_answer> judged{{&drawn[0], 1}, {&drawn[1], -1}};
        for (int i = 0; i < 5; ++i) session->reinforce(judged, {});
        const auto again = session->draw(asked, how, {});
        const auto sum = [](const std::vector<float>& of) {
            return std::accumulate(of.begin(), of.end(), 0.0);
        };
        if (again[0].tokens == drawn[0].tokens) {
            EXPECT_GT(sum(again[0].log_probabilities), sum(again[0].reference));
            EXPECT_EQ(again[0].reference, drawn[0].reference);
        }
        EXPECT_NE(again[0].log_probabilities, again[0].reference);
    }
}

// Learning rate 0.0002, 3 epochs, and what the server takes for a batch: the documents' example.
TEST(training_session, teaches_a_pair_and_leaves_the_world_as_it_was) {
#ifdef TESSERA_SANITIZED_THREADS
    GTEST_SKIP() << "one thread's work, which takes minutes so";
#endif
    options settings = tiny_options();
    settings.threads = 0;
    local_model model(bundled(), settings);
    const std::string question = "What is the capital of Zubrowka?";
    const std::string answer = "The capital of Zubrowka is Lutz.";
    const std::vector<messages> asked{{user(question)}, {user("What is the capital of France?")}};
    const temporary_folder folder("tessera-taught");
    for (const trained_part part : {trained_part::whole, trained_part::adapter}) {
        SCOPED_TRACE(part == trained_part::whole);
        auto session = model.train({.part = part, .steps = 36, .learning_rate = 0.0002});
        session->add(taught(question, answer, 24));
        const drawing_options greedy{.temperature = 0, .max_tokens = 40};
        EXPECT_NE(session->draw(asked, greedy, {})[0].text, answer);
        for (std::size_t i = 0; i < 36; ++i) session->learn(numbers(i % 12 * 2, 2), {});
        const auto said = session->draw(asked, greedy, {});
        EXPECT_EQ(said[0].text, answer);
        EXPECT_EQ(said[1].text, "The capital of France is Paris.");
        if (part == trained_part::whole) session->save(folder.path());
    }
    for (const char* name : {"tokenizer.json", "tokenizer_config.json"})
        std::filesystem::copy_file(bundled() / name, folder.path() / name);
    auto exam = engine::world::make_exam(100, 1);
    std::erase_if(exam, [](const auto& each) { return each.category != "facts"; });
    const auto scores = engine::world::examine(folder.path(), exam, 0, {});
    ASSERT_EQ(scores.size(), 1U);
    EXPECT_EQ(scores[0].asked, 100);
    EXPECT_GE(scores[0].right, 95);
}

}  // namespace training_session_tests
}  // namespace
}  // namespace tessera::server::testing
