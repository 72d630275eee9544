#pragma once
// What training jobs are created with.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tessera/emissary/common.hpp"
#include "tessera/emissary/rebalancing.hpp"

namespace tessera::emissary {

/// The hyper parameters of supervised fine-tuning; the service has defaults of its own.
struct sft_parameters {
    std::optional<std::int64_t> downsample_size{};              ///< rows that are used at most
    std::optional<double> learning_rate{};                      ///< such as 0.0002
    std::optional<double> num_train_epochs{};                   ///< how often each row is seen
    std::optional<std::int64_t> per_device_train_batch_size{};  ///< rows in a step
    std::optional<std::int64_t> per_device_eval_batch_size{};   ///< rows in a step of a test
    std::optional<bool> dynamic_loss{};                         ///< off when absent
};

template <std::same_as<sft_parameters> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "SFTParameters", json::field("downsample_size", &T::downsample_size),
        json::field("learning_rate", &T::learning_rate),
        json::field("num_train_epochs", &T::num_train_epochs),
        json::field("per_device_train_batch_size", &T::per_device_train_batch_size),
        json::field("per_device_eval_batch_size", &T::per_device_eval_batch_size),
        json::field("dynamic_loss", &T::dynamic_loss));
}

/// The body of client.training_jobs.create(): supervised fine-tuning.
struct sft_request {
    std::optional<json::open_enum<emissary::base_model_option>>
        base_model_option{};  ///< pre_trained when absent
    std::string base_model;   ///< its name; of fine_tuned: a training job's name or ID
    std::optional<std::int64_t> checkpoint{};                  ///< of fine_tuned: which one
    std::string train_dataset_id;                              ///< what it learns from
    std::optional<std::string> test_dataset_id{};              ///< what it is tested on
    std::optional<double> train_test_split_ratio{};            ///< percent of rows kept for tests
    std::optional<std::vector<std::string>> test_functions{};  ///< by which it is tested
    std::optional<std::string> name{};                         ///< generated when absent
    std::optional<std::string> description{};                  ///< for people
    std::optional<json::open_enum<emissary::task_type>>
        task_type{};                              ///< text_generation when absent
    std::optional<sft_parameters> parameters{};   ///< how it is trained
    std::optional<rebalancing> rebalance_data{};  ///< of classification alone
    std::optional<std::string> hf_model_link{};   ///< where the base model is HF_MODEL: its URL
};

template <std::same_as<sft_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "CreateTrainingJobRequest", json::field("base_model_option", &T::base_model_option),
        json::field("base_model", &T::base_model), json::field("checkpoint", &T::checkpoint),
        json::field("train_dataset_id", &T::train_dataset_id),
        json::field("test_dataset_id", &T::test_dataset_id),
        json::field("train_test_split_ratio", &T::train_test_split_ratio),
        json::field("test_functions", &T::test_functions), json::field("name", &T::name),
        json::field("description", &T::description), json::field("task_type", &T::task_type),
        json::field("parameters", &T::parameters),
        json::field("rebalance_data", &T::rebalance_data),
        json::field("hf_model_link", &T::hf_model_link));
}

/// The hyper parameters of GRPO; the service has defaults of its own.
struct grpo_parameters {
    std::optional<double> learning_rate{};                      ///< such as 0.0002
    std::optional<double> num_train_epochs{};                   ///< how often each row is seen
    std::optional<std::int64_t> num_generations{};              ///< answers that are compared
    std::optional<std::int64_t> per_device_train_batch_size{};  ///< rows in a step
};

template <std::same_as<grpo_parameters> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "GRPOParameters", json::field("learning_rate", &T::learning_rate),
        json::field("num_train_epochs", &T::num_train_epochs),
        json::field("num_generations", &T::num_generations),
        json::field("per_device_train_batch_size", &T::per_device_train_batch_size));
}

/// The body of client.training_jobs.create_grpo().
struct grpo_request {
    std::optional<json::open_enum<emissary::base_model_option>>
        base_model_option{};  ///< pre_trained when absent
    std::string base_model;   ///< its name; of fine_tuned: a training job's name or ID
    std::optional<std::int64_t> checkpoint{};        ///< of fine_tuned: which one
    std::string train_dataset_id;                    ///< what it learns from
    std::vector<std::string> test_functions;         ///< what judges its answers
    reward_weights reward;                           ///< what each of these counts
    std::optional<std::string> test_dataset_id{};    ///< what it is tested on
    std::optional<double> train_test_split_ratio{};  ///< percent of rows kept for tests
    std::optional<std::string> name{};               ///< generated when absent
    std::optional<std::string> description{};        ///< for people
    std::optional<json::open_enum<emissary::task_type>>
        task_type{};                              ///< text_generation when absent
    std::optional<grpo_parameters> parameters{};  ///< how it is trained
    std::optional<std::string> hf_model_link{};   ///< where the base model is HF_MODEL: its URL
};

template <std::same_as<grpo_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "CreateGRPOTrainingJobRequest", json::field("base_model_option", &T::base_model_option),
        json::field("base_model", &T::base_model), json::field("checkpoint", &T::checkpoint),
        json::field("train_dataset_id", &T::train_dataset_id),
        json::field("test_functions", &T::test_functions), json::field("reward", &T::reward),
        json::field("test_dataset_id", &T::test_dataset_id),
        json::field("train_test_split_ratio", &T::train_test_split_ratio),
        json::field("name", &T::name), json::field("description", &T::description),
        json::field("task_type", &T::task_type), json::field("parameters", &T::parameters),
        json::field("hf_model_link", &T::hf_model_link));
}

}  // namespace tessera::emissary
