"""Writes data/templates.json: templates, contexts, and what Jinja 2 makes of them.

The environment is set up as the transformers library does it. Needs python3-jinja2.
"""
import json
import pathlib
from datetime import datetime

import jinja2
import jinja2.ext
import jinja2.nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

import template_builtin_cases as builtin_cases

NOW = datetime(2024, 7, 26, 9, 5, 3)


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = NOW.strftime

user = {"role": "user", "content": " What is 2 + 2?\n"}
assistant = {"role": "assistant", "content": "4"}
system = {"role": "system", "content": "Be brief."}
chat = {"messages": [system, user, assistant, user], "add_generation_prompt": True,
        "bos_token": "<s>", "eos_token": "</s>"}
tool = {"type": "function", "function": {
    "name": "get_weather", "description": "Weather \"now\" in Zürich & <b>",
    "parameters": {"type": "object", "properties": {
        "city": {"type": "string", "description": "the city"},
        "days": {"type": "integer", "enum": [1, 2]}}, "required": ["city"]}}}
call = {"role": "assistant", "content": None, "tool_calls": [
    {"id": "c1", "type": "function",
     "function": {"name": "get_weather", "arguments": {"city": "Zürich", "days": 1}}}]}
answer = {"role": "tool", "content": "{\"sky\": \"blue\"}", "tool_call_id": "c1"}
with_tools = {**chat, "messages": [system, user, call, answer, answer, assistant], "tools": [tool, tool]}

# The shapes of published templates, in few words.
headers = """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not tools_in_user_message is defined %}
    {%- set tools_in_user_message = true %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|h|>system<|e|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{{- "Today: " + date_string + "\\n\\n" }}
{%- if tools is not none and not tools_in_user_message %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|x|>" }}
{%- if tools_in_user_message and not tools is none %}
    {%- if messages | length != 0 %}
        {%- set first = messages[0]['content']|trim %}
        {%- set messages = messages[1:] %}
    {%- else %}
        {{- raise_exception("no first user message") }}
    {%- endif %}
    {{- '<|h|>user<|e|>\\n\\n' -}}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
    {%- endfor %}
    {{- first + "<|x|>"}}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|h|>' + message['role'] + '<|e|>\\n\\n'+ message['content'] | trim + '<|x|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("one call at a time") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '{"name": "' + tool_call.name + '", "parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
        {%- for arg_name, arg_val in tool_call.arguments | items %}
            {{- arg_name + '="' ~ arg_val ~ '"' }}
            {%- if not loop.last %}
                {{- ", " }}
            {%- endif %}
        {%- endfor %}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|h|>assistant<|e|>\\n\\n' }}
{%- endif %}
"""

im = """{%- if tools %}
    {{- '<|s|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You help.' }}
    {%- endif %}
    {{- "\\n\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|x|>\\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|s|>system\\n' + messages[0]['content'] + '<|x|>\\n' }}
    {%- else %}
        {{- '<|s|>system\\nYou help.<|x|>\\n' }}
    {%- endif %}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<r>') and message.content.endswith('</r>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|s|>' + message.role + '\\n' + message.content + '<|x|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|s|>' + message.role }}
        {%- if message.content %}
            {{- '\\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\\n<call>\\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\\n</call>' }}
        {%- endfor %}
        {{- '<|x|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|s|>user' }}
        {%- endif %}
        {{- '\\n<r>\\n' }}
        {{- message.content }}
        {{- '\\n</r>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|x|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{{- ns.last }}
{%- if add_generation_prompt %}
    {{- '<|s|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
"""

brackets = """{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"""

thinking = """{%- for m in messages %}
{%- set content = m.content if m.content is string else '' %}
{%- if '</think>' in content %}
{%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
{%- set content = content.split('</think>')[-1].lstrip('\\n') %}
[{{ reasoning }}]
{%- endif %}
{% generation %}{{ content }}{% endgeneration %}
{%- endfor %}"""

