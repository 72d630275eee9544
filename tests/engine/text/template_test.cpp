#include "text/chat_template.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>

#include "core/error.hpp"
#include "core/json_text.hpp"

namespace tessera::engine {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// 26 July 2024, 09:05:03 UTC, as in make_template_golden.py.
const render_options at_golden_time{.limits = {},
                                    .now = std::chrono::sys_days{std::chrono::year{2024} / 7 / 26} +
                                           std::chrono::hours{9} + std::chrono::minutes{5} +
                                           std::chrono::seconds{3}};

std::string render(const std::string& source, const json& context = json::object(),
                   const template_limits& limits = {}) {
    return chat_template::parse(source).render(context, {.limits = limits, .now = {}});
}

/// The error code of what a call throws; fails the test if it throws nothing.
error_code code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const engine_error& e) {
        EXPECT_NE(std::string(e.what()), "");
        return e.code;
    }
    ADD_FAILURE() << "nothing was thrown";
    return error_code::io;
}

std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(chat_template, agrees_with_jinja) {
    const auto cases =
        parse_json<ordered_json>(read(TESSERA_TEST_DATA "/templates.json"), "templates.json");
    ASSERT_GT(cases.size(), 80U);
    for (const ordered_json& c : cases) {
        SCOPED_TRACE(c["name"].get<std::string>());
        const auto source = c["template"].get<std::string>();
        if (c.contains("error")) {
            code_of(
                [&] { (void)chat_template::parse(source).render(c["context"], at_golden_time); });
            continue;
        }
        try {
            EXPECT_EQ(chat_template::parse(source).render(c["context"], at_golden_time),
                      c["expected"].get<std::string>());
        } catch (const engine_error& e) {
            ADD_FAILURE() << e.what();
        }
    }
}

TEST(chat_template, says_where_and_why) {
    try {
        (void)render("a\nb\n{{ user.name.first }}", {{"user", json::object()}});
        FAIL();
    } catch (const engine_error& e) {
        EXPECT_EQ(e.code, error_code::malformed);
        EXPECT_STREQ(e.what(), "chat template, line 3: 'name' is undefined, so it has no 'first'");
    }
    try {
        (void)render("{{ raise_exception('Roles must alternate') }}");
        FAIL();
    } catch (const engine_error& e) {
        EXPECT_EQ(e.code, error_code::rejected);
        EXPECT_STREQ(e.what(), "Roles must alternate");
    }
    for (const char* source : {"{% include 'x' %}", "{% extends 'x' %}", "{% import 'x' as y %}",
                               "{{ x|nope }}", "{{ x is nope }}", "{{ [].append(1) }}"}) {
        EXPECT_EQ(code_of([&] { (void)render(source); }), error_code::unsupported) << source;
    }
}

TEST(chat_template, names_what_jinja_has_and_it_has_not) {
    const std::pair<const char*, const char*> sources[] = {
        {"{{ lipsum() }}", "'lipsum'"},
        {"{{ [1]|random }}", "'random'"},
        {"{{ 'x'|urlize }}", "'urlize'"},
        {"{{ 'x'|pprint }}", "'pprint'"},
        {"{{ 'x'|wordwrap }}", "'wordwrap'"},
        {"{{ '&nbsp;'|striptags }}", "striptags"},
        {"{{ 'x'.encode() }}", "'encode' of str"},
        {"{{ 'x'.translate({}) }}", "'translate' of str"},
        {"{{ 'x'.maketrans({}) }}", "'maketrans' of str"},
        {"{{ [1].pop() }}", "'pop' of list"},
        {"{{ {}.update({}) }}", "'update' of dict"},
        {"{{ {1: 2} }}", "a dict key that is not a string"},
        {"{{ '%a' % 1 }}", "'%a'"},
        {"{{ '{!a}'.format(1) }}", "'!a'"},
        {"{{ '{:09,}'.format(1) }}", "grouped digits"},
        {"{{ (-8) ** 0.5 }}", "a complex number"},
        {"{{ self.title() }}", "'self'"},
        {"{% block title %}{% endblock %}", "'block'"},
        {"{% autoescape true %}{% endautoescape %}", "'autoescape'"}};
    for (const auto& [source, name] : sources) {
        try {
            ADD_FAILURE() << source << " gave " << render(source);
        } catch (const engine_error& e) {
            EXPECT_EQ(e.code, error_code::unsupported) << source;
            EXPECT_NE(std::string(e.what()).find(name), std::string::npos) << e.what();
        }
    }
    EXPECT_EQ(render("{{ lipsum is defined }}{{ missing is defined }}"), "TrueFalse");
}

