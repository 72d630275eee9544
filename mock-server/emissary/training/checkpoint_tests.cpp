#include "emissary/training/checkpoint_tests.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "emissary/testing/functions.hpp"
#include "emissary/training/question.hpp"
#include "tessera/json.hpp"

namespace tessera::server::emissary {
namespace {

// Targets that are told apart from a row's own.
constexpr std::size_t most_compared = 1000;

std::string as_text(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", number);
    return text;
}

// Sums by name, in the order in which they were first added to.
class means {
  public:
    void add(std::string_view name, double number) {
        auto& [sum, count] = all_[std::string(name)];
        sum += number;
        ++count;
    }
    void tell(std::map<std::string, std::string>& to) const {
        for (const auto& [name, mean] : all_)
            to[name] = as_text(mean.first / static_cast<double>(mean.second));
    }

  private:
    std::map<std::string, std::pair<double, std::size_t>> all_;
};

class tester {
  public:
    tester(training_session& by, const course& on, const std::vector<std::string>& functions,
           const std::stop_token& stop)
        : by_(by), on_(on), stop_(stop) {
        for (const std::string& name : functions)
            if (const test_function* found = find_test_function(name)) functions_.push_back(found);
    }

    checkpoint_result run() {
        checkpoint_result made;
        add_losses();
        switch (on_.options.task) {
            case training_task::text:
                answer();
                break;
            case training_task::classification:
                classify();
                break;
            case training_task::regression:
                estimate();
                break;
            case training_task::embedding:
                embed();
                break;
        }
        numbers_.tell(made.numbers);
        made.numbers["rows"] = std::to_string(on_.tests.size());
        made.rows = std::move(lines_);
        return made;
    }

  private:
    template <class Example>
    const Example& row(std::size_t i) const {
        return std::get<Example>(on_.rows[on_.tests[i]].example);
    }

    // A batch's loss is the mean of what it predicts, so that each counts by its rows.
    void add_losses() {
        for (std::size_t i = 0; i < on_.tests.size(); i += on_.tested_at_once) {
            const std::size_t count = std::min(on_.tested_at_once, on_.tests.size() - i);
            const double loss = by_.evaluate(std::span(on_.tests).subspan(i, count), stop_);
            for (std::size_t k = 0; k < count; ++k) numbers_.add("loss", loss);
        }
    }

    // What was said in place of `expected`, in the words of test functions.
    void score(json::value& line, const std::string& said, const std::string& expected) {
        line["expected"] = expected;
        line["answer"] = said;
        for (const test_function* each : functions_) {
            const double score = each->score(said, expected);
            line["scores"][std::string(each->name)] = score;
            numbers_.add(each->name, score);
        }
        if (!on_.judge) return;
        const double reward = on_.judge->of(said, expected);
        line["reward"] = reward;
        numbers_.add("reward", reward);
    }
    void write(const json::value& line) { lines_ += json::encode(line) + "\n"; }

    void answer() {
        std::vector<std::vector<openai::message>> prompts;
        std::vector<std::string> expected;
        for (std::size_t i = 0; i < on_.tests.size(); ++i) {
            question asked = question_of(row<conversation_example>(i));
            prompts.push_back(std::move(asked.messages));
            expected.push_back(std::move(asked.expected));
        }
        for (std::size_t i = 0; i < prompts.size(); i += on_.tested_at_once) {
            const std::size_t count = std::min(on_.tested_at_once, prompts.size() - i);
            const auto answers =
                by_.draw(std::span(prompts).subspan(i, count),
                         {.temperature = 0, .max_tokens = most_answer_tokens}, stop_);
            for (std::size_t k = 0; k < count; ++k) {
                json::value line;
                line["messages"] = json::to_value(prompts[i + k]);
                score(line, answers[k].text, expected[i + k]);
                numbers_.add("exact_match", answers[k].text == expected[i + k] ? 1 : 0);
                write(line);
            }
        }
    }

    std::vector<std::vector<double>> outputs(const std::vector<std::string>& texts) {
        return by_.outputs(texts, stop_);
    }

    void classify() {
        const trained_head& head = on_.options.head;
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < on_.tests.size(); ++i)
            texts.push_back(row<labelled_example>(i).text);
        const auto logits = outputs(texts);
        const auto joined = [&](const auto& holds) {
            std::string text;
            for (std::size_t k = 0; k < head.labels.size(); ++k)
                if (holds(k)) text += (text.empty() ? "" : ", ") + head.labels[k];
            return text;
        };
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto& labels = row<labelled_example>(i).labels;
            const std::vector<double>& found = logits[i];
            const auto best =
                static_cast<std::size_t>(std::ranges::max_element(found) - found.begin());
            const std::string said =
                joined([&](std::size_t k) { return head.several ? found[k] > 0 : k == best; });
            const std::string expected = joined([&](std::size_t k) {
                const auto is = labels.find(head.labels[k]);
                return is != labels.end() && is->second;
            });
            json::value line;
            line["input"] = texts[i];
            for (std::size_t k = 0; k < found.size(); ++k)
                line["logits"][head.labels[k]] = found[k];
            score(line, said, expected);
            numbers_.add("accuracy", said == expected ? 1 : 0);
            write(line);
        }
    }

    void estimate() {
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < on_.tests.size(); ++i)
            texts.push_back(row<valued_example>(i).text);
        const auto values = outputs(texts);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const double expected = row<valued_example>(i).value;
            const double apart = values[i].front() - expected;
            json::value line;
            line["input"] = texts[i];
            line["value"] = values[i].front();
            score(line, as_text(values[i].front()), as_text(expected));
            numbers_.add("mean_absolute_error", std::abs(apart));
            numbers_.add("mean_squared_error", apart * apart);
            write(line);
        }
    }

    void embed() {
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < on_.tests.size(); ++i)
            for (const std::string& each : {row<pair_example>(i).text, row<pair_example>(i).target})
                texts.push_back(each);
        const auto vectors = by_.vectors(texts, stop_);
        const auto cosine = [&](std::size_t a, std::size_t b) {
            return std::inner_product(vectors[a].begin(), vectors[a].end(), vectors[b].begin(),
                                      0.0);
        };
        for (std::size_t i = 0; i < on_.tests.size(); ++i) {
            const pair_example& pair = row<pair_example>(i);
            const double own = cosine(2 * i, 2 * i + 1);
            json::value line;
            line["input"] = pair.text;
            line["target"] = pair.target;
            line["cosine"] = own;
            numbers_.add("mean_cosine", own);
            if (pair.score) {
                line["score"] = *pair.score;
                numbers_.add("mean_squared_error", (own - *pair.score) * (own - *pair.score));
            } else {
                bool nearest = true;
                for (std::size_t k = 0; k < std::min(most_compared, on_.tests.size()) && nearest;
                     ++k)
                    nearest = texts[2 * k + 1] == pair.target || cosine(2 * i, 2 * k + 1) < own;
                numbers_.add("nearest_is_target", nearest ? 1 : 0);
            }
            write(line);
        }
    }

    training_session& by_;
    const course& on_;
    const std::stop_token& stop_;
    std::vector<const test_function*> functions_;
    means numbers_;
    std::string lines_;
};

}  // namespace

checkpoint_result tested(training_session& by, const course& on,
                         const std::vector<std::string>& functions, const std::stop_token& stop) {
    return tester(by, on, functions, stop).run();
}

}  // namespace tessera::server::emissary
