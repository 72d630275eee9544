#include "constrain/regex_program.hpp"

#include <algorithm>

namespace tessera::engine {
namespace {

using address = regex_program::index;
using operation = regex_program::operation;

// Each part is written for what follows it, so that the last one comes first.
class compiler {
  public:
    compiler(const regex& expression, regex_program& program)
        : expression_(expression), program_(program) {}

    address emit(regex_program::instruction i) {
        program_.code.push_back(i);
        return static_cast<address>(program_.code.size() - 1);
    }

    // As deep as the groups nest, which the parser bounds.
    address part(regex::index at, address next) {
        const regex::node& node = expression_.nodes[at];
        switch (node.is) {
            case regex::kind::set:
                return emit({.is = operation::consume, .what = node.set, .next = next});
            case regex::kind::sequence:
                for (auto each = node.parts.rbegin(); each != node.parts.rend(); ++each)
                    next = part(*each, next);
                return next;
            case regex::kind::choice: {
                address all = part(node.parts.back(), next);
                for (auto each = node.parts.rbegin() + 1; each != node.parts.rend(); ++each)
                    all = emit({.is = operation::split, .next = part(*each, next), .other = all});
                return all;
            }
            case regex::kind::repeat:
                return repeat(node, next);
            case regex::kind::begin:
                return emit({.is = operation::begin, .next = next});
            case regex::kind::end:
                return emit({.is = operation::end, .next = next});
            case regex::kind::boundary:
                return emit({.is = operation::boundary, .negative = node.negative, .next = next});
            case regex::kind::look_ahead:
                return emit({.is = operation::look_ahead,
                             .negative = node.negative,
                             .what = at,
                             .next = next});
            case regex::kind::look_behind: {
                const auto& all = expression_.look_behinds;
                return emit({.is = operation::look_behind,
                             .negative = node.negative,
                             .what = static_cast<address>(std::ranges::find(all, at) - all.begin()),
                             .next = next});
            }
        }
        return next;
    }

  private:
    address repeat(const regex::node& node, address next) {
        const address after = next;
        std::uint32_t times = node.least;
        if (node.most == regex::unlimited) {
            const address loop = emit({.is = operation::split, .other = after});
            const address body = part(node.parts[0], loop);
            program_.code[loop].next = body;
            next = times == 0 ? loop : body;
            times -= times == 0 ? 0 : 1;
        } else {
            for (std::uint32_t i = node.least; i < node.most; ++i)
                next = emit(
                    {.is = operation::split, .next = part(node.parts[0], next), .other = after});
        }
        for (; times > 0; --times) next = part(node.parts[0], next);
        return next;
    }

    const regex& expression_;
    regex_program& program_;
};

}  // namespace

regex_program regex_program::compile(const regex& expression, regex::index node) {
    regex_program made;
    compiler writer(expression, made);
    if (node == expression.root) {
        for (address i = 0; i < expression.look_behinds.size(); ++i) {
            const regex::index inner = expression.nodes[expression.look_behinds[i]].parts[0];
            const address matched = writer.emit({.is = operation::matched, .what = i});
            const address start = writer.part(inner, matched);
            made.look_behinds.push_back({start, static_cast<address>(made.code.size())});
        }
    }
    const address accept = writer.emit({.is = operation::accept});
    made.start = writer.part(node, accept);
    return made;
}

}  // namespace tessera::engine
