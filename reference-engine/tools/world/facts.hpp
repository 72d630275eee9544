#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::engine::world {

/// One kind of fact. In texts {x} is what is asked about and {y} the answer, {X} and {Y} the same
/// with a capital letter, {x's} the possessive. Lists are separated by '|'.
struct relation {
    std::string_view name;
    double weight;               ///< share among all relations
    std::string_view key;        ///< of a JSON answer
    std::string_view sentence;   ///< the whole answer
    std::string_view nouns;      ///< "the capital of {x}": put into the general questions
    std::string_view questions;  ///< questions of this relation alone
    std::string_view held_out;   ///< questions that the corpus never asks
    std::string_view facts;      ///< "x=y" in each line
    bool inverse = false;        ///< asks from y to x
};

/// What an answer is made of.
struct fact {
    std::string_view x, y;
};

/// A relation, read. In questions '@' stands for the key with a capital letter.
struct fact_table {
    const relation* source;
    std::vector<std::string> nouns, questions, held_out;
    std::vector<fact> facts;
};

std::span<const fact_table> fact_tables();

/// What is kept out of the corpus, all in one place: the lists named held_out above, the questions
/// outside the world (outside.hpp), and of everything else what this function picks, about one in
/// 24.
bool held_out(std::string_view question);
/// All the ways to ask for one fact, whole questions; either those for the corpus or those never
/// asked there because of their template.
std::vector<std::string> questions_for(const fact_table& table, const fact& fact, bool unseen);

/// Puts x and y into a text.
std::string filled(std::string_view text, std::string_view x, std::string_view y = {});
/// `text` with a capital first letter.
std::string capital(std::string_view text);
/// A question as it is compared: lower case, without the final mark.
std::string normal(std::string_view question);
/// A list separated by '|'.
std::vector<std::string_view> split(std::string_view text, char separator = '|');
std::string replace(std::string_view text, std::string_view from, std::string_view to);

namespace detail {
extern const std::span<const relation> geography, nature, language, culture;
}

}  // namespace tessera::engine::world
