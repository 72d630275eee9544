#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "decode/constraint.hpp"

namespace tessera::engine {

class tokenizer;

/// How an assistant's turn is written by a model: the marks around thoughts and around calls.
struct answer_marks {
    std::string think = "<think>";
    std::string end_think = "</think>";
    std::string call = "<tool_call>";
    std::string end_call = "</tool_call>";
    std::string arguments = "arguments";  // the call's member beside "name"
};

/// What an answer may be. Without tools, schema and grammar its content is free.
struct answer_form {
    struct tool {
        std::string name;
        nlohmann::ordered_json parameters;  // JSON Schema of an object; null: any object
    };

    answer_marks marks{};
    bool thinking = false;   // the prompt has opened the thoughts already
    bool may_think = false;  // the answer may open thoughts itself, at its very beginning
    int most_thoughts =
        -1;  // tokens of thought, after which they are closed; -1: as many as it likes
    std::vector<tool> tools{};
    int min_calls = 0;  // 1 and more: the answer has no content, only calls
    int max_calls = 0;  // -1: any number; 0: none, and free content never has the mark of a call
    std::optional<nlohmann::ordered_json> schema{};  // of the content, where nothing is called
    std::string grammar{};  // of the content: GBNF whose start is `root`; not with a schema
};

/// A compiled form, for one tokenizer. Thread-safe; keeps token masks for all completions that use
/// it.
class answer_grammar {
  public:
    virtual ~answer_grammar() = default;
    /// The beginning of one completion. It keeps the grammar alive.
    virtual std::shared_ptr<constraint> begin() const = 0;
};

/// Compiles forms for one tokenizer and keeps the latest. Thread-safe.
class answer_compiler {
  public:
    answer_compiler(std::shared_ptr<const tokenizer>, std::vector<token_id> end_tokens);
    ~answer_compiler();

    /// Throws schema_refused (constrain/schema_problem.hpp) with the JSON pointer of the keyword
    /// that cannot be enforced, beginning with `/schema`, `/tools/N/parameters` or `/grammar`.
    std::shared_ptr<const answer_grammar> compile(const answer_form&);

  private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace tessera::engine
