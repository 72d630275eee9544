#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loading/config.hpp"

namespace tessera::engine::train {

/// What LoRA can be trained for, as peft names it.
inline constexpr std::string_view adapter_modules[] = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                                       "gate_proj", "up_proj", "down_proj"};

/// LoRA (Hu et al., 2021): x W^T + alpha / rank * x A^T B^T with W frozen.
struct adapter_options {
    int rank = 8;
    double alpha = 16;
    /// Of adapter_modules. Empty: all of them.
    std::vector<std::string> modules = {};
};

/// What of a model is trained.
struct tuning {
    std::optional<adapter_options> adapter = {};  ///< none: all weights
    int labels = 0;  ///< outputs of a head over the last state of each document; 0: no head
    /// How these are read; none: one of them is a value, several are logits of one right label.
    std::optional<problem_kind> problem = {};
    std::vector<std::string> label_names = {};  ///< in config.json; empty: LABEL_0 and so on
};

/// What products with weights multiply; sums, and weights as they are learned, are f32.
enum class product_precision {
    f32,
    bf16  ///< both sides rounded, if the device multiplies bf16; otherwise f32
};

/// What the losses of rows depend on beside them.
struct objective_options {
    double pair_weight = 0.1;                ///< of a pair's loss beside a predicted token's
    std::vector<double> class_weights = {};  ///< [labels], or empty: all alike
    double policy_clip = 0.2;                ///< of the probabilities' ratio, to both sides of 1
    double policy_kl = 0.04;                 ///< of the divergence from the reference
    /// What is learned weighs by how far it is from right, to this power: a probability of p weighs
    /// 1 - p (Lin et al., Focal Loss, 2017), a value that is off by e weighs tanh(e / 2). Weights
    /// count as constants, and losses are told without them. Not of policies; 0: all weigh 1.
    double focus = 0;
};

/// A predicted token of a sampled answer, for the policy's loss.
struct policy_token {
    float advantage = 0;
    float old_log_probability = 0;        ///< by the policy that drew it
    float reference_log_probability = 0;  ///< by the model that the policy is to stay near
};

/// Whole documents, packed one after the other. Attention never crosses from one document into
/// another and positions restart in each, so rows carry no meaning beyond their documents.
///
/// Next tokens are learned, unless one of `pairs`, `classes`, `values` and `policy` is given.
struct training_row {
    std::vector<int> tokens;
    /// Of the length of `tokens`: not 0 where the model is trained to predict that token from those
    /// before it in its document. The first token of a document is never predicted. Empty: all
    /// ones.
    std::vector<std::uint8_t> loss_mask = {};
    /// Where documents start, ascending, the first of them 0. Empty: the row is one document.
    std::vector<int> document_starts = {};
    /// The documents are pairs of related texts, two after two, and no tokens are predicted: the
    /// model learns to give the texts of a pair states whose means are nearer to each other than to
    /// those of the row's other pairs, which makes means of states good embeddings.
    bool pairs = false;
    /// The label of each document, which the head is to tell: cross-entropy, weighted by class.
    std::vector<int> classes = {};
    /// [document][label], which the head is to give: mean of squared differences, or, where several
    /// labels may hold, of the cross-entropies of 0 and 1. Beside `pairs`: for each pair the cosine
    /// that it is to have.
    std::vector<float> values = {};
    /// [token]: the clipped loss of GRPO (Shao et al., DeepSeekMath, 2024) for the tokens that
    /// loss_mask marks, with its estimate of the divergence; the mean over all tokens of a step.
    std::vector<policy_token> policy = {};
};

}  // namespace tessera::engine::train
