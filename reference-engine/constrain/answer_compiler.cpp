#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>
#include <utility>

#include "constrain/answer_form.hpp"
#include "constrain/gbnf.hpp"
#include "constrain/rule_builder.hpp"
#include "constrain/token_masks.hpp"
#include "core/error.hpp"
#include "text/tokenizer.hpp"

namespace tessera::engine {
namespace {

constexpr std::size_t kept_forms = 64;
constexpr std::size_t most_frames =
    4096;  // of one completion, before those left behind are dropped

schema_graph satisfiable(const nlohmann::ordered_json& schema, const std::string& pointer) {
    auto made = schema_graph::compile(schema, pointer);
    if (!made.satisfiable()) throw schema_refused({pointer, "", "no value satisfies this schema"});
    return made;
}

// What an assistant's turn may be, as rules.
class form_builder {
  public:
    form_builder(grammar& g, const answer_form& form) : grammar_(g), build_(g), form_(form) {}

    void build() {
        const int begin = build_.state();
        grammar_.start = begin;
        const int end = build_.state();
        build_.finish(end);
        if (form_.thinking) {
            body(build_.text(begin, form_.marks.end_think, false), end);
        } else {
            body(begin, end);
            if (form_.may_think) {
                const int thought = build_.literal(begin, form_.marks.think);
                body(build_.text(thought, form_.marks.end_think, false), end);
            }
        }
        check_rules(grammar_);
    }

  private:
    void body(int from, int end) {
        const bool calls = !form_.tools.empty() && form_.max_calls != 0;
        const bool content = form_.min_calls == 0;
        const bool free = content && !form_.schema && form_.grammar.empty();
        if (content && form_.schema)
            build_.skip(build_.value(from, satisfiable(*form_.schema, "/schema")), end);
        else if (content && !form_.grammar.empty())
            build_.call(from, end, add_gbnf(grammar_, form_.grammar));
        else if (free && !calls && (form_.tools.empty() || form_.marks.call.empty()))
            build_.free_text(from, end);
        else if (free && !calls)
            build_.text_without(from, form_.marks.call);
        if (!calls) return;
        const int marked = free ? build_.text(from, form_.marks.call, true)
                                : build_.literal(build_.blanks(from), form_.marks.call);
        call_list(marked, end);
    }

    // Behind the first mark of a call: the call, and others that may follow.
    void call_list(int from, int end) {
        for (int i = 1;; ++i) {
            const int closed = build_.blanks(call(from));
            if (i >= form_.min_calls) build_.skip(closed, end);
            if (i == form_.max_calls) return;
            const int next = build_.literal(closed, form_.marks.call);
            if (form_.max_calls < 0 && i >= form_.min_calls) return build_.skip(next, from);
            from = next;
        }
    }

    int call(int from) {
        if (call_ < 0) {
            call_ = build_.state();
            build_.finish(call_body(call_));
        }
        const int end = build_.state();
        build_.call(from, end, call_);
        return end;
    }

    // {"name": "...", "arguments": {...}} and the closing mark.
    int call_body(int from) {
        int at = build_.blanks(from);
        at = build_.blanks(build_.literal(at, "{"));
        at = build_.blanks(build_.literal(at, "\"name\""));
        at = build_.blanks(build_.literal(at, ":"));
        at = build_.literal(at, "\"");
        const int closed = build_.state();
        for (std::size_t i = 0; i < form_.tools.size(); ++i) {
            int here =
                build_.literal(at, nlohmann::ordered_json(form_.tools[i].name).dump().substr(1));
            here = build_.blanks(build_.literal(build_.blanks(here), ","));
            here = build_.blanks(
                build_.literal(here, nlohmann::ordered_json(form_.marks.arguments).dump()));
            here = build_.literal(here, ":");
            build_.skip(build_.value(here, arguments(i)), closed);
        }
        at = build_.literal(build_.blanks(closed), "}");
        return build_.literal(build_.blanks(at), form_.marks.end_call);
    }

