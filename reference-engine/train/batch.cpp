#include "train/batch.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"

namespace tessera::engine::train {
namespace {

constexpr std::int64_t micro_tokens = 512;
constexpr std::int64_t shard_tokens = 256;
constexpr std::int64_t max_tokens = std::int64_t{1} << 24;

[[noreturn]] void refuse(std::size_t row, const std::string& reason,
                         error_code code = error_code::invalid_argument) {
    throw engine_error(code, "training row " + std::to_string(row) + ": " + reason);
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
    if (row.pairs && (row.document_starts.empty() || row.document_starts.size() % 2)) {
        refuse(index, "documents of pairs must be even in number");
    }
}

void append(micro_batch& part, const training_row& row, int start, int length) {
    const int first = static_cast<int>(part.tokens.size());
    part.documents.push_back({first, length});
    for (int i = 0; i < length; ++i) {
        part.tokens.push_back(row.tokens[start + i]);
        part.positions.push_back(i);
        if (row.pairs) {
            part.sources.push_back(first + i);
        } else if (i > 0 && (row.loss_mask.empty() || row.loss_mask[start + i])) {
            part.sources.push_back(first + i - 1);
            part.targets.push_back(row.tokens[start + i]);
        }
    }
}

}  // namespace

batch make_batch(std::span<const training_row> rows, const model_config& config, int shard_limit) {
    batch out;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        check(rows[r], r, config);
        out.tokens += static_cast<std::int64_t>(rows[r].tokens.size());
    }
    if (out.tokens > max_tokens) {
        throw engine_error(error_code::limit, "training rows: more than " +
                                                  std::to_string(max_tokens) + " tokens in a step");
    }
    const std::int64_t shards = std::clamp<std::int64_t>(out.tokens / shard_tokens, 1, shard_limit);
    out.shards.resize(shards);
    std::int64_t done = 0;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const training_row& row = rows[r];
        const int size = static_cast<int>(row.tokens.size());
        const int documents = std::max<int>(1, static_cast<int>(row.document_starts.size()));
        std::int64_t at = 0;
        for (int d = 0; d < documents && size > 0; ++d) {
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
            const bool full =
                shard.empty() || shard.back().pairs != row.pairs ||
                static_cast<std::int64_t>(shard.back().tokens.size()) + length > micro_tokens;
            if (row.pairs ? d == 0 : full) {
                shard.emplace_back();
                shard.back().pairs = row.pairs;
            }
            append(shard.back(), row, start, length);
            out.longest = std::max(out.longest, length);
            done += length;
        }
    }
    std::erase_if(out.shards, [](const auto& shard) { return shard.empty(); });
    for (const auto& shard : out.shards)
        for (const micro_batch& part : shard) {
            out.targets += static_cast<std::int64_t>(part.targets.size());
            if (part.pairs) out.pairs += static_cast<std::int64_t>(part.documents.size() / 2);
        }
    return out;
}

}  // namespace tessera::engine::train