TEST(chat_template, says_which_argument_is_wrong) {
    const auto message = [](const char* source) {
        try {
            return "nothing but " + render(source);
        } catch (const engine_error& e) {
            EXPECT_EQ(e.code, error_code::malformed);
            return std::string(e.what());
        }
    };
    EXPECT_EQ(message("{{ 'x'.center('y') }}"),
              "chat template, line 1: the argument 'width' of center must be an integer, not str");
    EXPECT_EQ(message("{{ 'x'.center() }}"),
              "chat template, line 1: center needs the argument 'width'");
    EXPECT_EQ(message("\n{{ 'x'|replace('y', 'z', new='a') }}"),
              "chat template, line 2: replace has the argument 'new' twice");
    EXPECT_EQ(message("{{ 'x'|trim(side='left') }}"),
              "chat template, line 1: trim has no argument 'side'");
}

TEST(chat_template, integers_are_right_or_refused) {
    EXPECT_EQ(render("{{ x }} {{ x + 1 }} {{ [x]|tojson }}", {{"x", UINT64_MAX}}),
              "18446744073709551615 18446744073709551616 [18446744073709551615]");
    EXPECT_EQ(render("{{ 2 ** 126 - 1 + 2 ** 126 }} {{ -(2 ** 126 - 1) * 2 - 1 }}"),
              "170141183460469231731687303715884105727 -170141183460469231731687303715884105727");
    for (const char* source :
         {"{{ 2 ** 127 }}", "{{ 10 ** 40 }}", "{{ 2 ** 64 * 2 ** 64 }}", "{{ -(2 ** 126) * 4 }}",
          "{{ 2 ** 126 + 2 ** 126 }}", "{{ -(2 ** 126) - 2 ** 126 - 2 ** 126 }}",
          "{{ ('9' * 60)|int }}", "{{ ('-' ~ '9' * 60)|int }}", "{{ 1e39|int }}",
          "{{ '1e39'|int }}", "{{ 999999999999999999999999999999999999999999 }}",
          "{{ '%d' % 1e39 }}", "{{ 10.0 ** 400 }}"}) {
        EXPECT_EQ(code_of([&] { (void)render(source); }), error_code::limit) << source;
    }
}

TEST(chat_template, text_that_is_no_utf8_stays_outside) {
    EXPECT_EQ(code_of([] { (void)render("a\n\xff"); }), error_code::malformed);
    const std::string bytes = "a\xc3(";
    EXPECT_EQ(render("{{ x }} {{ x|length }} {{ y[x] }}", {{"x", bytes}, {"y", {{bytes, 1}}}}),
              "a\uFFFD( 3 1");
}

TEST(chat_template, searches_take_no_more_than_the_texts_length) {
    // A plain search compares half of the text at every place.
    const std::string half(1'500'000, 'a');
    const json context = {{"text", half + half}, {"end", half + "b"}, {"start", "b" + half}};
    EXPECT_EQ(render("{{ end in text }}{{ text.count(end) }}{{ text.find(end) }}{{ "
                     "text.rfind(start) }}{{ text.replace(end, '') == text }}{{ "
                     "text.split(end)|length }}{{ text.rsplit(start, 3)|length }}{{ "
                     "(text + 'b').rfind(end) }}{{ ('b' + text).find(start) }}",
                     context),
              "False0-1-1True1115000000");
    EXPECT_EQ(render("{{ text.strip('b' * 1000000 ~ 'a')|length }}", context), "0");
}

TEST(chat_template, values_that_change_may_hold_themselves) {
    EXPECT_EQ(render("{% for x in [1, 2] %}{{ loop.changed(loop) }}{% endfor %}"), "TrueFalse");
    EXPECT_EQ(render("{% set ns = namespace() %}{% set ns.c = cycler(ns) %}{% set ns.j = "
                     "joiner(ns) %}{{ ns.c.next().c == ns.c }}{{ ns.j() }}{{ ns.j() == ns }}"),
              "TrueTrue");
    EXPECT_EQ(render("{% set ns = namespace() %}{% for x in [1] recursive %}{% set ns.l = loop %}"
                     "{% endfor %}{{ ns.l([])|length }}{{ ns.l.index }}"),
              "02");
}

TEST(chat_template, private_members_are_out_of_reach) {
    EXPECT_EQ(render("{{ ''.__class__ }}{{ [].__len__ }}{{ x.__dict__ }}", {{"x", json::object()}}),
              "");
    EXPECT_EQ(code_of([&] { (void)render("{{ ''.__class__.__mro__ }}"); }), error_code::malformed);
}

