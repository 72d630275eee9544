#include "train/batch.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.hpp"

namespace tessera::engine::train {
namespace {

constexpr std::int64_t shard_tokens = 256;
constexpr std::int64_t max_tokens = std::int64_t{1} << 24;

[[noreturn]] void refuse(std::size_t row, const std::string& reason,
                         error_code code = error_code::invalid_argument) {
    throw engine_error(code, "training row " + std::to_string(row) + ": " + reason);
}

std::size_t documents_of(const training_row& row) {
    return std::max<std::size_t>(row.tokens.empty() ? 0 : 1, row.document_starts.size());
}

objective objective_of(const training_row& row) {
    if (row.pairs) return objective::pairs;
    if (!row.classes.empty()) return objective::classes;
    if (!row.values.empty()) return objective::values;
    return row.policy.empty() ? objective::tokens : objective::policy;
}

void check_labels(const training_row& row, std::size_t index, int labels) {
    const bool of_head = !row.pairs && !row.values.empty();
    if (row.pairs + !row.classes.empty() + of_head + !row.policy.empty() > 1) {
        refuse(index, "only one of pairs, classes, values and policy can be learned");
    }
    const std::size_t documents = documents_of(row);
    if (row.pairs && (row.document_starts.empty() || row.document_starts.size() % 2)) {
        refuse(index, "documents of pairs must be even in number");
    }
    if (row.pairs && !row.values.empty() && row.values.size() != documents / 2) {
        refuse(index, "values of pairs must be as many as pairs");
    }
    if ((!row.classes.empty() || of_head) && labels == 0) {
        refuse(index, "classes and values need a head, and labels is 0");
    }
    if (!row.classes.empty() && row.classes.size() != documents) {
        refuse(index, "classes must be as many as documents");
    }
    for (const int label : row.classes) {
        if (label < 0 || label >= labels) {
            refuse(index,
                   "class " + std::to_string(label) + " is not one of " + std::to_string(labels));
        }
    }
    if (of_head && row.values.size() != documents * static_cast<std::size_t>(labels)) {
        refuse(index, "values must be as many as documents times labels");
    }
    if (!row.policy.empty() && row.policy.size() != row.tokens.size()) {
        refuse(index, "policy must be empty or as long as tokens");
    }
    const auto finite = [](float x) { return std::isfinite(x); };
    if (!std::ranges::all_of(row.values, finite) ||
        !std::ranges::all_of(row.policy, [&](const policy_token& one) {
            return finite(one.advantage) && finite(one.old_log_probability) &&
                   finite(one.reference_log_probability);
        })) {
        refuse(index, "values and policy must be finite");
    }
}

void check(const training_row& row, std::size_t index, const model_config& config) {
    if (!row.loss_mask.empty() && row.loss_mask.size() != row.tokens.size()) {
        refuse(index, "loss_mask must be empty or as long as tokens");
    }
    for (const int token : row.tokens) {
        if (token < 0 || token >= config.vocab_size) {
            refuse(index, "token " + std::to_string(token) + " is not in the vocabulary");
        }
    }
    int last = -1;
    for (const int start : row.document_starts) {
        if (start <= last || start >= static_cast<int>(row.tokens.size()) || (last < 0 && start)) {
            refuse(index, "document_starts must ascend from 0 and stay inside the row");
        }
        last = start;
    }
}

void append(micro_batch& part, const training_row& row, int number, int start, int length,
            int labels, int place) {
    const int first = static_cast<int>(part.tokens.size());
    part.documents.push_back({first, length});
    for (int i = 0; i < length; ++i) {
        part.tokens.push_back(row.tokens[start + i]);
        part.positions.push_back(i);
    }
    switch (part.learned) {
        case objective::pairs:
            for (int i = 0; i < length; ++i) part.sources.push_back(first + i);
            if (number % 2 == 0 && !row.values.empty())
                part.values.push_back(row.values[number / 2]);
            return;
        case objective::classes:
            part.sources.push_back(first + length - 1);
            part.targets.push_back(row.classes[number]);
            return;
        case objective::values:
            part.sources.push_back(first + length - 1);
            part.values.insert(part.values.end(), row.values.begin() + number * labels,
                               row.values.begin() + (number + 1) * labels);
            return;
        default:
            break;
    }
    for (int i = 1; i < length; ++i) {
        if (!row.loss_mask.empty() && !row.loss_mask[start + i]) continue;
        part.sources.push_back(first + i - 1);
        part.targets.push_back(row.tokens[start + i]);
        part.places.push_back(place + start + i);
        if (!row.policy.empty()) part.policy.push_back(row.policy[start + i]);
    }
}

}  // namespace

batch make_batch(std::span<const training_row> rows, const model_config& config,
                 const batch_limits& limits, int labels, std::span<const double> class_weights) {
    batch out;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        check(rows[r], r, config);
        check_labels(rows[r], r, labels);
        out.tokens += static_cast<std::int64_t>(rows[r].tokens.size());
    }
    if (out.tokens > max_tokens) {
        throw engine_error(error_code::limit, "training rows: more than " +
                                                  std::to_string(max_tokens) + " tokens in a step");
    }
    const std::int64_t shards =
        std::clamp<std::int64_t>(out.tokens / shard_tokens, 1, limits.shards);
    out.shards.resize(shards);
    std::int64_t done = 0;
    std::int64_t before = 0;  // tokens of earlier rows
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const training_row& row = rows[r];
        const int size = static_cast<int>(row.tokens.size());
        const int documents = static_cast<int>(documents_of(row));
        const objective learned = objective_of(row);
        std::int64_t at = 0;
        for (int d = 0; d < documents; ++d) {
            const int start = d == 0 ? 0 : row.document_starts[d];
            const int length = (d + 1 < documents ? row.document_starts[d + 1] : size) - start;
            if (length > config.max_position) {
                refuse(r,
                       "a document of " + std::to_string(length) +
                           " tokens is longer than the model's context of " +
                           std::to_string(config.max_position),
                       error_code::context_length);
            }
            // A document belongs to the shard in which its middle lies.
            // Pairs stay together, in the shard of the first.
            if (d == 0 || !row.pairs) at = (done + length / 2) * shards / out.tokens;
            auto& shard = out.shards[at];
            const bool full = shard.empty() || shard.back().learned != learned ||
                              static_cast<std::int64_t>(shard.back().tokens.size()) + length >
                                  limits.micro_tokens;
            if (row.pairs ? d == 0 : full) {
                shard.emplace_back();
                shard.back().learned = learned;
            }
            append(shard.back(), row, d, start, length, labels, static_cast<int>(before));
            out.longest = std::max(out.longest, length);
            done += length;
        }
        before += size;
    }
    std::erase_if(out.shards, [](const auto& shard) { return shard.empty(); });
    for (const auto& shard : out.shards)
        for (const micro_batch& part : shard) {
            double& total = out.totals[static_cast<std::size_t>(part.learned)];
            if (part.learned == objective::pairs) {
                total += static_cast<double>(part.documents.size() / 2);
            } else if (part.learned == objective::values) {
                total += static_cast<double>(part.values.size());
            } else if (part.learned == objective::classes && !class_weights.empty()) {
                for (const int label : part.targets) total += class_weights[label];
            } else {
                total += static_cast<double>(part.targets.size());
            }
        }
    return out;
}

}  // namespace tessera::engine::train
