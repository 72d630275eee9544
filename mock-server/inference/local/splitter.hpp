#pragma once
// From the text of an assistant's turn to its parts: thoughts, content, calls.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::server {

/// Blank space between the parts of a turn.
inline constexpr std::string_view blanks = " \t\r\n";

/// What a model writes around its thoughts and its calls. Empty where it has no such thing.
struct answer_marks {
    std::string think{};
    std::string end_think{};
    std::string call{};
    std::string end_call{};
    std::string arguments{};  // the member of a call beside "name"
};

enum class answer_part { content, thoughts, mark, call };

/// A stretch of the text. All texts together are the text that was pushed.
struct answer_piece {
    answer_part part = answer_part::content;
    std::string text{};
    std::string name{};  // of the call that begins here
    std::string
        arguments{};  // what the last begun call's arguments grow by: JSON as it was written
};

/// Takes a turn as it comes and gives out what is decided. The pieces, joined, do not depend on how
/// the text was cut. Blank space beside a mark belongs to the mark. Thoughts that are never closed
/// go on to the end. A call is an object of "name" and arguments, in this order, the arguments an
/// object; what does not begin like one is content, its mark included.
class answer_splitter {
  public:
    struct options {
        bool thinking = false;   // the prompt has opened the thoughts
        bool may_think = false;  // thoughts may be opened at the very beginning
        bool may_call = false;
    };

    answer_splitter(answer_marks marks, options how);

    std::vector<answer_piece> push(std::string_view text);
    /// The rest, at the end of the text.
    std::vector<answer_piece> finish();

  private:
    enum class state { start, blank, thoughts, content, call_head, arguments, call_tail };

    bool step(std::vector<answer_piece>& to);
    bool open(std::vector<answer_piece>& to);
    bool skip_blank(std::vector<answer_piece>& to);
    bool seek(std::string_view mark, answer_part before, answer_part of_mark, state found,
              std::vector<answer_piece>& to);
    bool begin_call(std::vector<answer_piece>& to);
    bool take_arguments(std::vector<answer_piece>& to);
    void after_blank(answer_part blank, state next);
    void give(std::vector<answer_piece>& to, answer_part part, std::size_t size);

    answer_marks marks_;
    bool may_call_;
    state state_;
    answer_part blank_ = answer_part::mark;
    state after_blank_ = state::thoughts;
    std::string pending_;
    std::size_t head_ = 0;  // size of the mark in front of a call's head
    int depth_ = 0;         // inside arguments
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace tessera::server