TEST(chat_template, refuses_a_context_that_is_no_object) {
    EXPECT_EQ(code_of([&] { (void)render("x", json::array()); }), error_code::invalid_argument);
}

TEST(chat_template, limits_stop_every_kind_of_greed) {
    const char* greedy[] = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% "
        "endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% "
        "endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(999) %}{% set ns.s = [ns.s] %}{% endfor "
        "%}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(90) %}{% set ns.s = [ns.s, ns.s] %}{% "
        "endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(90) %}{% set ns.s = [ns.s, ns.s] %}{% "
        "endfor %}{{ ns.s|tojson }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(90) %}{% set ns.s = [ns.s, ns.s] %}{% "
        "endfor %}{{ ns.s == ns.s }}",
        "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(0) }}",
        "{{ range(1000000000) }}",
        "{{ 'x' * 1000000000 }}",
        "{{ ('x' * 10000000) | replace('', 'yyyyyyyy') }}",
        "{{ ('x' * 10000000) | list | join('yyyyyyyy') }}",
        "{% for i in range(99999) %}{{ 'x' * 10000 }}{% endfor %}",
        "{% set s = 'x' * 1000000 %}{% for i in range(99999) %}{% set t = s.replace('x', 'y') %}{% "
        "endfor %}",
        "{% set s = 'x' * 1000000 %}{% for i in range(99999) %}{% if 'z' in s %}{% endif %}{% "
        "endfor %}",
        "{% set s = 'x' * 1000000 %}{% for i in range(99999) %}{{ s|length }}{% endfor %}",
        "{{ 1000000000 * 'x' }}",
        "{{ [1] * 1000000000 }}",
        "{{ [1] * 10 ** 30 }}",
        "{{ 'x'.ljust(1000000000) }}",
        "{{ 'x'.rjust(10 ** 30, 'é') }}",
        "{{ 'x'.center(1000000000) }}",
        "{{ 'x'|center(1000000000) }}",
        "{{ 'x'.zfill(1000000000) }}",
        "{{ '\t'.expandtabs(1000000000) }}",
        "{{ 'x'|indent(1000000000, true) }}",
        "{{ [[1]]|tojson(indent=1000000000) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%.1000000000d' % 1 }}",
        "{{ '%.1000000000f' % 1 }}",
        "{{ '%*d' % (10 ** 30, 1) }}",
        "{{ '%-999999999999999999999s' % 'x' }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ '{:é>1000000000}'.format('x') }}",
        "{{ '{:.1000000000f}'.format(1.5) }}",
        "{{ '{:{}}'.format('x', 10 ** 9) }}",
        "{{ [1]|batch(1000000000, 0) }}",
        "{{ [1]|slice(1000000000) }}",
        "{{ strftime_now('%Y' * 1000) }}",
        "{{ ('\n' * 3000000).splitlines() }}",
        "{{ ('a ' * 1000000).split() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% macro m() %}{{ m(*varargs, **kwargs) }}{% endmacro %}{{ m(1, a=2) }}",
        "{% for i in range(99999) %}{% set c = cycler(*range(1000)) %}{% endfor %}",
        "{% set s = 'x' * 1000000 %}{{ (s ~ 'y').startswith((s ~ 'z',) * 1000) }}",
        "{% set s = 'x' * 1000000 %}{% for i in range(3000) %}{% set t = {}[s] %}{% endfor %}",
        "{% set s = 'x' * 1000000 %}{% for i in range(3000) %}{% set t = s in {} %}{% endfor %}",
        "{% set s = 'x' * 1000000 %}{% for i in range(3000) %}{% set t = {}.get(s) %}{% endfor %}",
        "{% set s = 'x' * 1000000 %}{% for i in range(3000) %}{% set t = {s: 1} %}{% endfor %}",
        "{% set s = 'x' * 1000000 %}{% for i in range(3000) %}{% set t = ''.strip(s) %}{% endfor "
        "%}",
        "{% set s = 'x' * 1000000 %}{% for i in range(3000) %}{% set t = ''.removeprefix(s) %}{% "
        "endfor %}",
        "{% set s = 'ΑΣ' * 100000 %}{% for i in range(99999) %}{% set t = s|lower %}{% endfor %}",
        "{% set ns = namespace(**dict(('abcdefghijklmnopqrstuvwxyz' * 40)|batch(2)|map('join')"
        "|map('list'))) %}{% for i in range(99999) %}{% for j in range(99999) %}{{ ns.x }}{% "
        "endfor "
        "%}{% endfor %}",
    };
    const template_limits small{
        .steps = 500'000, .output_bytes = 4U << 20, .allocated_bytes = 32U << 20, .depth = 200};
    for (const char* source : greedy) {
        const error_code code = code_of([&] { (void)render(source, json::object(), small); });
        EXPECT_EQ(code, error_code::limit) << source;
    }
}

