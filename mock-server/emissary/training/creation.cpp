#include "emissary/training/creation.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "emissary/datasets.hpp"
#include "emissary/names.hpp"
#include "emissary/projects.hpp"
#include "emissary/testing/functions.hpp"
#include "emissary/training/hyper_parameters.hpp"
#include "emissary/training/runner.hpp"

namespace tessera::server::emissary {
namespace {

// The value of a member that may be absent, out of those that are known.
template <class T>
T known_value(std::string_view place, const std::optional<json::open_enum<T>>& given, T absent) {
    if (!given) return absent;
    const auto known = given->known();
    if (!known)
        throw refused(invalid_input(
            place, "\"" + std::string(given->text()) + "\" is not one of the documented values"));
    return *known;
}

void check_functions(const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!find_test_function(names[i]))
            throw refused(invalid_input(
                "test_functions[" + std::to_string(i) + "]",
                "\"" + names[i] +
                    "\" is no test function; GET /v1/testing-functions tells those there are"));
}

// Of a test function, to either side of 0: sums stay exact enough to tell answers apart.
constexpr double most_weight = 1e6;

void check_reward(const wire::grpo_request& asked) {
    const std::vector<std::string>& functions = asked.test_functions;
    if (asked.reward.empty())
        throw refused(invalid_input("reward", "must weigh at least one of test_functions"));
    for (const auto& [name, weight] : asked.reward)
        if (std::find(functions.begin(), functions.end(), name) == functions.end())
            throw refused(invalid_input("reward", "\"" + name + "\" is none of test_functions"));
        else if (!(std::abs(weight) <= most_weight))
            throw refused(invalid_input("reward." + name, "must be from -1000000 to 1000000"));
}

void check_model(const service& with, std::string_view name) {
    if (!with.serving.base(name))
        throw refused(invalid_input("base_model", "\"" + std::string(name) +
                                                      "\" is no base model; GET /v1/models tells "
                                                      "those there are"));
    if (!trainable_of(with, name))
        throw refused(invalid_input("base_model", "\"" + std::string(name) +
                                                      "\" is computed elsewhere and cannot be "
                                                      "trained here"));
}

std::string dataset_name(store::connection& from, const std::string& project,
                         const std::string& id) {
    const auto found = find_dataset(from, project, id);
    if (!found) throw refused(unknown("dataset", id));
    return found->name;
}

// What the request refers to.
template <class Request>
void take_references(const service& with, store::connection& from, const Request& asked,
                     job_row& to) {
    require_project(from, to.project_id);
    to.train_dataset_name = dataset_name(from, to.project_id, to.train_dataset_id);
    if (to.test_dataset_id) dataset_name(from, to.project_id, *to.test_dataset_id);
    const auto option = known_value("base_model_option", asked.base_model_option,
                                    wire::base_model_option::pre_trained);
    if (option == wire::base_model_option::pre_trained) {
        to.base_model = asked.base_model;
        return;
    }
    const job_row base = require_named_job(from, to.project_id, asked.base_model);
    if (!asked.checkpoint)
        throw refused(
            invalid_input("checkpoint", "is required where base_model_option is \"fine-tuned\""));
    require_checkpoint(with, from, to.project_id, base.id, *asked.checkpoint);
    to.base_model = base.base_model;
    to.base_job_id = base.id;
    to.base_job_name = base.name;
    to.base_checkpoint = asked.checkpoint;
    to.is_adapter = base.is_adapter;
}

}  // namespace

template <class Request>
job_row draft_of(const service& with, const std::string& project, Request asked) {
    constexpr bool is_sft = std::is_same_v<Request, wire::sft_request>;
    check_name("name", asked.name);
    if (asked.hf_model_link)
        throw refused(
            invalid_input("hf_model_link",
                          "this server fetches no models; start it with --model and the folder"));
    const double percent = asked.train_test_split_ratio.value_or(0);
    if (!(percent >= 0 && percent < 100))
        throw refused(invalid_input("train_test_split_ratio", "must be from 0 to below 100"));
    job_row made{
        .project_id = project,
        .name = asked.name.value_or(""),
        .technique = is_sft ? wire::training_technique::sft : wire::training_technique::grpo,
        .task = known_value("task_type", asked.task_type, wire::task_type::text_generation),
        .train_dataset_id = asked.train_dataset_id,
        .test_dataset_id = asked.test_dataset_id};
    if constexpr (is_sft) {
        check_functions(asked.test_functions.value_or(std::vector<std::string>{}));
        if (asked.rebalance_data && made.task != wire::task_type::classification)
            throw refused(invalid_input("rebalance_data", "is for classification alone"));
    } else {
        if (made.task != wire::task_type::text_generation)
            throw refused(invalid_input(
                "task_type", "GRPO compares answers, and is for \"text-generation\" alone"));
        check_functions(asked.test_functions);
        check_reward(asked);
    }
    asked.parameters = completed(asked.parameters);
    made.request = json::encode(asked);
    with.kept.read([&](store::connection& from) {
        take_references(with, from, asked, made);
        return true;
    });
    check_model(with, made.base_model);
    if (!made.base_job_id)
        made.is_adapter =
            part_of(with, *trainable_of(with, made.base_model)) == trained_part::adapter;
    return made;
}

template job_row draft_of(const service&, const std::string&, wire::sft_request);
template job_row draft_of(const service&, const std::string&, wire::grpo_request);

wire::training_job_summary create_job(service& with, job_row draft) {
    try {
        const course learned = course_of(with, draft);
        draft.head = json::encode(learned.options.head);
    } catch (const unreadable_data& wrong) {
        throw refused(invalid_input("train_dataset_id", wrong.what()));
    } catch (const std::invalid_argument& wrong) {
        throw refused(invalid_input("", wrong.what()));
    }
    const job_row made = with.kept.write([&](store::connection& to) {
        job_row row = draft;
        row.id = with.kept.new_id(to, "tr-", "SELECT 1 FROM emissary_training_jobs WHERE id = ?1");
        if (row.name.empty()) row.name = row.id;
        if (to.first<std::int64_t>(
                "SELECT 1 FROM emissary_training_jobs WHERE project_id = ?1 AND name = ?2",
                row.project_id, row.name))
            throw refused(
                invalid_input("name", "the project has a training job of this name already"));
        require_project(to, row.project_id);
        dataset_name(to, row.project_id, row.train_dataset_id);
        row.created_at = row.updated_at = with.now();
        insert_job(to, row);
        return row;
    });
    with.training->enqueue(made.id);
    return summary_of(made);
}

}  // namespace tessera::server::emissary