macros = """{%- macro field(name, spec, depth=0) -%}
{{ '  ' * depth }}{{ name }}: {{ spec.type|default('any') }}{% if spec.enum is defined %} = {{ spec.enum|join('|') }}{% endif %}
{%- endmacro -%}
{%- for t in tools %}
{{ loop.index }}/{{ loop.length }} {{ t.function.name|upper }} ({{ loop.revindex }}) {{ loop.cycle('a', 'b') }}
{% for name, spec in t.function.parameters.properties|dictsort %}
{{ field(name, spec, depth=loop.index) }}
{% endfor %}
{% endfor %}
{% macro outer() %}<{{ caller('x') }}>{% endmacro %}
{% call(a) outer() %}inner {{ a }}{% endcall %}
"""

cases = []


def add(name, template, context=None):
    context = {} if context is None else context
    case = {"name": name, "template": template, "context": context}
    try:
        case["expected"] = environment.from_string(template).render(**context)
    except jinja2.exceptions.TemplateError as e:
        case["error"] = type(e).__name__
    except (TypeError, ValueError, ArithmeticError, LookupError, AssertionError, RuntimeError) as e:
        case["error"] = type(e).__name__
    cases.append(case)


for label, template in [("headers", headers), ("im", im), ("brackets", brackets)]:
    add(label, template, chat)
    add(label + " without system", template, {**chat, "messages": [user], "add_generation_prompt": False})
    add(label + " with tools", template, with_tools)
    add(label + " tools outside", template, {**with_tools, "tools_in_user_message": False, "enable_thinking": False})
add("brackets refuses", brackets, {**chat, "messages": [assistant]})
add("thinking", thinking, {"messages": [
    {"role": "assistant", "content": "<think>\nhm\n\n</think>\n\nyes"}, {"role": "user", "content": [1]}, assistant]})
add("macros", macros, {"tools": [tool, tool]})

data = {"xs": [3, 1, 2], "s": "Grün, Élan! 你好", "d": {"b": 1, "a": None, "items": 5}, "f": 1.5,
        "n": -7, "t": True, "people": [{"name": "Bo", "age": 3}, {"name": "al", "age": 30}, {"name": "Cy"}]}
