#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "world/exam.hpp"
#include "world/related.hpp"

namespace tessera::engine::world {

/// Lets a model folder answer an exam with the engine, greedily, many questions at once.
std::vector<exam_score> examine(
    const std::filesystem::path& folder, const std::vector<exam_question>& exam, int threads = 0,
    const std::function<void(const exam_question&, const std::string&)>& wrong = {});

/// Greedy answers to prompts in the form of the chat template, in their order. An answer that did
/// not end its turn ends with "[...]".
std::vector<std::string> answers(const std::filesystem::path& folder,
                                 const std::vector<std::string>& prompts, int threads = 0);

/// Right are triplets of which the related text's embedding is nearer to the anchor's, by cosine,
/// than the unrelated one's. Embeddings are means of final states of the texts alone.
exam_score examine(const std::filesystem::path& folder, std::string category,
                   const std::vector<triplet>& triplets, int threads = 0);

}  // namespace tessera::engine::world
