#include "train/objectives.hpp"

#include <algorithm>
#include <cmath>

#include "backend/cpu/kernels.hpp"

namespace tessera::engine::train {
namespace {

// Of the softmax over cosines.
constexpr double temperature = 0.07;

// Unit vectors of the documents' means; `lengths` are those of the means.
template <class T>
std::vector<double> directions(const std::vector<document>& documents, int width, int stride,
                               const T* states, std::vector<double>& lengths) {
    std::vector<double> out(documents.size() * width);
    for (std::size_t i = 0; i < documents.size(); ++i) {
        double* mean = out.data() + i * width;
        for (int t = 0; t < documents[i].length; ++t) {
            const T* state = states + std::size_t(documents[i].start + t) * stride;
            for (int k = 0; k < width; ++k) mean[k] += state[k] / documents[i].length;
        }
        double squares = 1e-12;
        for (int k = 0; k < width; ++k) squares += mean[k] * mean[k];
        lengths.push_back(std::sqrt(squares));
        for (int k = 0; k < width; ++k) mean[k] /= lengths.back();
    }
    return out;
}

// From what pulls at the unit vectors to the gradient of the states. Changes `pull`.
template <class T>
void pull_states(const std::vector<document>& documents, int width, int stride,
                 const std::vector<double>& units, const std::vector<double>& lengths,
                 std::vector<double>& pull, T* gradient) {
    for (std::size_t i = 0; i < documents.size(); ++i) {
        const double* unit = units.data() + i * width;
        double* of_unit = pull.data() + i * width;
        double along = 0;
        for (int k = 0; k < width; ++k) along += unit[k] * of_unit[k];
        for (int k = 0; k < width; ++k)
            of_unit[k] = (of_unit[k] - along * unit[k]) / (lengths[i] * documents[i].length);
        for (int t = 0; t < documents[i].length; ++t)
            std::transform(of_unit, of_unit + width,
                           gradient + std::size_t(documents[i].start + t) * stride,
                           [](double value) { return static_cast<T>(value); });
    }
}

}  // namespace

double focus_of_probability(double probability, double focus) {
    return focus > 0 ? std::pow(std::max(0.0, 1 - probability), focus) : 1;
}

double focus_of_difference(double difference, double focus) {
    return focus > 0 ? std::pow(std::tanh(std::abs(difference) / 2), focus) : 1;
}

template <class T>
double contrast(const std::vector<document>& documents, int width, int stride, const T* states,
                T scale, T* gradient, double focus) {
    const std::size_t pairs = documents.size() / 2;
    std::vector<double> lengths;
    const std::vector<double> units = directions(documents, width, stride, states, lengths);
    // First texts of pairs in rows, second ones in columns.
    std::vector<double> scores(pairs * pairs), rows(pairs), columns(pairs);
    for (std::size_t i = 0; i < pairs; ++i)
        for (std::size_t j = 0; j < pairs; ++j) {
            double product = 0;
            for (int k = 0; k < width; ++k)
                product += units[2 * i * width + k] * units[(2 * j + 1) * width + k];
            // At most 1 / temperature, so that the exponentials need no shift.
            const double power = std::exp(product / temperature);
            scores[i * pairs + j] = power;
            rows[i] += power;
            columns[j] += power;
        }
    double loss = 0;
    std::vector<double> weights(pairs);
    for (std::size_t i = 0; i < pairs; ++i) {
        const double own = std::log(scores[i * pairs + i]);
        const double of_pair = 0.5 * (std::log(rows[i]) + std::log(columns[i])) - own;
        weights[i] = focus_of_probability(std::exp(-of_pair), focus);
        loss += of_pair;
    }
    if (!gradient) return loss;

    std::vector<double> pull(units.size());
    for (std::size_t i = 0; i < pairs; ++i)
        for (std::size_t j = 0; j < pairs; ++j) {
            const double power = scores[i * pairs + j];
            const double by_score =
                (0.5 * (weights[i] * power / rows[i] + weights[j] * power / columns[j]) -
                 (i == j ? weights[i] : 0)) *
                scale / temperature;
            for (int k = 0; k < width; ++k) {
                pull[2 * i * width + k] += by_score * units[(2 * j + 1) * width + k];
                pull[(2 * j + 1) * width + k] += by_score * units[2 * i * width + k];
            }
        }
    pull_states(documents, width, stride, units, lengths, pull, gradient);
    return loss;
}

template <class T>
double compare(const std::vector<document>& documents, int width, int stride, const T* states,
               const float* wanted, T scale, T* gradient, double focus) {
    std::vector<double> lengths;
    const std::vector<double> units = directions(documents, width, stride, states, lengths);
    std::vector<double> pull(units.size());
    double loss = 0;
    for (std::size_t i = 0; i + 1 < documents.size(); i += 2) {
        const double* one = units.data() + i * width;
        const double* other = one + width;
        double cosine = 0;
        for (int k = 0; k < width; ++k) cosine += one[k] * other[k];
        const double apart = cosine - wanted[i / 2];
        loss += apart * apart;
        const double by_cosine = 2 * scale * apart * focus_of_difference(apart, focus);
        for (int k = 0; k < width; ++k) {
            pull[i * width + k] = by_cosine * other[k];
            pull[(i + 1) * width + k] = by_cosine * one[k];
        }
    }
    if (gradient) pull_states(documents, width, stride, units, lengths, pull, gradient);
    return loss;
}

token_loss policy_loss(double log_probability, const policy_token& token,
                       const objective_options& options) {
    const double advantage = token.advantage;
    const double ratio = std::exp(log_probability - token.old_log_probability);
    const double kept = std::clamp(ratio, 1 - options.policy_clip, 1 + options.policy_clip);
    const bool clipped = kept * advantage < ratio * advantage;
    const double away = std::exp(token.reference_log_probability - log_probability);
    const double divergence = away - (token.reference_log_probability - log_probability) - 1;
    return {options.policy_kl * divergence - (clipped ? kept : ratio) * advantage,
            options.policy_kl * (1 - away) - (clipped ? 0 : ratio * advantage)};
}

template <class T>
double squared_loss(int size, const float* wanted, T scale, T* outputs, double focus) {
    double sum = 0;
    for (int i = 0; i < size; ++i) {
        const T apart = outputs[i] - T(wanted[i]);
        sum += double(apart) * double(apart);
        outputs[i] = 2 * scale * apart * T(focus_of_difference(apart, focus));
    }
    return sum;
}

template <class T>
double logistic_loss(int size, const float* wanted, T scale, T* outputs, double focus) {
    double sum = 0;
    for (int i = 0; i < size; ++i) {
        const double logit = outputs[i], holds = wanted[i];
        // log(1 + exp(x)) without overflow.
        const double softplus = std::max(logit, 0.0) + std::log1p(std::exp(-std::abs(logit)));
        const double loss = softplus - holds * logit;
        const double probability = 1 / (1 + std::exp(-logit));
        sum += loss;
        outputs[i] =
            scale * T((probability - holds) * focus_of_probability(std::exp(-loss), focus));
    }
    return sum;
}

bool weighs_predictions(objective learned, const objective_options& options) {
    return learned == objective::policy || options.focus > 0;
}

prediction_loss loss_of_prediction(const micro_batch& part, int source, double found,
                                   const objective_options& options) {
    if (part.learned == objective::policy) {
        const token_loss loss = policy_loss(found, part.policy[source], options);
        return {loss.value, -loss.slope};
    }
    return {-found, focus_of_probability(std::exp(found), options.focus)};
}

template <class T>
double loss_of_outputs(const micro_batch& part, int source, const tuning& tuned,
                       const objective_options& options, T scale, T* outputs) {
    if (part.learned == objective::values) {
        const auto of_values =
            tuned.problem == problem_kind::multi_label ? &logistic_loss<T> : &squared_loss<T>;
        return of_values(tuned.labels, part.values.data() + std::size_t(source) * tuned.labels,
                         scale, outputs, options.focus);
    }
    const int target = part.targets[source];
    const double weight = options.class_weights.empty() ? 1 : options.class_weights[target];
    const bool weighted = options.focus > 0;
    const double found = cpu::kernels_for<T>().cross_entropy(
        tuned.labels, target, weighted ? T(1) : T(weight) * scale, outputs);
    if (weighted) {
        const T factor = T(weight * focus_of_probability(std::exp(found), options.focus)) * scale;
        for (int k = 0; k < tuned.labels; ++k) outputs[k] *= factor;
    }
    return -(weight * found);
}

template <class T>
double loss_of_pairs(const micro_batch& part, int width, int stride, const T* states, T scale,
                     T* gradient, const objective_options& options) {
    if (part.values.empty())
        return contrast(part.documents, width, stride, states, scale, gradient, options.focus);
    return compare(part.documents, width, stride, states, part.values.data(), scale, gradient,
                   options.focus);
}

template double loss_of_outputs(const micro_batch&, int, const tuning&, const objective_options&,
                                float, float*);
template double loss_of_outputs(const micro_batch&, int, const tuning&, const objective_options&,
                                double, double*);
template double loss_of_pairs(const micro_batch&, int, int, const float*, float, float*,
                              const objective_options&);
template double loss_of_pairs(const micro_batch&, int, int, const double*, double, double*,
                              const objective_options&);
template double squared_loss(int, const float*, float, float*, double);
template double squared_loss(int, const float*, double, double*, double);
template double logistic_loss(int, const float*, float, float*, double);
template double logistic_loss(int, const float*, double, double*, double);
template double contrast(const std::vector<document>&, int, int, const float*, float, float*,
                         double);
template double contrast(const std::vector<document>&, int, int, const double*, double, double*,
                         double);
template double compare(const std::vector<document>&, int, int, const float*, const float*, float,
                        float*, double);
template double compare(const std::vector<document>&, int, int, const double*, const float*, double,
                        double*, double);

}  // namespace tessera::engine::train
