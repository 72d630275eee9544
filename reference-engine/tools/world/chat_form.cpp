#include "world/chat_form.hpp"

#include "text/chat_template.hpp"

namespace tessera::engine::world {

std::string_view chat_template_source() {
    return R"({{- '<|begin|>' }}
{%- if tools is defined and tools %}
{{- '<|tools|>' }}
{%- for tool in tools %}
{%- set function = tool.function %}
{{- function.name + '(' }}
{%- if function.parameters is defined and function.parameters.properties is defined %}
{%- for name in function.parameters.properties %}
{%- set property = function.parameters.properties[name] %}
{%- if not loop.first %}{{- ', ' }}{%- endif %}
{{- name }}
{%- if property.type is defined %}{{- ': ' }}{{- property.type }}{%- endif %}
{%- if property.enum is defined %}{{- ' ' }}{{- property.enum | tojson }}{%- endif %}
{%- endfor %}
{%- endif %}
{{- ')' }}
{%- if function.description is defined %}{{- ' ' }}{{- function.description }}{%- endif %}
{{- '\n' }}
{%- endfor %}
{{- '<|end|>' }}
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'system' or message.role == 'developer' %}
{{- '<|system|>' }}{{- message.content }}{{- '<|end|>' }}
{%- elif message.role == 'user' %}
{{- '<|user|>' }}{{- message.content }}{{- '<|end|>' }}
{%- elif message.role == 'tool' %}
{{- '<|tool|>' }}{{- message.content }}{{- '<|end|>' }}
{%- elif message.role == 'assistant' %}
{{- '<|assistant|>' }}
{%- if message.reasoning is defined and message.reasoning %}
{{- '<think>' }}{{- message.reasoning }}{{- '</think>' }}
{%- endif %}
{%- if message.content is defined and message.content %}{{- message.content }}{%- endif %}
{%- if message.tool_calls is defined and message.tool_calls %}
{%- for call in message.tool_calls %}
{{- '<tool_call>{"name": ' }}{{- call.function.name | tojson }}{{- ', "arguments": ' }}
{%- if call.function.arguments is string %}{{- call.function.arguments }}
{%- else %}{{- call.function.arguments | tojson }}{%- endif %}
{{- '}</tool_call>' }}
{%- endfor %}
{%- endif %}
{{- '<|end|>' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt is defined and add_generation_prompt %}
{{- '<|assistant|>' }}
{%- if enable_thinking is defined %}
{%- if enable_thinking %}{{- '<think>' }}{%- else %}{{- '<think></think>' }}{%- endif %}
{%- endif %}
{%- endif %})";
}

namespace {

// Python's json.dumps: nlohmann writes no space after separators.
void write_spaced(std::string& out, const json& value) {
    if (value.is_object()) {
        out += '{';
        for (auto it = value.begin(); it != value.end(); ++it) {
            if (it != value.begin()) out += ", ";
            out += json(it.key()).dump() + ": ";
            write_spaced(out, it.value());
        }
        out += '}';
    } else if (value.is_array()) {
        out += '[';
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (i != 0) out += ", ";
            write_spaced(out, value[i]);
        }
        out += ']';
    } else {
        out += value.dump();
    }
}

const chat_template& form() {
    static const chat_template parsed = chat_template::parse(std::string(chat_template_source()));
    return parsed;
}

}  // namespace

std::string spaced(const json& value) {
    std::string out;
    write_spaced(out, value);
    return out;
}

std::string render_prompt(std::span<const json> messages, const json& tools,
                          std::optional<bool> enable_thinking) {
    json context = {{"messages", json::array_t(messages.begin(), messages.end())},
                    {"tools", tools},
                    {"add_generation_prompt", true}};
    if (enable_thinking) context["enable_thinking"] = *enable_thinking;
    return form().render(context);
}

std::string render_answer(const json& message) {
    const std::string turn = form().render(json{{"messages", json::array({message})}});
    const auto start = special::begin.size() + special::assistant.size();
    return turn.substr(start, turn.size() - start - special::end.size());
}

}  // namespace tessera::engine::world
