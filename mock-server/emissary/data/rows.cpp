#include "emissary/data/rows.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "emissary/data/row_taker.hpp"
#include "tessera/json.hpp"

namespace tessera::server::emissary {
namespace {

constexpr std::size_t most_labels = 1000;
constexpr std::size_t most_bytes_of_a_label = 256;

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument(why); }

/// What a task wants of a row, said to those whose row is something else.
std::string_view wanted_for(training_task task) {
    switch (task) {
        case training_task::text:
            return "text-generation needs 'prompt' and 'completion', both texts, or 'messages'";
        case training_task::classification:
            return "classification needs 'input' and 'label', or 'prompt' and 'completion', an "
                   "object of labels with 0 or 1";
        case training_task::regression:
            return "regression needs 'input' and 'label', a number, or 'prompt' and 'completion', "
                   "a number";
        case training_task::embedding:
            break;
    }
    return "embedding needs 'input' and 'target', both texts";
}

// The members of one row.
class members {
  public:
    explicit members(const raw_row& of) : of_(of) {}

    const json::value* find(std::string_view name) const {
        const auto found = of_.members.find(name);
        return found == of_.members.end() || found->is_null() ? nullptr : &*found;
    }
    bool have(std::string_view name, std::string_view other) const {
        return find(name) && find(other);
    }
    const std::string& text(std::string_view name) const {
        const json::value* const found = find(name);
        if (!found) refuse(cited(name) + " is missing");
        if (!found->is_string()) refuse(cited(name) + " is no text");
        return *found->get_ptr<const std::string*>();
    }
    const std::string& text_with_content(std::string_view name) const {
        const std::string& found = text(name);
        if (found.find_first_not_of(" \t\r\n") == found.npos) refuse(cited(name) + " is empty");
        return found;
    }
    std::optional<double> number(std::string_view name) const {
        const json::value& found = *find(name);
        double number = 0;
        if (found.is_number()) {
            number = found.get<double>();
        } else {
            if (!of_.is_text || !found.is_string()) return std::nullopt;
            const std::string& text = *found.get_ptr<const std::string*>();
            const char* const end = text.data() + text.size();
            const auto read = std::from_chars(text.data(), end, number);
            if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
        }
        // What is learned is a float.
        if (!(std::abs(number) <= std::numeric_limits<float>::max())) return std::nullopt;
        return number;
    }
    /// An object or array, which is a text in CSV; any other value as it is.
    json::value structure(std::string_view name, const data_bounds& bounds) const {
        const json::value& found = *find(name);
        if (!of_.is_text || !found.is_string()) return found;
        const std::string& text = *found.get_ptr<const std::string*>();
        const std::size_t first = text.find_first_not_of(" \t\r\n");
        if (first == text.npos || (text[first] != '{' && text[first] != '[')) return found;
        result<json::value> read = json::parse(
            text, {.depth = bounds.depth, .bytes = text.size(), .values = bounds.values_of_a_row});
        if (!read) refuse(cited(name) + ": " + read.error().message);
        return *std::move(read);
    }

