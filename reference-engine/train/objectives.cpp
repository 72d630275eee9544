#include "train/objectives.hpp"

#include <algorithm>
#include <cmath>

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

}  // namespace

template <class T>
double contrast(const std::vector<document>& documents, int width, int stride, const T* states,
                T scale, T* gradient) {
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
    for (std::size_t i = 0; i < pairs; ++i) {
        const double own = std::log(scores[i * pairs + i]);
        loss += 0.5 * (std::log(rows[i]) + std::log(columns[i])) - own;
    }
    if (!gradient) return loss;

    std::vector<double> pull(units.size());
    for (std::size_t i = 0; i < pairs; ++i)
        for (std::size_t j = 0; j < pairs; ++j) {
            const double power = scores[i * pairs + j];
            const double by_score =
                (0.5 * (power / rows[i] + power / columns[j]) - (i == j)) * scale / temperature;
            for (int k = 0; k < width; ++k) {
                pull[2 * i * width + k] += by_score * units[(2 * j + 1) * width + k];
                pull[(2 * j + 1) * width + k] += by_score * units[2 * i * width + k];
            }
        }
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
double squared_loss(int size, const float* wanted, T scale, T* outputs) {
    double sum = 0;
    for (int i = 0; i < size; ++i) {
        const T apart = outputs[i] - T(wanted[i]);
        sum += double(apart) * double(apart);
        outputs[i] = 2 * scale * apart;
    }
    return sum;
}

template double squared_loss(int, const float*, float, float*);
template double squared_loss(int, const float*, double, double*);
template double contrast(const std::vector<document>&, int, int, const float*, float, float*);
template double contrast(const std::vector<document>&, int, int, const double*, double, double*);

}  // namespace tessera::engine::train
