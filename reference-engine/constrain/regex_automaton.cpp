#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "constrain/language.hpp"
#include "constrain/language_builder.hpp"
#include "constrain/regex.hpp"
#include "constrain/regex_classes.hpp"
#include "constrain/regex_program.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

using operation = regex_program::operation;
using state = language::state;

// What stands on one side of a place in the text.
enum class side : std::uint8_t { edge, word, other };

// A conjunction of lookaheads, each with the state that its automaton has come to: what the rest of
// the text must satisfy.
using obligation = std::pair<std::uint32_t, state>;
using obligations = std::vector<obligation>;  // ascending

// What several automata of one expression share.
class workshop {
  public:
    using index = std::uint32_t;
    static constexpr index none = 0;  // of the obligations: the rest may be anything
    static constexpr index impossible = 0xffffffff;

    explicit workshop(const regex& e) : expression(e), classes(e) {
        number_of({});
        for (index c = 0; c < classes.count(); ++c) {
            const bool word = e.boundaries && escape_class('w').contains(classes.example(c));
            sides_.push_back(word ? side::word : side::other);
        }
    }

    void spend(std::size_t work) {
        constexpr std::size_t most_work = 8'000'000;
        spent_ += work;
        if (spent_ > most_work)
            throw engine_error(error_code::invalid_argument,
                               "regular expression: its automaton takes too much work");
    }

    side side_of(index character_class) const { return sides_[character_class]; }

    // Obligations with a lookahead more, which begins after `before`.
    index add(index owed, regex::index node, side before);

    index step(index owed, index character_class) {
        if (owed == none) return none;
        const auto key = std::uint64_t{owed} << 32U | character_class;
        if (const auto known = steps_.find(key); known != steps_.end()) return known->second;
        obligations next;
        bool possible = true;
        for (const auto& [which, at] : all_[owed]) {
            const language& l = *languages_[which];
            const state to = l.next(at, classes.example(character_class));
            possible = possible && to != language::dead;
            if (possible && !is_free(l, to)) next.emplace_back(which, to);
        }
        return steps_[key] = possible ? number_of(std::move(next)) : impossible;
    }

    bool met(index owed) const {
        return std::ranges::all_of(all_[owed], [&](const obligation& o) {
            return languages_[o.first]->accepts(o.second);
        });
    }

    const regex& expression;
    const regex_classes classes;

  private:
    // Whether everything is a word from there on.
    static bool is_free(const language& l, state s) {
        const auto edges = l.edges(s);
        return l.accepts(s) && edges.size() == code_point_set::universe.size() &&
               std::ranges::equal(edges, code_point_set::universe,
                                  [&](const language::edge& e, const auto& limits) {
                                      return e.to == s && e.first == limits.first &&
                                             e.last == limits.last;
                                  });
    }

    index number_of(obligations o) {
        std::ranges::sort(o);
        o.erase(std::unique(o.begin(), o.end()), o.end());
        const auto [found, added] = numbers_.try_emplace(o, static_cast<index>(all_.size()));
        if (added) all_.push_back(std::move(o));
        return found->second;
    }

    std::vector<side> sides_;  // by class
    std::size_t spent_ = 0;
    std::vector<obligations> all_;
    std::map<obligations, index> numbers_;
    std::unordered_map<std::uint64_t, index> steps_;
    std::map<std::pair<regex::index, side>, std::uint32_t> look_aheads_;
    std::vector<std::unique_ptr<const language>> languages_;
};

// Determinises a program. A state is what the program may have come to by the character before it,
// and of what kind that one was; what holds between two characters is decided when the next one is
// known.
class determiniser {
  public:
    // `search`: the match may begin anywhere.
    determiniser(workshop& shop, const regex_program& program, bool search)
        : shop_(shop),
          program_(program),
          search_(search),
          targets_(shop.classes.count()),
          buckets_(shop.classes.count()) {
        for (index c = 0; c < buckets_.size(); ++c) classes_[shop.side_of(c)].push_back(c);
    }

    language make(side before) {
        language_builder made;
        threads first;
        if (!search_) first.push_back(thread(program_.start, workshop::none));
        number(std::move(first), before);
        for (std::size_t i = 0; i < states_.size(); ++i) {
            expand(states_[i]->first.first, states_[i]->first.second, side::edge);
            made.begin_state(std::ranges::any_of(stepping_, [&](thread_key t) {
                return code(t).is == operation::accept && shop_.met(owed(t));
            }));
            follow(i);
            for (const auto& interval : shop_.classes.intervals()) {
                if (const state to = targets_[interval.of]; to != language::dead)
                    made.add_edge(interval.points.first, interval.points.last, to);
            }
            shop_.spend(shop_.classes.intervals().size());
        }
        return std::move(made).build();
    }

  private:
    using index = workshop::index;
    // An instruction, and what the rest of the text owes.
    using thread_key = std::uint64_t;
    using threads = std::vector<thread_key>;  // ascending
    using key = std::pair<threads, side>;
    struct hash {
        std::size_t operator()(const key& k) const {
            std::uint64_t h = static_cast<std::uint64_t>(k.second);
            for (const thread_key t : k.first) h = (h ^ t) * 0x9e3779b97f4a7c15U, h ^= h >> 29U;
            return h;
        }
    };

    static thread_key thread(index at, index owed) { return std::uint64_t{at} << 32U | owed; }
    static index place(thread_key t) { return static_cast<index>(t >> 32U); }
    static index owed(thread_key t) { return static_cast<index>(t); }
    const regex_program::instruction& code(thread_key t) const { return program_.code[place(t)]; }

