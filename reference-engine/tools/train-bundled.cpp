// Makes the bundled model from nothing: tokenizer, chat template and weights.
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include "world/training_text.hpp"

namespace {

using namespace tessera::engine;

void write(const std::filesystem::path& file, const nlohmann::ordered_json& content) {
    std::ofstream out(file, std::ios::binary);
    out << content.dump(1) << '\n';
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

int run(int argc, char** argv) {
    std::filesystem::path out, from, state;
    std::uint64_t seed = 1;
    int steps = 25'000;  // about 31 million tokens
    int threads = 0, every = 1000;
    double rate = 3e-3;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (i + 1 == argc || !name.starts_with("--")) {
            std::cerr
                << "usage: tessera-train-bundled --out DIR [--steps N] [--seed N] [--threads N] "
                   "[--learning-rate X] [--checkpoint-every STEPS] [--from DIR] [--state FILE]\n"
                   "--from: trains that model further; --state: written with every checkpoint, and "
                   "training goes on from it if it is there\n";
            return 2;
        }
        const std::string value = argv[++i];
        if (name == "--out")
            out = value;
        else if (name == "--steps")
            steps = std::stoi(value);
        else if (name == "--seed")
            seed = std::stoull(value);
        else if (name == "--threads")
            threads = std::stoi(value);
        else if (name == "--learning-rate")
            rate = std::stod(value);
        else if (name == "--checkpoint-every")
            every = std::stoi(value);
        else if (name == "--from")
            from = value;
        else if (name == "--state")
            state = value;
        else
            throw std::invalid_argument("unknown option " + name);
    }
    if (out.empty()) throw std::invalid_argument("--out DIR is missing");

    const auto begun = std::chrono::steady_clock::now();
    std::filesystem::create_directories(out);
    if (from.empty()) write(out / "tokenizer.json", world::bundled_tokenizer(seed));
    write(out / "tokenizer_config.json", world::bundled_tokenizer_config());
    const auto text = tokenizer::load(from.empty() ? out : from);

    train::train_options options;
    options.learning_rate = rate;
    options.threads = threads;
    options.seed = seed;
    options.steps = steps;
    train::trainer trainer(world::bundled_config(text.vocab_size()), options);
    // Whole documents: a row holds about 290 tokens.
    world::training_text source(seed + 1, text, 4, 200);
    if (!from.empty()) {
        trainer.load(from);
        if (from != out)
            std::filesystem::copy_file(from / "tokenizer.json", out / "tokenizer.json",
                                       std::filesystem::copy_options::overwrite_existing);
    }
    if (!state.empty() && std::filesystem::exists(state)) trainer.load_state(state);
    std::cout << trainer.parameter_count() << " parameters, " << options.steps << " steps\n";

    double loss = 0;
    trainer.run(source, [&](const train::training_progress& p) {
        loss += p.loss;
        if (p.step % 100 == 0) {
            std::printf(
                "step %d  tokens %lld  loss %.4f  pairs %.4f  rate %.5f  norm %.2f  %.0f "
                "tokens/s\n",
                p.step, static_cast<long long>(p.tokens), loss / 100, p.pair_loss, p.learning_rate,
                p.gradient_norm, p.tokens_per_second);
            std::fflush(stdout);
            loss = 0;
        }
        if (p.step % every == 0) {
            trainer.save(out);
            if (!state.empty()) trainer.save_state(state);
        }
        return true;
    });
    trainer.save(out);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::printf("%lld tokens in %.0f seconds\n", static_cast<long long>(trainer.progress().tokens),
                took.count());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "tessera-train-bundled: " << e.what() << '\n';
        return 1;
    }
}
