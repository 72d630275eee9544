#include "core/error.hpp"
#include "fuzz.hpp"
#include "text/chat_template.hpp"

void tessera::fuzz::one_input(std::string_view input) {
    const nlohmann::ordered_json context = {
        {"messages",
         {{{"role", "user"}, {"content", " Hi é\n"}}, {{"role", "assistant"}, {"content", "x"}}}},
        {"tools", {{{"name", "f"}, {"parameters", {{"type", "object"}, {"n", 1.5}}}}}},
        {"add_generation_prompt", true},
        {"n", -3},
        {"xs", {3, 1, 2}}};
    const engine::template_limits limits{
        .steps = 20'000, .output_bytes = 1U << 16, .allocated_bytes = 1U << 20, .depth = 60};
    try {
        const auto parsed = engine::chat_template::parse(std::string(input));
        const std::string text = parsed.render(
            context, {.limits = limits, .now = std::chrono::system_clock::time_point{}});
        check(text.size() <= limits.output_bytes, "the output keeps its limit");
        check(text == parsed.render(context, {.limits = limits,
                                              .now = std::chrono::system_clock::time_point{}}),
              "rendering is deterministic");
    } catch (const engine::engine_error& e) {
        check(e.code != engine::error_code::io, "a template gives no file error");
    }
}