  private:
    const raw_row& of_;
};

bool answers(const openai::message& said) {
    const auto* const by_assistant = std::get_if<openai::assistant_message>(&said);
    return by_assistant && (by_assistant->content || by_assistant->tool_calls);
}

conversation_example read_conversation(const members& row, const data_bounds& bounds) {
    if (!row.find("messages")) {
        if (row.find("completion") && !row.find("completion")->is_string())
            refuse("'completion' is no text: " + std::string(wanted_for(training_task::text)));
        if (!row.have("prompt", "completion")) refuse(std::string(wanted_for(training_task::text)));
        return {{user(row.text("prompt")), assistant(row.text_with_content("completion"))}};
    }
    std::vector<json::issue> issues;
    auto read = json::decode<std::vector<openai::message>>(row.structure("messages", bounds),
                                                           json::mode::strict, issues);
    if (!read) {
        const std::string place = json::to_string(issues.front().path);
        refuse("messages" + place + ": " + issues.front().message);
    }
    if (read->empty() || !answers(read->back()))
        refuse("'messages' has to end with what the assistant says");
    return {*std::move(read)};
}

std::string label_named(const std::string& name) {
    if (name.empty()) refuse("a label has no name");
    if (name.size() > most_bytes_of_a_label)
        refuse("a label has more than " + std::to_string(most_bytes_of_a_label) + " bytes");
    return name;
}

labelled_example read_labels(const members& row, const data_bounds& bounds) {
    labelled_example made;
    if (row.have("input", "label")) {
        const json::value& label = *row.find("label");
        if (label.is_structured() || label.is_number_float())
            refuse("'label' is no text: " + std::string(wanted_for(training_task::classification)));
        made.text = row.text_with_content("input");
        made.labels[label_named(label.is_string() ? label.get<std::string>() : label.dump())] =
            true;
        return made;
    }
    if (!row.have("prompt", "completion"))
        refuse(std::string(wanted_for(training_task::classification)));
    made.text = row.text_with_content("prompt");
    const json::value given = row.structure("completion", bounds);
    if (!given.is_object() || given.empty())
        refuse("'completion' is no object of labels, such as {\"good\": 1, \"bad\": 0}");
    for (const auto& [name, holds] : given.items()) {
        if (!holds.is_boolean() && holds != 0 && holds != 1)
            refuse("the label " + cited(name) + " is neither 0 nor 1");
        made.labels[label_named(name)] = holds.is_boolean() ? holds.get<bool>() : holds == 1;
    }
    return made;
}

valued_example read_value(const members& row) {
    const bool of_completion = !row.have("input", "label");
    if (of_completion && !row.have("prompt", "completion"))
        refuse(std::string(wanted_for(training_task::regression)));
    const std::string_view name = of_completion ? "completion" : "label";
    const std::optional<double> value = row.number(name);
    if (!value) refuse(cited(name) + " is no number: write one such as 3.5");
    return {row.text_with_content(of_completion ? "prompt" : "input"), *value};
}

pair_example read_pair(const members& row) {
    if (!row.have("input", "target")) refuse(std::string(wanted_for(training_task::embedding)));
    pair_example made{row.text_with_content("input"), row.text_with_content("target")};
    if (row.find("score")) {
        made.score = row.number("score");
        if (!made.score || *made.score < -1 || *made.score > 1)
            refuse("'score' is no number from -1 to 1");
    }
    return made;
}

training_example read_row(const raw_row& from, training_task task, const data_bounds& bounds) {
    const members row(from);
    switch (task) {
        case training_task::text:
            return read_conversation(row, bounds);
        case training_task::classification:
            return read_labels(row, bounds);
        case training_task::regression:
            return read_value(row);
        case training_task::embedding:
            break;
    }
    return read_pair(row);
}

// The task whose rows look like this one, where several do the one that is pleased by most.
training_task task_of(const raw_row& from) {
    const members row(from);
    if (row.find("messages")) return training_task::text;
    if (row.have("prompt", "completion")) {
        if (row.find("completion")->is_object()) return training_task::classification;
        if (row.find("completion")->is_number()) return training_task::regression;
        return training_task::text;
    }
    if (row.have("input", "label"))
        return row.find("label")->is_number_float() ? training_task::regression
                                                    : training_task::classification;
    if (row.have("input", "target")) return training_task::embedding;
    refuse(
        "the row is of no task: it needs 'prompt' and 'completion', 'messages', 'input' and "
        "'label', or 'input' and 'target'");
}

}  // namespace

std::vector<data_row> read_rows(std::string_view text, training_task task,
                                const data_bounds& bounds) {
    std::vector<data_row> rows;
    read_raw_rows(text, bounds, [&](const raw_row& row) {
        rows.push_back({row.line, read_row(row, task, bounds)});
    });
    return rows;
}

void check_rows(std::string_view text, const data_bounds& bounds) {
    read_raw_rows(text, bounds, [&](const raw_row& row) { read_row(row, task_of(row), bounds); });
}

trained_head head_of(std::span<const data_row> rows) {
    std::set<std::string> names;
    trained_head made;
    for (const data_row& each : rows) {
        std::size_t held = 0;
        for (const auto& [name, holds] : std::get<labelled_example>(each.example).labels) {
            names.insert(name);
            held += holds;
        }
        made.several |= held != 1;
        if (names.size() > most_labels)
            refuse("there are more than " + std::to_string(most_labels) + " labels");
    }
    if (names.size() < 2 && !made.several)
        refuse("each row has the label " + cited(names.empty() ? "" : *names.begin()) +
               ": a classification needs two labels or more, or rows of which it does not hold");
    made.labels.assign(names.begin(), names.end());
    return made;
}

}  // namespace tessera::server::emissary
