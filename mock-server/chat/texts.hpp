#pragma once
// Text completions: prompts, how many choices, and which of them are the best.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chat/reply.hpp"
#include "chat/sampling.hpp"
#include "inference/task.hpp"

namespace tessera::server {

/// The four forms of prompts, and of inputs.
using prompt_forms = std::variant<std::string, std::vector<std::string>, std::vector<int>,
                                  std::vector<std::vector<int>>>;
void read_prompts(const prompt_forms& given, const std::string& name, const model_card& card,
                  std::vector<text_prompt>& to, issue_list& issues);

/// How many choices are shown of each prompt. The task makes as many, or `best_of` that are ranked.
std::size_t read_text_choices(const std::optional<std::int64_t>& n,
                              const std::optional<std::int64_t>& best_of, bool streams,
                              const std::string& prompt_name, text_task& to, issue_list& issues);

/// For each prompt the choices that are shown: all in their order, or the likeliest ones.
std::vector<std::size_t> ranked(const std::vector<said_choice>& all, std::size_t made_of_each,
                                std::size_t shown_of_each);

}  // namespace tessera::server
