#include "emissary/training/hyper_parameters.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>

#include "emissary/problems.hpp"

namespace tessera::server::emissary {
namespace {

// What is too high shows in the loss.
constexpr hyper_parameter learning_rate{"learning_rate", 0.0002, 1e-9, 1e9};
constexpr hyper_parameter epochs{"num_train_epochs", 3, 0.01, 1000};
constexpr hyper_parameter train_batch{"per_device_train_batch_size", 2, 1, 128, true};
constexpr hyper_parameter eval_batch{"per_device_eval_batch_size", 2, 1, 128, true};
constexpr hyper_parameter generations{"num_generations", 4, 2, 64, true};
constexpr hyper_parameter downsampling{"downsample_size", 0, 1, 100'000, true};

constexpr hyper_parameter of_sft[] = {learning_rate, epochs, train_batch, eval_batch};
constexpr hyper_parameter grpo_epochs{"num_train_epochs", 15, 0.01, 1000};
constexpr hyper_parameter grpo_batch{"per_device_train_batch_size", 4, 1, 128, true};
constexpr hyper_parameter of_grpo[] = {learning_rate, grpo_epochs, generations, grpo_batch};

std::string shown(double number) {
    std::string text = json::encode(number);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
}

template <class T>
void check(const hyper_parameter& rule, const std::optional<T>& given) {
    if (!given) return;
    const auto value = static_cast<double>(*given);
    if (value >= rule.least && value <= rule.most) return;
    throw refused(invalid_input("parameters." + std::string(rule.name),
                                "must be " + std::string(rule.is_whole ? "a whole number " : "") +
                                    "from " + shown(rule.least) + " to " + shown(rule.most)));
}

template <class T>
void complete(const hyper_parameter& rule, std::optional<T>& given) {
    check(rule, given);
    if (!given) given = static_cast<T>(rule.usual);
}

}  // namespace

std::span<const hyper_parameter> sft_hyper_parameters() { return of_sft; }
std::span<const hyper_parameter> grpo_hyper_parameters() { return of_grpo; }

wire::sft_parameters completed(const std::optional<wire::sft_parameters>& given) {
    wire::sft_parameters made = given.value_or(wire::sft_parameters{});
    check(downsampling, made.downsample_size);
    complete(learning_rate, made.learning_rate);
    complete(epochs, made.num_train_epochs);
    complete(train_batch, made.per_device_train_batch_size);
    complete(eval_batch, made.per_device_eval_batch_size);
    made.dynamic_loss = made.dynamic_loss.value_or(false);
    return made;
}

wire::grpo_parameters completed(const std::optional<wire::grpo_parameters>& given) {
    wire::grpo_parameters made = given.value_or(wire::grpo_parameters{});
    complete(learning_rate, made.learning_rate);
    complete(grpo_epochs, made.num_train_epochs);
    complete(generations, made.num_generations);
    complete(grpo_batch, made.per_device_train_batch_size);
    return made;
}

}  // namespace tessera::server::emissary
