#pragma once

#include <string>
#include <utility>

#include "world/chat_form.hpp"
#include "world/facts.hpp"
#include "world/random.hpp"

namespace tessera::engine::world {

/// One question with everything an answer in any style is made of.
struct item {
    std::string user;
    std::string answer;
    std::string brief;    ///< the answer alone; digits only: a number
    std::string thought;  ///< may be empty
    std::string key;      ///< of a JSON answer
};

/// Which side of the held-out line a question is drawn from.
enum class side { corpus, held_out_template, held_out_combination };

item fact_item(random& r, side from = side::corpus);
item fact_item(const fact_table& table, const fact& f, std::string question);
/// Sums, differences and products of small numbers; an unseen one is never asked by the corpus.
item sum_item(random& r, bool unseen = false);
/// Several sums at once.
item drill_item(random& r);
item repeat_item(random& r);
/// A word to repeat, or a fact about a word, in quotation marks, which change nothing. The fact is
/// asked in a way that the corpus never asks for it.
item quoted_item(random& r);
item list_item(random& r);
/// Numbers from one to another; an unseen range is never counted by the corpus.
item counting_item(random& r, bool unseen = false);
item talk_item(random& r);
item story_item(random& r);
/// What the world does not know: "I do not know."
item unknown_item(random& r);
/// A few sentences about invented people and a question about one of them.
item reading_item(random& r);

std::size_t talk_size();
std::pair<std::string, std::string> talk_sample(std::size_t index);  ///< question and answer

/// Adds a request for a JSON object and the object.
void add_json_turn(conversation& c, random& r, bool unseen = false);
/// Sets the tools of a conversation and adds a request that needs one of them, the calls and, at
/// times, results and the final answer. Call once, on a conversation without tools.
enum class tool_exam {
    none,
    held_out_template,
    invented_tool,
    results,
    several,
    several_held_out,
    several_results
};
void add_tool_turn(conversation& c, random& r, tool_exam exam = tool_exam::none);
/// Tools that nobody needs.
void add_idle_tools(conversation& c, random& r);
/// "My name is ...", other talk, "What is my name?".
void add_recall_turns(conversation& c, random& r, int between);

void say(conversation& c, std::string_view role, std::string content);
/// How the system prompt or the request wants answers.
enum class style { plain, brief, json_object, think };
/// A turn of some topic; a plain conversation may ask for another style in the request.
void add_turn(conversation& c, random& r, style wanted = style::plain);
/// {key: the brief answer}, a number where it is one.
json json_answer(const item& i, const std::string& key);
/// The answer to an item as a message.
json answer_message(const item& i, style wanted);

std::string shown(const json& value);  ///< a string without its quotes
std::string common_word(random& r);
std::string word(random& r);     ///< a common one, or one that does not exist
std::string number_name(int n);  ///< "three"; digits above twelve
std::string person(random& r);
std::string city(random& r);
std::string letters(random& r, int low, int high);
std::string quoted(random& r, std::string_view text);  ///< in quotation marks of some kind

}  // namespace tessera::engine::world
