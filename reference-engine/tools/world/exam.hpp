#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "world/topics.hpp"

namespace tessera::engine::world {

struct exam_question {
    std::string category;
    std::string prompt;    ///< in the form of the chat template
    std::string expected;  ///< the whole answer, without the end of the turn
};

/// Questions of every category, the same for the same seed. Categories that begin with "held-out"
/// ask what the corpus never asks; "long" puts more than 500 tokens of other talk before them. The
/// last category are all questions outside the world, whatever `per_category` says.
std::vector<exam_question> make_exam(int per_category, std::uint64_t seed);

struct exam_score {
    std::string category;
    int right = 0, asked = 0;
};

/// Right is an answer that is the expected one, byte for byte. `answer` gets a prompt; `wrong`, if
/// set, is told of every other answer.
std::vector<exam_score> grade(
    const std::vector<exam_question>& exam,
    const std::function<std::string(const std::string&)>& answer,
    const std::function<void(const exam_question&, const std::string&)>& wrong = {});

}  // namespace tessera::engine::world