    schema_graph arguments(std::size_t tool) const {
        static const nlohmann::ordered_json any_object = {{"type", "object"}};
        const auto& given = form_.tools[tool].parameters;
        if (given.is_null()) return schema_graph::compile(any_object);
        const bool object =
            given.is_object() && given.value("type", nlohmann::ordered_json()) == "object";
        if (!object)
            throw schema_refused({"/tools/" + std::to_string(tool) + "/parameters", "type",
                                  "the parameters of a tool are a schema whose type is object"});
        return satisfiable(given, "/tools/" + std::to_string(tool) + "/parameters");
    }

    grammar& grammar_;
    rule_builder build_;
    const answer_form& form_;
    int call_ = -1;  // the rule of one call
};

class compiled : public answer_grammar, public std::enable_shared_from_this<compiled> {
  public:
    compiled(const answer_form& form, std::shared_ptr<const token_trie> trie,
             std::shared_ptr<token_masks::cache> common, std::shared_ptr<const tokenizer> given,
             std::vector<token_id> ends)
        : text(std::move(given)), end_tokens(std::move(ends)), most_thoughts(form.most_thoughts) {
        rules.tidy = true;
        form_builder(rules, form).build();
        for (const std::string& each : {form.marks.end_think, std::string("\""), std::string("}"),
                                        std::string("]"), std::string(","), std::string(":")})
            closers.push_back(trie->find(each));
        masks = std::make_unique<token_masks>(rules, std::move(trie), std::move(common));
    }

    std::shared_ptr<constraint> begin() const override;

    grammar rules;
    std::unique_ptr<token_masks> masks;  // thread-safe
    std::shared_ptr<const tokenizer> text;
    std::vector<token_id> end_tokens;
    std::vector<token_id>
        closers;  // of thoughts, strings, objects, ...; -1 where no token is just that
    int most_thoughts;
};

class reader : public constraint {
  public:
    explicit reader(std::shared_ptr<const compiled> form)
        : form_(std::move(form)), machine_(form_->rules, pool_) {
        go_on(machine_.begin());
    }

    void allowed(std::span<std::uint64_t> words) override {
        std::fill(words.begin(), words.end(), 0);
        if (ended_) return allow_end(words);
        form_->masks->allow(thoughts_over() ? closing() : now_, pool_, words);
        towards_end_ = -1;
        if (machine_.complete(now_)) return allow_end(words);
        // A model that would end is helped to close what is open.
        for (const token_id each : form_->closers)
            if (within(words, each) &&
                (words[static_cast<std::size_t>(each) / 64] >> (each % 64) & 1) != 0 &&
                (thinking() || each != form_->closers.front())) {
                towards_end_ = each;
                break;
            }
    }

    token_id towards_end() const override { return towards_end_; }

    bool accept(token_id token) override {
        if (ended_) return false;
        if (std::find(form_->end_tokens.begin(), form_->end_tokens.end(), token) !=
            form_->end_tokens.end())
            return machine_.complete(now_) && (ended_ = true);
        if (form_->text->is_special(token)) return false;
        readings at = thoughts_over() ? closing() : now_, next;
        for (const char byte : form_->text->token_bytes(token)) {
            next.clear();
            machine_.step(at, static_cast<unsigned char>(byte), next);
            if (next.empty()) return false;
            std::swap(at, next);
            track(static_cast<unsigned char>(byte));
        }
        if (thinking()) ++thoughts_;
        go_on(at);
        if (pool_.size() > most_frames) pool_.keep_only(now_);
        return true;
    }

    std::unique_ptr<constraint> look_ahead() const override {
        return std::unique_ptr<constraint>(new reader(*this));
    }

  private:
    // Stands on the frames of the other.
    reader(const reader& other)
        : form_(other.form_),
          pool_(&other.pool_),
          machine_(form_->rules, pool_),
          now_(other.now_),
          thoughts_(other.thoughts_),
          missing_(other.missing_),
          ended_(other.ended_) {}

