// What weights of bf16 and int8, and a cache of bf16, cost the bundled model beside f32: perplexity of
// the answers in documents that it has not seen and of answers to what its corpus never asks, how far
// its predictions are from those of f32, and how often another token is the likeliest.
//   bench-precision_cost FOLDER [DOCUMENTS]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "run/cpu/forward.hpp"
#include "world/exam.hpp"
#include "world/training_text.hpp"

namespace {

using namespace tessera::engine;

using text = std::vector<train::training_row>;  // with masks of what is predicted

// Log probabilities [position][token] of one sequence.
std::vector<std::vector<float>> read(const model& m, cpu::element cached, thread_pool& pool,
                                     const std::vector<int>& tokens) {
    std::vector<int> places(tokens.size());
    std::iota(places.begin(), places.end(), 0);
    kv_cache cache(m.config(), static_cast<int>(tokens.size()) / cpu::block_positions + 1, cached);
    forward_pass pass(m, cache, pool, static_cast<int>(tokens.size()));
    const sequence_part part{tokens, 0, places, places};
    pass.compute({&part, 1});
    std::vector<std::vector<float>> result;
    for (const int slot : places) {
        const float* logits = pass.logits({&slot, 1});
        auto& row = result.emplace_back(logits, logits + m.config().vocab_size);
        const double largest = *std::ranges::max_element(row);
        double sum = 0;
        for (const float x : row) sum += std::exp(x - largest);
        for (float& x : row) x = static_cast<float>(x - largest - std::log(sum));
    }
    return result;
}

struct cost {
    double loss = 0;        // of the predicted tokens
    double divergence = 0;  // KL of the predictions from those of f32
    long others = 0;        // where another token is the likeliest
    long tokens = 0;
};

cost measure(const model& exact, const model& m, cpu::element cached, const text& rows) {
    thread_pool pool(2);
    cost total;
    for (const auto& row : rows) {
        const auto wanted = read(exact, cpu::element::f32, pool, row.tokens);
        const auto found = read(m, cached, pool, row.tokens);
        for (std::size_t i = 0; i + 1 < row.tokens.size(); ++i) {
            if (!row.loss_mask[i + 1]) continue;
            ++total.tokens;
            total.loss -= found[i][static_cast<std::size_t>(row.tokens[i + 1])];
            for (std::size_t t = 0; t < found[i].size(); ++t)
                total.divergence += std::exp(wanted[i][t]) * (wanted[i][t] - found[i][t]);
            total.others += std::ranges::max_element(wanted[i]) - wanted[i].begin() !=
                            std::ranges::max_element(found[i]) - found[i].begin();
        }
    }
    return total;
}

text documents(const tokenizer& tokens, int count) {
    world::corpus unseen(0x5eed'0f'0e57);
    text rows;
    for (int i = 0; i < count; ++i) rows.push_back(world::to_row(unseen.next(), tokens));
    return rows;
}

text held_out(const tokenizer& tokens, int count) {
    text rows;
    for (const auto& question : world::make_exam(count / 10, 7)) {
        if (!question.category.starts_with("held-out")) continue;
        world::document asked{{{question.prompt, false}, {question.expected, true}}};
        rows.push_back(world::to_row(asked, tokens));
    }
    return rows;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: see the head of the source\n";
        return 2;
    }
    try {
        const int count = argc > 2 ? std::stoi(argv[2]) : 300;
        const auto tokens = tokenizer::load(argv[1]);
        const auto exact = model::load(argv[1], {.precision = weight_precision::f32});
        for (const auto& [title, rows] : {std::pair{"unseen documents", documents(tokens, count)},
                                          {"held-out answers", held_out(tokens, count)}}) {
            for (const auto& [name, precision] : {std::pair{"f32", weight_precision::f32},
                                                  {"bf16", weight_precision::bf16},
                                                  {"int8", weight_precision::int8}}) {
                const auto m = model::load(argv[1], {.precision = precision});
                for (const auto cached : {cpu::element::f32, cpu::element::bf16}) {
                    const cost c = measure(*exact, *m, cached, rows);
                    const auto each = static_cast<double>(c.tokens);
                    std::printf("| %s | %s | %s | %ld | %.5f | %.6f | %.3f %% |\n", title, name,
                                cached == cpu::element::f32 ? "f32" : "bf16", c.tokens,
                                std::exp(c.loss / each), c.divergence / each,
                                100.0 * static_cast<double>(c.others) / each);
                    std::fflush(stdout);
                }
            }
        }
    } catch (const std::exception& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
