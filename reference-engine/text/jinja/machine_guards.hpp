#pragma once

#include "text/jinja/lexer.hpp"
#include "text/jinja/machine.hpp"

namespace tessera::engine::jinja {

/// One level of evaluation deeper as long as it lives.
class machine::level {
  public:
    level(machine& m, int line) : m_(m) {
        m_.line_ = line;
        if (++m_.depth_ > m_.limits_.depth) {
            --m_.depth_;
            limit_at(line, "macros or expressions are nested too deeply");
        }
        m_.charge(1);
    }
    ~level() { --m_.depth_; }
    level(const level&) = delete;
    level& operator=(const level&) = delete;

  private:
    machine& m_;
};

/// A scope on top of the stack as long as it lives.
class machine::scope_guard {
  public:
    scope_guard(machine& m, std::size_t parent) : m_(m) { m_.scopes_.push_back({parent, {}}); }
    explicit scope_guard(machine& m) : scope_guard(m, m.scopes_.size() - 1) {}
    ~scope_guard() { m_.scopes_.pop_back(); }
    scope_guard(const scope_guard&) = delete;
    scope_guard& operator=(const scope_guard&) = delete;

  private:
    machine& m_;
};

}  // namespace tessera::engine::jinja