TEST(chat_template, deep_sources_and_contexts_are_refused) {
    const auto repeat = [](const std::string& what, int times) {
        std::string out;
        for (int i = 0; i < times; ++i) out += what;
        return out;
    };
    const std::string deep[] = {"{{ " + repeat("(", 100000),
                                "{{ " + repeat("[", 100000),
                                "{{ " + repeat("{1:", 100000),
                                "{{ " + repeat("not ", 100000) + "1 }}",
                                "{{ " + repeat("-", 100000) + "1 }}",
                                "{{ 1" + repeat(" + 1", 100000) + " }}",
                                "{{ x" + repeat(".x", 100000) + " }}",
                                "{{ x" + repeat("|e", 100000) + " }}",
                                "{{ " + repeat("1 if 1 else ", 100000) + "1 }}",
                                repeat("{% if 1 %}", 100000),
                                repeat("{% for x in y %}", 100000),
                                repeat("{% macro m() %}", 100000),
                                "{{ x" + repeat("[0]", 100000) + " }}",
                                "{{ x" + repeat("()", 100000) + " }}",
                                "{% set " + repeat("(", 100000) + "a",
                                "{% for " + repeat("(", 100000) + "a",
                                "{{ f(" + repeat("*f(", 100000) + "x",
                                "{{ x" + repeat("|f(**x", 100000) + " }}"};
    for (const std::string& source : deep) {
        const error_code code = code_of([&] { (void)chat_template::parse(source); });
        EXPECT_TRUE(code == error_code::limit || code == error_code::malformed)
            << source.substr(0, 20);
    }
    json context = json::array();
    for (int i = 0; i < 100000; ++i) {
        json outer = json::array();
        outer.push_back(std::move(context));
        context = std::move(outer);
    }
    json whole;
    whole["x"] = std::move(context);
    EXPECT_EQ(code_of([&] { (void)render("{{ x }}", whole); }), error_code::limit);
    EXPECT_EQ(render("unused", whole), "unused");
    EXPECT_EQ(code_of([&] { (void)chat_template::parse(std::string((1U << 20) + 1, 'x')); }),
              error_code::limit);
}

TEST(chat_template, every_cut_and_flipped_bit_gives_an_answer_or_an_error) {
    const auto cases =
        parse_json<ordered_json>(read(TESSERA_TEST_DATA "/templates.json"), "templates.json");
    const ordered_json& c = *std::find_if(cases.begin(), cases.end(), [](const ordered_json& one) {
        return one["name"] == "macros";
    });
    const auto source = c["template"].get<std::string>();
    const template_limits small{
        .steps = 20000, .output_bytes = 20000, .allocated_bytes = 1U << 20, .depth = 50};
    const auto attempt = [&](const std::string& changed) {
        try {
            (void)chat_template::parse(changed).render(c["context"], {.limits = small, .now = {}});
        } catch (const engine_error& e) {
            EXPECT_NE(e.code, error_code::io);
        }
    };
    for (std::size_t size = 0; size <= source.size(); ++size) attempt(source.substr(0, size));
    for (std::size_t i = 0; i < source.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = source;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            attempt(changed);
        }
    }
}

TEST(chat_template, filters_keep_what_they_go_through) {
    EXPECT_EQ(
        render("{{ x|rejectattr('a')|list }}{{ 'ab'|map('upper')|join('-') }}{{ 'ba'|sort|join }}"
               "{{ {'k': 1}|select|list }}{{ 'aab'|unique|list }}{{ 'abc'|max }}"),
        "[]A-Bab['k']['a', 'b']c");
}

TEST(chat_template, a_namespace_may_hold_itself) {
    EXPECT_EQ(render("{% set ns = namespace() %}{% set ns.me = ns %}{{ ns.me.me == ns }}"), "True");
    EXPECT_EQ(code_of([&] { (void)render("{% set ns = namespace() %}{{ ns|tojson }}"); }),
              error_code::malformed);
}

TEST(chat_template, a_macro_may_leave_its_scope) {
    EXPECT_EQ(
        render("{% set ns = namespace() %}{% for x in [1] %}{% macro m() %}{{ x }}!{% endmacro %}"
               "{% set ns.m = m %}{% endfor %}{{ ns.m() }}"),
        "!");
}

}  // namespace
}  // namespace tessera::engine
