#include "world/chat_form.hpp"

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

void append(std::string& out, std::string_view role, std::string_view content) {
    out += role;
    out += content;
    out += special::end;
}

}  // namespace

std::string spaced(const json& value) {
    std::string out;
    write_spaced(out, value);
    return out;
}

std::string render_answer(const json& message) {
    std::string out;
    if (message.contains("reasoning")) {
        out += special::think;
        out += message["reasoning"].get_ref<const std::string&>();
        out += special::think_end;
    }
    if (message.contains("content")) out += message["content"].get_ref<const std::string&>();
    if (message.contains("tool_calls"))
        for (const auto& call : message["tool_calls"]) {
            const auto& function = call["function"];
            const auto& arguments = function["arguments"];
            out += special::tool_call;
            out += "{\"name\": " + function["name"].dump() + ", \"arguments\": ";
            out += arguments.is_string() ? arguments.get<std::string>() : spaced(arguments);
            out += '}';
            out += special::tool_call_end;
        }
    return out;
}

std::string render_prompt(std::span<const json> messages, const json& tools,
                          std::optional<bool> enable_thinking) {
    std::string out(special::begin);
    if (!tools.empty()) {
        std::string text;
        for (const auto& tool : tools) {
            const auto& function = tool["function"];
            text += function["name"].get<std::string>() + "(";
            bool first = true;
            for (const auto& [name, property] : function["parameters"]["properties"].items()) {
                if (!first) text += ", ";
                first = false;
                text += name + ": " + property["type"].get<std::string>();
                if (property.contains("enum")) text += " " + spaced(property["enum"]);
            }
            text += ") " + function["description"].get<std::string>() + "\n";
        }
        append(out, special::tools, text);
    }
    for (const auto& message : messages) {
        const auto& role = message["role"].get_ref<const std::string&>();
        if (role == "assistant")
            append(out, special::assistant, render_answer(message));
        else
            append(out,
                   role == "user"   ? special::user
                   : role == "tool" ? special::tool
                                    : special::system,
                   message["content"].get_ref<const std::string&>());
    }
    out += special::assistant;
    if (enable_thinking) {
        out += special::think;
        if (!*enable_thinking) out += special::think_end;
    }
    return out;
}

}  // namespace tessera::engine::world