for source in """
{{ xs }} {{ d }} {{ s }} {{ [s, 'it\\'s', "q\\"", 'both \\' and "'] }} {{ (1,) }} {{ (1, 2.0, none, true) }}
{{ 1.0 }} {{ 1e16 }} {{ 1e-5 }} {{ 123456789.125 }} {{ 0.0001 }} {{ 1e22 }} {{ 3 / 2 }} {{ 4 / 2 }}
{{ 7 // 2 }} {{ n // 2 }} {{ n % 3 }} {{ 2 ** 10 }} {{ -2 ** 2 }} {{ 7 % -3 }} {{ 7.5 % 2 }} {{ n|abs }} {{ -n }}
{{ 1 + 2 * 3 - 4 }} {{ (1 + 2) * 3 }} {{ 'a' ~ 1 ~ none ~ 1.5 }} {{ 'ab' * 3 }} {{ [1] + [2] }}
{{ 1 < 2 < 3 }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 'x' == none }}
{{ 2 in xs }} {{ 9 not in xs }} {{ 'el' in s }} {{ 'a' in d }} {{ 'x' in missing }}
{{ not t }} {{ t and 0 }} {{ 0 or 'z' }} {{ '' or none }} {{ not 1 == 2 }} {{ missing or 'm' }}
{{ 'y' if t else 'n' }} {{ 'y' if not t }}| {{ 1 if false else 2 if false else 3 }}
{{ s[0] }} {{ s[2] }} {{ s[-1] }} {{ s[2:5] }} {{ s[::-1] }} {{ s[:-3] }} {{ xs[::2] }} {{ xs[-2:] }} {{ xs[5:] }} {{ xs[::-2] }} {{ xs[10] }}|
{{ d.b }} {{ d['b'] }} {{ d.nope }}| {{ d['items'] }} {{ d.items()|list }} {{ d.keys()|list }} {{ d.get('zz', 4) }} {{ d.get('zz') }}
{{ s|length }} {{ xs|length }} {{ d|length }} {{ s|upper }} {{ s|lower }} {{ 'hello wORLD'|capitalize }} {{ 'hello wORLD it'|title }}
{{ xs|first }} {{ xs|last }} {{ xs|sort }} {{ xs|sort(reverse=true) }} {{ xs|join(', ') }} {{ xs|sum }} {{ xs|max }} {{ xs|min }} {{ xs|reverse|list }}
{{ people|map(attribute='name')|join(',') }} {{ people|selectattr('age', 'defined')|map(attribute='name')|list }} {{ people|selectattr('age', 'gt', 5)|list if false }}|
{{ people|rejectattr('age', 'defined')|list }} {{ people|map(attribute='age', default=0)|list }} {{ ['a', 'b']|map('upper')|list }} {{ xs|select('odd')|list }} {{ xs|reject('==', 1)|list }}
{{ people|sort(attribute='name')|map(attribute='name')|list }} {{ ['b', 'A', 'a']|unique|list }} {{ d|dictsort }} {{ ['b', 'A', 'c']|sort }}
{{ missing|default('x') }} {{ ''|default('x') }} {{ ''|default('x', true) }} {{ none|d('y', boolean=true) }} {{ missing|default }}|
{{ '  a b '|trim }}| {{ 'xxaxx'|trim('x') }} {{ '42'|int }} {{ 'q'|int }} {{ 'q'|int(7) }} {{ 3.9|int }} {{ '2.5'|float }} {{ 5|string + '!' }} {{ 2.5|round }} {{ 2.345|round(2) }} {{ 2.1|round(0, 'ceil') }}
{{ 'a-b-c'|replace('-', '+') }} {{ 'a-b-c'|replace('-', '', 1) }} {{ 'abc'|list }} {{ 'abc'|reverse }} {{ '<a href="x">&\\''|e }} {{ 'a\\nb\\n\\nc'|indent }} {{ 'a\\nb'|indent(2, true) }}
{{ d|tojson }} {{ s|tojson }} {{ s|tojson(ensure_ascii=true) }} {{ people|tojson(indent=2) }} {{ {'b': 1, 'a': [1.5, true, none]}|tojson(sort_keys=true, separators=(',', ':')) }} {{ []|tojson(indent=2) }} {{ '\\t\\x01\\x7f/'|tojson }}
{{ ' a b  c '.split() }} {{ 'a,b,c'.split(',') }} {{ 'a,b,c'.split(',', 1) }} {{ ' a b c '.split(none, 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ 'a\\nb\\r\\nc\\n'.splitlines() }}
{{ ' x '.strip() }}| {{ 'xyx'.strip('x') }} {{ ' x'.lstrip() }}| {{ 'x '.rstrip() }}| {{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x', 'bc')) }} {{ 'abc'.replace('b', 'BB') }} {{ 'aXb'.upper() }} {{ 'aXb'.lower() }} {{ 'ab cd'.title() }} {{ 'aB'.capitalize() }}
{{ 'abcabc'.find('c') }} {{ 'abcabc'.rfind('c') }} {{ 'abc'.find('z') }} {{ 'abab'.count('ab') }} {{ '-'.join(['a', 'b']) }} {{ '123'.isdigit() }} {{ 'abc'.isalpha() }} {{ 'ABC'.isupper() }} {{ 'prefix-x'.removeprefix('prefix-') }} {{ 'x.py'.removesuffix('.py') }}
{{ range(3)|list }} {{ range(1, 4)|list }} {{ range(5, 0, -2)|list }} {{ dict(a=1, b=2) }} {{ 'a' 'b' }} {{ 1_000 }}
{{ 1 is number }} {{ 'a' is string }} {{ d is mapping }} {{ xs is sequence }} {{ s is iterable }} {{ 5 is iterable }} {{ none is none }} {{ missing is defined }} {{ missing is undefined }} {{ t is boolean }} {{ 1 is integer }} {{ 1.5 is float }} {{ t is true }} {{ t is not false }}
{{ 4 is even }} {{ 3 is odd }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 1 is eq 1 }} {{ 1 is in xs }} {{ 1 is ne(2) }} {{ range is callable }} {{ 'ab' is lower }} {{ missing is not defined and 1 is defined }}
{% for x in xs %}{{ loop.index }}:{{ x }}{{ ',' if not loop.last }}{% endfor %}
{% for x in xs if x > 1 %}{{ loop.index0 }}={{ x }}/{{ loop.length }} {% else %}none{% endfor %}
{% for x in [] %}a{% else %}empty{% endfor %}
{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for c in 'aé' %}[{{ c }}]{% endfor %}
{% for x in xs %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% if loop.index == 2 %}{% break %}{% endif %}{% endfor %}
{% for x in xs %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% for y in xs %}{{ loop.depth }}{% endfor %}{% endfor %}
{% set x = 1 %}{% for i in xs %}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}
{% set ns = namespace(a=1) %}{% for i in xs %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}{% set ns.b = 'new' %}{{ ns.b }}{{ ns.c }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c %}block {{ a }}{% endset %}[{{ c }}]{% set u | upper %}up{% endset %}{{ u }}
{% if missing %}1{% elif xs %}2{% else %}3{% endif %}{% if 0 %}a{% elif '' %}b{% else %}c{% endif %}
{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}{% filter upper %}loud {{ n }}{% endfilter %}
{% macro m(a, b='d') %}({{ a }},{{ b }}){% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}
{% macro fact(n) %}{{ n * (fact(n - 1)|int) if n > 1 else 1 }}{% endmacro %}{{ fact(6) }}
{% raw %}{{ not }} {% this %}{% endraw %} {# comment {{ x }} #}after
{{ '{{' }}{{ '%}' }}{{ {'a': {'b': 1}}.a.b }}{{ {'a': 1}['a'] }}
{{ [[1, 2], [3]]|map('length')|list }} {{ [1, [2, {'k': 'v'}]] }} {{ (xs|first) + 1 }} {{ xs|length > 2 }}
{{ strftime_now('%Y-%m-%d %H:%M:%S %B') }} {{ namespace is defined }}
""".strip("\n").split("\n"):
    add(source, source, data)
