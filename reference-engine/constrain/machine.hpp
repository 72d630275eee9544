#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "constrain/frame.hpp"
#include "constrain/schema_graph.hpp"

namespace tessera::engine {

/// What a text may be: rules over bytes, values of JSON Schemas, and free text up to a mark. A rule
/// is the state it starts from. Immutable once built.
struct grammar {
    struct edge {
        enum class kind : std::uint8_t {
            bytes,  // one of `first` to `last`
            rule,   // what the rule `target` is
            value,  // a JSON value of graph `target`, with blanks before it
            text    // anything up to the mark `target`, which is eaten; -1: no mark. With `to`
                    // -1 the mark never comes
        };
        kind what;
        int to;
        int target = 0;
        unsigned char first = 0, last = 0;
        bool may_end = false;  // of text: the whole may end before the mark
    };
    struct state {
        std::vector<edge> edges{};
        bool final = false;
        bool nullable = false;  // the rule may end here without another byte
    };

    std::vector<schema_graph> graphs{};
    std::vector<state> states{};
    std::vector<std::string> marks{};
    int start = 0;
    /// Blanks between a value's parts are one space, or a line's end and its indentation: a model
    /// that does not know how to go on is not to fill pages with them. Otherwise any, in runs of
    /// 128.
    bool tidy = false;
};

/// All ways in which the text so far may be read; none: it is no beginning of a text of the
/// grammar.
using readings = std::vector<const frame*>;

/// Steps readings from byte to byte. Every reading that is left can be completed.
class machine {
  public:
    machine(const grammar& g, frame_pool& pool) : grammar_(g), pool_(pool) {}

    readings begin();
    /// Appends what `from` becomes with one byte, each once. Throws engine_error limit when there
    /// are too many readings.
    void step(const frame* from, unsigned char byte, readings& to);
    void step(const readings& from, unsigned char byte, readings& to);
    /// Appends what a rule may begin with: free text, values, and rules that begin with a byte.
    /// Other frames are themselves.
    void expand(const frame*, readings& to);
    /// Whether the text may end here.
    bool complete(const frame*) const;
    bool complete(const readings&) const;

    /// A closed string or number gives way to its parent.
    const frame* after(const frame& scalar);
    /// Whether an object's next name may be any that was not used.
    bool free_names(const frame& object) const;
    /// Names that go on from a key's and are not like any other: those that the schema speaks of
    /// and those that are there. Ascending.
    std::vector<std::string> told_apart(const frame& key) const;
    /// What follows a key whose name is that, once it is closed.
    readings named(const frame& key, const std::string& name);

  private:
    using kind = frame::kind;

    void add(readings& to, const frame* f);
    void expand_rule(const frame*, readings& to);
    const frame* going_on(const frame& rule, int state);
    void step_text(const frame&, unsigned char byte, readings& to);
    void step_mark(const frame&, unsigned char byte, readings& to);
    void step_literal(const frame&, unsigned char byte, readings& to);
    void step_number(const frame&, unsigned char byte, readings& to);
    void step_string(const frame&, unsigned char byte, readings& to);
    void step_key(const frame&, unsigned char byte, readings& to);
    void step_array(const frame&, unsigned char byte, readings& to);
    void step_object(const frame&, unsigned char byte, readings& to);
    bool blank(const frame&, unsigned char byte, readings& to);
    void enter(int graph, node_id, const frame* parent, unsigned char byte, readings& to);
    bool collects(const frame* parent) const;

    struct names;  // what an object may still be told
    names open_names(const frame& object) const;
    static bool live_name(const names&, const std::string& begun,
                          const json_character::range* within);

    template <class Vector>
    static const auto& at(const Vector& v, std::int32_t i) {
        return v[static_cast<std::size_t>(i)];
    }
    const schema_graph& graph(const frame& f) const {
        return grammar_.graphs[static_cast<std::size_t>(f.graph)];
    }

    const grammar& grammar_;
    frame_pool& pool_;
    readings visited_;  // rules that are being expanded
};

/// How much of a mark has been read after one byte more (Knuth, Morris and Pratt).
int next_in_mark(std::string_view mark, int read, unsigned char byte);

void append_utf8(std::string& to, char32_t);

}  // namespace tessera::engine
