#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "train/network.hpp"
#include "train/trainer.hpp"

namespace tessera::engine::train {

// The formulas of golden.py.
inline model_config golden_config(const nlohmann::json& c) {
    model_config out;
    out.architecture = c.at("bias").get<bool>() ? "Qwen2ForCausalLM" : "LlamaForCausalLM";
    out.vocab_size = c.at("vocab");
    out.hidden_size = c.at("d");
    out.layers = c.at("layers");
    out.heads = c.at("heads");
    out.kv_heads = c.at("kv");
    out.head_dim = c.at("hd");
    out.intermediate_size = c.at("f");
    out.max_position = 128;
    out.rms_eps = 1e-5F;
    out.tied_embeddings = c.at("tied");
    out.attention_bias = c.at("bias");
    return out;
}

template <class T>
T golden_weight(std::string_view name, std::size_t number, std::size_t i) {
    const double wave = std::sin(double(i) * 1.37 + double(number) * 0.61);
    return T(name.ends_with("norm.weight") ? 1 + 0.1 * wave : 0.2 * wave);
}

inline std::vector<training_row> golden_rows(int vocab) {
    std::vector<training_row> rows;
    const std::vector<std::vector<int>> lengths{{50, 1, 13}, {2, 70}};
    for (int r = 0; r < 2; ++r) {
        training_row row;
        int at = 0;
        for (const int length : lengths[r]) {
            row.document_starts.push_back(at);
            at += length;
        }
        for (int i = 0; i < at; ++i) {
            row.tokens.push_back((i * 7 + r * 5 + i * i / 3) % vocab);
            row.loss_mask.push_back(i % 3 != 1);
        }
        rows.push_back(row);
    }
    return rows;
}

inline model_config small_config(int vocab = 48) {
    return golden_config({{"vocab", vocab},
                          {"d", 32},
                          {"layers", 2},
                          {"heads", 2},
                          {"kv", 1},
                          {"hd", 16},
                          {"f", 64},
                          {"bias", false},
                          {"tied", true}});
}

inline std::vector<float> weights_of(trainer& t) {
    std::vector<float> out;
    for (const auto& name : t.weight_names()) {
        const auto w = t.weight(name);
        out.insert(out.end(), w.begin(), w.end());
    }
    return out;
}

// Documents that count upwards: easy to learn.
inline std::vector<training_row> counting_rows(int vocab, int seed) {
    std::vector<training_row> rows(6);
    for (int r = 0; r < 6; ++r)
        for (int i = 0; i < 128; ++i) {
            if (i % 32 == 0) rows[r].document_starts.push_back(i);
            rows[r].tokens.push_back((seed * 11 + r * 17 + i / 32 * 5 + i) % vocab);
        }
    return rows;
}

inline error_code code_of(const auto& action) {
    try {
        action();
    } catch (const engine_error& e) {
        return e.code;
    }
    ADD_FAILURE() << "nothing was thrown";
    return error_code::io;
}

struct scratch_folder {
    scratch_folder() { std::filesystem::create_directories(path); }
    ~scratch_folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("tessera-train-" + std::to_string(::getpid()));
};

}  // namespace tessera::engine::train
