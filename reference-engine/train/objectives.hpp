#pragma once

#include <vector>

#include "train/batch.hpp"
#include "train/options.hpp"

namespace tessera::engine::train {

/// The contrastive loss (InfoNCE, both ways) of documents that are pairs of related texts, two after
/// two: of the cosines between the means of their states, those of pairs are to be larger than those
/// with the other pairs' texts. `states` and `gradient` are [tokens, width], rows
/// `stride` apart. Returns the sum over the pairs; sets `gradient`, unless it is null, to `scale`
/// times the derivatives. A pair weighs by objective_options::focus.
template <class T>
double contrast(const std::vector<document>& documents, int width, int stride, const T* states,
                T scale, T* gradient, double focus = 0);

/// The same for pairs whose cosines are to be `wanted` [pairs]: squared differences.
template <class T>
double compare(const std::vector<document>& documents, int width, int stride, const T* states,
               const float* wanted, T scale, T* gradient, double focus = 0);

/// What objective_options::focus makes of a probability, and of a difference.
double focus_of_probability(double probability, double focus);
double focus_of_difference(double difference, double focus);

/// A token's loss by its log probability.
struct token_loss {
    double value;
    double slope;
};

/// The clipped policy loss of GRPO with its estimate of the divergence from the reference.
token_loss policy_loss(double log_probability, const policy_token&, const objective_options&);

/// Whether derivatives of predictions are weighed by more than the scale of all.
bool weighs_predictions(objective learned, const objective_options&);
/// What a source of the micro-batch has lost by the log probability that was found for what it
/// predicts, and what the derivatives of that log probability's loss weigh.
struct prediction_loss {
    double loss;
    double weight;
};
prediction_loss loss_of_prediction(const micro_batch&, int source, double log_probability,
                                   const objective_options&);

/// What a source's outputs of the head [labels] have lost; turns them into `scale` times the
/// derivatives.
template <class T>
double loss_of_outputs(const micro_batch&, int source, const tuning&, const objective_options&,
                       T scale, T* outputs);

/// What the pairs of a micro-batch have lost: contrast(), or compare() where they have values.
template <class T>
double loss_of_pairs(const micro_batch&, int width, int stride, const T* states, T scale,
                     T* gradient, const objective_options&);

/// Squared differences of outputs [size] from `wanted` [size]: returns their sum and turns outputs
/// into `scale` times the derivatives.
template <class T>
double squared_loss(int size, const float* wanted, T scale, T* outputs, double focus = 0);

/// The same for logits and probabilities from 0 to 1: their cross-entropies.
template <class T>
double logistic_loss(int size, const float* wanted, T scale, T* outputs, double focus = 0);

}  // namespace tessera::engine::train