for source in ["{{ missing.x }}", "{{ missing + 1 }}", "{{ 1 + 'a' }}", "{{ xs.append(1) }}", "{{ 1 / 0 }}",
               "{{ raise_exception('no') }}", "{% for x in 5 %}{% endfor %}", "{{ missing() }}", "{{ 1 < 'a' }}",
               "{% if %}{% endif %}", "{{ }}", "{% for %}", "{{ 'a }}", "{% endif %}", "{{ (1 }}", "{% if 1 %}",
               "{{ 1 }", "{% set 1 = 2 %}", "{% foo %}", "{{ a b }}", "{{ s|nope }}", "{{ 1 is nope }}", "{# open"]:
    add(source, source, data)
for source in [
        "a\n  {% if t %}\n  b\n  {% endif %}\nc\n", "a\n  {%- if t -%}\n  b\n  {%- endif -%}\nc\n\n",
        "  {%+ if t %} x{% endif +%}\n y", "  {{ 1 }}  \n  {{- 2 -}}  \n 3", "{# c #}\n  {# d #}\nx  {#- e -#}  y",
        "x{% if t %}  \n  {% endif %}  z", "\n{% for x in xs %}\n- {{ x }}\n{% endfor %}\nend\n",
        "a\r\n{% if t %}\r\nb\r\n{% endif %}\r\n", "\t{% raw %}\n  {{ x }}\n  {% endraw %}\nq", "{% if t -%}   a{% endif %}\n\n\nb",
        "a {% if t %} b {% endif %} c\n   {% set x = 1 %}   \n{{ x }}\n"]:
    add("white space " + repr(source), source, data)

for lines in [builtin_cases.NUMBERS, builtin_cases.TEXTS, builtin_cases.LISTS, builtin_cases.ERRORS]:
    for source in lines.strip("\n").split("\n"):
        add(source, source, builtin_cases.CONTEXT)

path = pathlib.Path(__file__).parent / "data" / "templates.json"
path.write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n")
print(len(cases), "cases,", sum("error" in c for c in cases), "of them errors")