    bool has_won(thread_key t) const {
        return owed(t) == workshop::none && code(t).is == operation::accept;
    }

    state number(threads t, side before) {
        std::ranges::sort(t);
        t.erase(std::unique(t.begin(), t.end()), t.end());
        // Once the whole has matched, nothing else matters.
        if (const auto won = std::ranges::find_if(t, [&](thread_key x) { return has_won(x); });
            won != t.end()) {
            t = {*won};
            before = side::other;
        }
        shop_.spend(t.size());
        const auto [found, added] =
            numbers_.try_emplace({std::move(t), before}, static_cast<state>(states_.size()));
        if (added) {
            states_.push_back(&*found);
            language_builder::check_states(states_.size());
        }
        return found->second;
    }

    // Fills `stepping_` with the threads that take the next character, or accept at the end.
    void expand(const threads& from, side before, side after) {
        ++round_;
        stepping_.clear();
        matched_.assign(program_.look_behinds.size(), false);
        const bool won = from.size() == 1 && has_won(from[0]);
        auto next = from.begin();
        // Lookbehinds lie in the program before what asks for them, and so do their threads.
        for (const auto& [start, end] : program_.look_behinds) {
            if (won) break;
            walk(thread(start, workshop::none), before, after);
            for (; next != from.end() && place(*next) < end; ++next) walk(*next, before, after);
        }
        if (search_ && !won) walk(thread(program_.start, workshop::none), before, after);
        for (; next != from.end(); ++next) walk(*next, before, after);
    }

    void walk(thread_key from, side before, side after);
    void follow(std::size_t from);

    workshop& shop_;
    const regex_program& program_;
    const bool search_;
    std::unordered_map<key, state, hash> numbers_;
    std::vector<const std::pair<const key, state>*> states_;
    std::map<side, std::vector<index>> classes_;  // by what they are beside a boundary
    std::vector<state> targets_;                  // by class
    std::vector<threads> buckets_;                // by class
    threads stepping_;
    threads work_;
    std::vector<bool> matched_;                     // by lookbehind
    std::vector<std::vector<std::uint32_t>> seen_;  // by obligations and instruction: when
    std::uint32_t round_ = 0;
};

void determiniser::walk(thread_key from, side before, side after) {
    work_.assign(1, from);
    while (!work_.empty()) {
        const thread_key t = work_.back();
        work_.pop_back();
        if (owed(t) >= seen_.size()) seen_.resize(owed(t) + 1);
        auto& seen = seen_[owed(t)];
        if (seen.empty()) {
            shop_.spend(program_.code.size());
            seen.resize(program_.code.size());
        }
        if (std::exchange(seen[place(t)], round_) == round_) continue;
        const auto& [is, negative, what, next, other] = code(t);
        index owes = owed(t);
        bool holds = true;
        switch (is) {
            case operation::consume:
            case operation::accept:
                stepping_.push_back(t);
                holds = false;
                break;
            case operation::matched:
                matched_[what] = true;
                holds = false;
                break;
            case operation::split:
                work_.push_back(thread(other, owes));
                break;
            case operation::begin:
                holds = before == side::edge;
                break;
            case operation::end:
                holds = after == side::edge;
                break;
            case operation::boundary:
                holds = ((before == side::word) != (after == side::word)) != negative;
                break;
            case operation::look_behind:
                holds = matched_[what] != negative;
                break;
            case operation::look_ahead:
                owes = shop_.add(owes, what, before);
                holds = owes != workshop::impossible;
                break;
        }
        if (holds) work_.push_back(thread(next, owes));
    }
}

// Fills `targets_`.
void determiniser::follow(std::size_t from) {
    for (const auto& [kind, members] : classes_) {
        const key& here = states_[from]->first;
        expand(here.first, here.second, kind);
        for (const thread_key t : stepping_) {
            const auto& [is, negative, what, next, other] = code(t);
            const bool any = is == operation::accept;
            const std::vector<index>& taken = any ? members : shop_.classes.of_set(what);
            shop_.spend(taken.size());
            for (const index c : taken) {
                if (!any && shop_.side_of(c) != kind) continue;
                const index owes = shop_.step(owed(t), c);
                if (owes != workshop::impossible)
                    buckets_[c].push_back(thread(any ? place(t) : next, owes));
            }
        }
        for (const index c : members) {
            const bool dead = buckets_[c].empty() && !search_;
            targets_[c] = dead ? language::dead : number(std::exchange(buckets_[c], {}), kind);
        }
    }
}

workshop::index workshop::add(index owed, regex::index node, side before) {
    const regex::node& look = expression.nodes[node];
    const auto [found, added] = look_aheads_.try_emplace({node, before}, 0);
    if (added) {
        // Deep as lookaheads nest, which the parser bounds.
        const regex_program inner = regex_program::compile(expression, look.parts[0]);
        language l = determiniser(*this, inner, false).make(before);
        if (look.negative) l = complement(l);
        found->second = static_cast<std::uint32_t>(languages_.size());
        languages_.push_back(std::make_unique<const language>(std::move(l)));
    }
    const language& l = *languages_[found->second];
    if (l.empty()) return impossible;
    if (is_free(l, l.start())) return owed;
    obligations more = all_[owed];
    more.emplace_back(found->second, l.start());
    return number_of(std::move(more));
}

}  // namespace

language language::matching(std::string_view pattern) {
    const regex expression = regex::parse(pattern);
    workshop shop(expression);
    const regex_program program = regex_program::compile(expression, expression.root);
    return determiniser(shop, program, true).make(side::edge);
}

}  // namespace tessera::engine
