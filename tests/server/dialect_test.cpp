// What is found out of chat templates.
#include <gtest/gtest.h>

#include "core/options.hpp"
#include "inference/local/dialect.hpp"
#include "text/chat_template.hpp"

namespace tessera::server::testing {
namespace {

using engine::chat_template;

dialect learned(const chat_template& form) {
    return learn_dialect([&](const json::value& context) { return form.render(context); });
}

const std::string turns =
    "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}";
const std::string turns_with_calls =
    "{% for m in messages %}[{{ m.role }}]{{ m.content }}"
    "{% for call in m.tool_calls or [] %}\n<tool_call>\n{\"name\": \"{{ call.function.name }}\", "
    "\"arguments\": {{ call.function.arguments | tojson }}}\n</tool_call>{% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

TEST(dialect, of_the_bundled_model) {
    const dialect found = learned(chat_template::load(bundled_model().value()));
    EXPECT_EQ(found.marks.think, "<think>");
    EXPECT_EQ(found.marks.end_think, "</think>");
    EXPECT_EQ(found.marks.call, "<tool_call>");
    EXPECT_EQ(found.marks.end_call, "</tool_call>");
    EXPECT_EQ(found.marks.arguments, "arguments");
    EXPECT_TRUE(found.beginning_of(std::nullopt)->may_think);
    EXPECT_FALSE(found.beginning_of(std::nullopt)->thinking);
    EXPECT_TRUE(found.beginning_of(true)->thinking);
    EXPECT_FALSE(found.beginning_of(false)->thinking);
    EXPECT_FALSE(found.beginning_of(false)->may_think);
    EXPECT_EQ(found.prompt_tail(true), "");
}

TEST(dialect, of_a_model_that_opens_its_thoughts_itself_unless_forbidden) {
    const dialect found =
        learned(chat_template::parse(turns_with_calls +
                                     "{% if enable_thinking is defined and not enable_thinking %}"
                                     "<think>\n\n</think>\n\n{% endif %}"));
    EXPECT_TRUE(found.beginning_of(std::nullopt)->may_think);
    EXPECT_TRUE(found.beginning_of(true)->thinking);
    EXPECT_EQ(found.prompt_tail(true), "<think>");
    EXPECT_EQ(found.prompt_tail(false), "");
    EXPECT_FALSE(found.beginning_of(false)->may_think);
    EXPECT_EQ(found.marks.call, "<tool_call>");
}

TEST(dialect, of_a_model_that_always_thinks) {
    const dialect found = learned(chat_template::parse(turns + "<think>\n"));
    EXPECT_TRUE(found.beginning_of(std::nullopt)->thinking);
    EXPECT_TRUE(found.beginning_of(true)->thinking);
    EXPECT_FALSE(found.beginning_of(false));
    EXPECT_TRUE(found.marks.call.empty());
}

TEST(dialect, of_a_model_that_only_talks) {
    const std::string calls_otherwise =
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% for call in m.tool_calls or [] %}"
        "{\"name\": \"{{ call.function.name }}\", \"parameters\": "
        "{{ call.function.arguments | tojson }}}{% endfor %}{% endfor %}";
    const std::string refuses =
        "{% for m in messages %}{% if m.role != 'user' %}{{ raise_exception('no') }}{% endif %}"
        "{{ m.content }}{% endfor %}";
    for (const std::string& source : {turns, calls_otherwise, refuses, std::string("Hello.")}) {
        const dialect found = learned(chat_template::parse(source));
        EXPECT_TRUE(found.marks.think.empty()) << source;
        EXPECT_TRUE(found.marks.call.empty()) << source;
        EXPECT_FALSE(found.beginning_of(true));
        EXPECT_FALSE(found.beginning_of(false)->may_think);
        EXPECT_FALSE(found.beginning_of(std::nullopt)->may_think);
    }
}

}  // namespace
}  // namespace tessera::server::testing