    void go_on(const readings& to) {
        now_.clear();
        for (const frame* f : to) machine_.expand(f, now_);
        // What has opened its thoughts is no content.
        if (std::any_of(now_.begin(), now_.end(), is_thought))
            std::erase_if(now_, [](const frame* f) { return !is_thought(f); });
    }
    void allow_end(std::span<std::uint64_t> words) const {
        for (const token_id token : form_->end_tokens)
            if (within(words, token))
                words[static_cast<std::size_t>(token) / 64] |= std::uint64_t{1} << (token % 64);
    }
    static bool within(std::span<const std::uint64_t> words, token_id token) {
        return token >= 0 && static_cast<std::size_t>(token) / 64 < words.size();
    }

    static bool is_thought(const frame* f) { return f->what == frame::kind::text && !f->flag; }
    bool thinking() const { return now_.size() == 1 && is_thought(now_.front()); }
    // Thoughts are closed between two characters only.
    bool thoughts_over() const {
        return form_->most_thoughts >= 0 && thoughts_ >= form_->most_thoughts && missing_ == 0 &&
               thinking();
    }
    // The way from free text through what is left of its mark.
    readings closing() {
        frame only = *now_.front();
        only.what = frame::kind::mark;
        return {pool_.keep(std::move(only))};
    }
    void track(unsigned char byte) {
        if (byte < 0x80)
            missing_ = 0;
        else if (byte < 0xC0)
            missing_ -= missing_ > 0;
        else
            missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    }

    std::shared_ptr<const compiled> form_;
    frame_pool pool_;
    machine machine_;
    readings now_;
    token_id towards_end_ = -1;
    int thoughts_ = 0;
    int missing_ = 0;  // bytes of a character that has begun
    bool ended_ = false;
};

std::shared_ptr<constraint> compiled::begin() const {
    return std::make_shared<reader>(shared_from_this());
}

// All that a form says, as one text.
std::string key_of(const answer_form& form) {
    nlohmann::ordered_json key = {form.marks.think,
                                  form.marks.end_think,
                                  form.marks.call,
                                  form.marks.end_call,
                                  form.marks.arguments,
                                  form.thinking,
                                  form.may_think,
                                  form.most_thoughts,
                                  form.min_calls,
                                  form.max_calls,
                                  form.grammar,
                                  form.schema.has_value(),
                                  form.schema ? *form.schema : nlohmann::ordered_json()};
    for (const auto& tool : form.tools) key.push_back({tool.name, tool.parameters});
    return key.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

class answer_compiler::implementation {
  public:
    implementation(std::shared_ptr<const tokenizer> text, std::vector<token_id> end_tokens)
        : text_(std::move(text)),
          end_tokens_(std::move(end_tokens)),
          trie_(std::make_shared<const token_trie>(*text_)) {}

    std::shared_ptr<const answer_grammar> compile(const answer_form& form) {
        std::string key = key_of(form);
        {
            const std::lock_guard lock(mutex_);
            const auto found = std::find_if(kept_.begin(), kept_.end(),
                                            [&](const auto& each) { return each.first == key; });
            if (found != kept_.end()) {
                kept_.splice(kept_.begin(), kept_, found);
                return found->second;
            }
        }
        auto made = std::make_shared<const compiled>(form, trie_, common_, text_, end_tokens_);
        const std::lock_guard lock(mutex_);
        kept_.emplace_front(std::move(key), made);
        if (kept_.size() > kept_forms) kept_.pop_back();
        return made;
    }

  private:
    std::shared_ptr<const tokenizer> text_;
    std::vector<token_id> end_tokens_;
    std::shared_ptr<const token_trie> trie_;
    std::shared_ptr<token_masks::cache> common_ = token_masks::make_cache();
    std::mutex mutex_;
    std::list<std::pair<std::string, std::shared_ptr<const answer_grammar>>> kept_;  // latest first
};

answer_compiler::answer_compiler(std::shared_ptr<const tokenizer> text,
                                 std::vector<token_id> end_tokens)
    : implementation_(std::make_unique<implementation>(std::move(text), std::move(end_tokens))) {}

answer_compiler::~answer_compiler() = default;

std::shared_ptr<const answer_grammar> answer_compiler::compile(const answer_form& form) {
    return implementation_->compile(form);
}

}  // namespace tessera::engine
