"""Templates about the builtins of Jinja and the methods of Python's types, one a line, and their context."""

CONTEXT = {
    "xs": [3, 1, 2], "none_yet": None, "big": 2**63, "most": 2**64 - 1, "low": -2**63, "f": 1.5, "n": -7, "s": "Grün, Élan! 你好",
    "d": {"b": 1, "a": None, "items": 5}, "flags": [True, False],
    "people": [{"name": "Bo", "age": 3, "of": {"city": "Rom"}}, {"name": "al", "age": 30, "of": {"city": "bern"}},
               {"name": "Cy", "age": 3, "of": {"city": "rom"}}, {"name": "di", "of": {}}],
    "tree": [{"n": "a", "in": [{"n": "b", "in": [{"n": "c", "in": []}]}, {"n": "d", "in": []}]}, {"n": "e", "in": []}],
    "pairs": [[1, [2, 3]], [4, [5, 6]]], "lines": "one\n\ntwo\r\nthree\u2028four\n", "odd": "ß ŉ ǆ ﬁ İ Σ ΑΣ ΑΣΑ ᾳ ﬃx",
    # Jinja folds constants to source text, in which these would be names.
    "word": {"inf": "inf", "minus": "-Infinity", "nan": "nan", "large": "1e400"},
    "digits": "²٣Ⅷ½一", "html": "<p>a <!-- b -->  <b>c</b>\n d</p>"}

# What is none has no elements for these filters; integers beyond 63 bits; numbers in general.
NUMBERS = """
{{ none_yet|select|list }} {{ none_yet|reject('odd')|list }} {{ none_yet|selectattr('x')|list }} {{ none_yet|rejectattr('x', 'eq', 1)|list }} {{ none_yet|map('upper')|list }} {{ none_yet|map(attribute='x')|list }}
{{ none_yet|selectattr('x', 'equalto', 1)|map(attribute='y')|list }} {{ 0|select|list }} {{ false|map('nope')|list }} {% for x in none_yet|select %}{{ x }}{% else %}nothing{% endfor %}
{{ big }} {{ most }} {{ low }} {{ low - 1 }} {{ most + 1 }} {{ big * 2 }} {{ -big }} {{ most|tojson }} {{ [big, most] }} {{ most // 10 }} {{ most % 1000 }} {{ 2 ** 100 }} {{ most is integer }}
{{ 9223372036854775808 }} {{ -9223372036854775809 }} {{ 18446744073709551616 * 3 }} {{ '99999999999999999999'|int }} {{ '-9223372036854775809'|int }} {{ 1e20|int }} {{ 9e18|int }} {{ most|float }} {{ most|abs }} {{ low|abs }}
{{ big > 9.3e18 }} {{ big == 9223372036854775808.0 }} {{ 9007199254740993 == 9007199254740992.0 }} {{ 9007199254740993 > 9007199254740992.0 }} {{ most / 3 }} {{ 9007199254740993 / 3 }} {{ 1 / 3 }} {{ 10 ** 20 / 7 }}
{{ 'ff'|int(base=16) }} {{ '0xff'|int(base=16) }} {{ '0xff'|int(0, 0) }} {{ '0b101'|int(base=2) }} {{ '0o17'|int(base=8) }} {{ '17'|int(base=8) }} {{ 'zz'|int(base=36) }} {{ '12'|int(base=2) }} {{ '1_000'|int }} {{ '1__0'|int }} {{ ' 42 '|int }} {{ '٣٤'|int }} {{ '0x1F'|int }} {{ '12.9'|int }} {{ '-12.9'|int }} {{ '+7'|int }} {{ ''|int(3) }} {{ 'nan'|int(5) }} {{ '9'|int(base=99) }}
{{ '1e3'|float }} {{ '1_0.5'|float }} {{ ' -2.5 '|float }} {{ word.inf|float }} {{ word.minus|float }} {{ word.nan|float }} {{ word.large|float }} {{ '1e-400'|float }} {{ '.5'|float }} {{ '5.'|float }} {{ 'x'|float(1.5) }} {{ none_yet|float }} {{ none_yet|int(9) }} {{ true|int }} {{ [1]|int }}
{{ 0x1F }} {{ 0b101 }} {{ 0o17 }} {{ 0xFF_FF }} {{ 1_0.5 }} {{ 1e3 }} {{ pairs.0.1.1 }}
{{ 5|round }} {{ 2.5|round }} {{ 3.5|round }} {{ -2.5|round }} {{ 2.675|round(2) }} {{ 1234.5|round(-2) }} {{ 1250|round(-2) }} {{ 1350|round(-2) }} {{ -1250|round(-2) }} {{ 42.42|round(1, 'ceil') }} {{ 42.47|round(1, 'floor') }} {{ 7|round(0, 'ceil') }} {{ 0.5|round }} {{ 1e300|round(2) }} {{ 250.5|round(-2) }}
{{ 7 // 2.0 }} {{ -7 // 2.0 }} {{ 1 // 0.1 }} {{ -4.0 % 2 }} {{ 5.5 % -2 }} {{ -0.0 }} {{ 0 * -1.0 }} {{ 2 ** -1 }} {{ 2 ** 0.5 }} {{ -2 ** 2 }} {{ 0 / -5 }} {{ true + true }} {{ 7 % -3 }} {{ -7 // 2 }} {{ 1 ** 1000000000000 }}
{{ 1e16 }} {{ 1.5e300 * 1e10 }} {{ f * 1e308 * 10 }} {{ word.nan|float == word.nan|float }} {{ word.nan|float <= 1 }} {{ 1 >= word.nan|float }}
{{ 100|filesizeformat }} {{ 1|filesizeformat }} {{ 1000|filesizeformat }} {{ 999999|filesizeformat }} {{ 13500000|filesizeformat }} {{ 13500000|filesizeformat(true) }} {{ 1e30|filesizeformat }} {{ '2048'|filesizeformat(binary=true) }} {{ 0|filesizeformat }} {{ -5|filesizeformat }} {{ 5.7|filesizeformat }}
{{ [1, 2.5]|sum }} {{ people[:3]|sum(attribute='age') }} {{ xs|sum(start=10) }} {{ []|sum }} {{ [[1], [2]]|sum(start=[]) }} {{ []|max }}|{{ ['b', 'A']|max }} {{ ['b', 'A']|min(case_sensitive=true) }} {{ (people[:3]|max(attribute='age')).name }} {{ (people[:3]|min(attribute='age')).name }}
{{ 3 is odd }} {{ 3.0 is odd }} {{ -3 is odd }} {{ 4 is even }} {{ 1 is sameas true }} {{ true is sameas true }} {{ 1 is sameas 1.0 }} {{ none_yet is sameas none }} {{ xs is sameas xs }} {{ [1] is sameas [1] }} {{ 6.0 is divisibleby 3 }}
"""

TEXTS = """
{{ 'straße'|upper }} {{ 'ß'.upper() }} {{ odd.upper() }} {{ odd.lower() }} {{ odd.title() }} {{ odd.capitalize() }} {{ odd.swapcase() }} {{ odd.casefold() }}
{{ odd|upper }} {{ odd|lower }} {{ odd|title }} {{ odd|capitalize }} {{ "they're bill's-friends (from the UK) [x] {y} <z>"|title }} {{ "they're bill's-friends (from the UK)".title() }} {{ 'ﬁne ßo'|title }} {{ 'ΟΔΟΣ ΟΔΟΣ.'|lower }} {{ 'ΟΔΟΣ'.title() }}
{{ digits.isdigit() }} {{ '²'.isdigit() }} {{ '²'.isdecimal() }} {{ '½'.isnumeric() }} {{ '½'.isdigit() }} {{ '一'.isnumeric() }} {{ '一'.isalpha() }} {{ 'a1'.isalnum() }} {{ 'a 1'.isalnum() }} {{ ''.isalnum() }} {{ 'Ab'.isalpha() }} {{ '٣'.isdecimal() }} {{ 'é'.isascii() }} {{ ''.isascii() }} {{ 'a b'.isprintable() }} {{ 'a\\n'.isprintable() }} {{ ' \\t'.isspace() }} {{ ''.isspace() }}
{{ 'Ab Cd'.istitle() }} {{ 'AB'.istitle() }} {{ 'ab'.istitle() }} {{ '1 A'.istitle() }} {{ 'ªb'.islower() }} {{ 'A1'.isupper() }} {{ '1'.isupper() }} {{ 'ǅ'.isupper() }} {{ 'Ⅷ'.isupper() }} {{ 'x_1'.isidentifier() }} {{ '1x'.isidentifier() }} {{ ''.isidentifier() }} {{ 'AB' is upper }} {{ 5 is lower }} {{ 'a1' is lower }}
[{{ 'ab'.ljust(5) }}] [{{ 'ab'.rjust(5, '.') }}] [{{ 'ab'.center(5) }}] [{{ 'ab'.center(6, '·') }}] [{{ 'abc'.center(6) }}] [{{ 'abcdef'.ljust(2) }}] [{{ '-7'.zfill(5) }}] [{{ '+é'.zfill(4) }}] [{{ '42'.zfill(1) }}] [{{ 'ab'|center(7) }}] [{{ 5|center(4) }}] [{{ 'x'.center(-3) }}]
{{ 'a=b=c'.partition('=') }} {{ 'a=b=c'.rpartition('=') }} {{ 'abc'.partition('x') }} {{ 'abc'.rpartition('x') }} {{ 'aéb'.partition('é')[2] }}
[{{ 'a\\tbc\\td'.expandtabs() }}] [{{ 'a\\tbc\\n\\td'.expandtabs(4) }}] [{{ 'a\\tb'.expandtabs(0) }}] [{{ 'é\\tb'.expandtabs(tabsize=2) }}]
{{ lines.splitlines() }} {{ lines.splitlines(true) }} {{ 'a\\x0bb\\x0cc\\x1cd\\x85e'.splitlines() }} {{ ''.splitlines() }} {{ '\\n'.splitlines() }} {{ 'a\\r\\rb'.splitlines(keepends=true) }}
{{ ' a  b c '.rsplit(none, 1) }} {{ ' a  b c '.rsplit() }} {{ ' a  b c '.split(maxsplit=1) }} {{ ' a  b c '.split(none, 0) }} {{ 'a,b,c'.rsplit(',') }} {{ 'a--b--c'.split('--', 1) }} {{ ''.split() }} {{ ''.split(',') }} {{ 'aXbXc'.rsplit('X', maxsplit=1) }} {{ 'é\u3000b'.split() }} {{ 'é\u3000b c'.rsplit(none, 1) }}
{{ 'abcabc'.find('c', 3) }} {{ 'abcabc'.find('a', 1, 3) }} {{ 'abcabc'.rfind('b', 0, 3) }} {{ 'abcabc'.index('b', 2) }} {{ 'abcabc'.rindex('a') }} {{ 'éaéa'.find('a', -1) }} {{ 'éaéa'.count('a', 2) }} {{ 'aaaa'.count('aa') }} {{ 'abc'.count('') }} {{ 'abc'.find('', 3) }} {{ 'abc'.find('', 4) }} {{ 'abc'.startswith('b', 1) }} {{ 'abc'.endswith(('x', 'b'), 0, 2) }} {{ 'abc'.startswith('', 9) }}
{{ 'TestHook'.removeprefix('Test') }} {{ 'TestHook'.removesuffix('Hook') }} {{ 'abc'.removeprefix('x') }} {{ 'a.b'.replace('.', '') }} {{ 'aaa'.replace('a', 'b', 2) }} {{ 'abc'.replace('', '-') }} {{ 'ab'.replace('', '-', 1) }} {{ '-'.join('abc') }} {{ ','.join(d) }} {{ 'xxaxx'.strip('xy') }} {{ 'éaé'.lstrip('é') }} {{ ' x\\x1f'.rstrip() }}|
{{ 'ab' * 2 }} {{ 2 * 'ab' }} {{ 'ab' * -1 }}| {{ [1, 2] * 2 }} {{ 2 * (1,) }} {{ [0] * 0 }}
{{ '%s and %s'|format('a', 1) }} {{ '%(x)s-%(y)05d'|format(x='q', y=42) }} {{ '%s'|format([1, 'a']) }} {{ '%d%%'|format(5) }} {{ 'plain'|format }}
{{ '%s' % 'a' }} {{ '%s %s' % (1, none) }} {{ '%r' % 'a' }} {{ '%5s|%-5s|%.2s' % ('ab', 'ab', 'abc') }} {{ '%d %i %u' % (3.9, -2, true) }} {{ '%05d|%+d|% d|%-5d|%5d' % (42, 42, 42, 42, -42) }} {{ '%x %X %o %#x %#o' % (255, 255, 8, 255, 8) }} {{ '%.3d' % 5 }} {{ '%c%c' % (65, 'é') }} {{ '%(a)s' % {'a': 1} }} {{ '%%' % () }} {{ '%*d' % (5, 42) }} {{ '%-*d|' % (5, 42) }} {{ '%.*f' % (2, 3.14159) }} {{ '%s' % {'k': 1} }} {{ 'x' % [1] }} {{ '%ld' % 5 }}
{{ '%f %.2f %e %.1E %g %g %G' % (1.5, 2.345, 12345.678, 0.00012, 1e10, 0.0001, 1e-10) }} {{ '%08.2f|%+.1f|% .1f|%-8.1f|' % (3.14159, 2.0, 2.0, 2.0) }} {{ '%f' % 3 }} {{ '%g' % 100000 }} {{ '%5.1f%%' % 99.5 }} {{ '%#.0f' % 3 }} {{ '%s' % 1e20 }} {{ '%d' % most }} {{ '%x' % most }} {{ '%05s' % 'a' }} {{ '%f' % (word.inf|float) }}
{{ '{} {}'.format(1, 'a') }} {{ '{1}{0}'.format('a', 'b') }} {{ '{x}-{y}'.format(x=1, y=none) }} {{ '{{}} {}'.format(5) }} {{ '{0.name} {0[age]}'.format(people[0]) }} {{ '{0[1]}'.format(xs) }} {{ '{!r} {!s}'.format('a', 'b') }} {{ '{:>5}|{:<5}|{:^5}|{:*^7}'.format('a', 'b', 'c', 'd') }} {{ '{:.2}'.format('abcdef') }} {{ '{:5}|'.format('é') }} {{ '{x}'.format_map({'x': 7}) }} {{ '{:{}}|'.format('a', 4) }} {{ '{:05}'.format('a') }} {{ '{}'.format([1, 'x']) }}
{{ '{:d} {:5d} {:<5d}| {:05d} {:+d} {: d} {:,} {:_} {:x} {:#x} {:#b} {:o} {:X} {:c} {:n}'.format(1, 2, 3, -4, 5, 6, 1234567, 1234567, 255, 255, 5, 8, 255, 233, 12) }} {{ '{:=+6d}|{:*=6d}|{:^6d}|{:06.1f}'.format(5, -5, 5, 2.5) }} {{ '{:5}|{}|{:d}'.format(true, true, true) }} {{ '{:#010x} {:_x} {:_b}'.format(255, 1048575, 255) }}
{{ '{:f} {:.2f} {:e} {:.3g} {:g} {:%} {:.1%} {:,.2f} {:10.3f}|{:<10.1f}|{:+.1f} {} {:.3} {:.3} {:.3} {:.10} {:8}|{:08.2f} {:F} {:.0f}'.format(1.5, 2.345, 12345.678, 0.00012345, 1e10, 0.25, 0.256, 1234567.891, 3.14159, 2.0, 2.0, 2.0, 123.0, 1.0, 100000.0, 1.5, 2.5, -3.14159, word.inf|float, 2.5) }} {{ '{:.1f}|{:e}|{:,}'.format(3, 5, 1234.5) }}
{{ 'a b/c?d=é&f'|urlencode }} {{ {'a b': 'c/d', 'e': 1}|urlencode }} {{ [['x', 'y z']]|urlencode }} {{ '~-._'|urlencode }} {{ 5|urlencode }}
[{{ 'hello world and more'|truncate(11) }}] [{{ 'hello world and more'|truncate(12, true) }}] [{{ 'hello world'|truncate(9) }}] [{{ 'hello world and more'|truncate(10, false, '…', 0) }}] [{{ 'hello world and more'|truncate(length=5, killwords=true, end='', leeway=0) }}] [{{ 'short'|truncate }}] [{{ missing|truncate }}] [{{ xs|truncate }}] [{{ 'éééééééééé'|truncate(4, true, '.', 0) }}]
{{ 'a b-c d_e, é1 ½'|wordcount }} {{ ''|wordcount }} {{ html|striptags }} {{ '<a'|striptags }} {{ 'a<!-- > -->b'|striptags }} {{ 'x > y < z'|striptags }}
{{ {'class': 'a "b"', 'id': none, 'n': 5, 'x': missing}|xmlattr }}|{{ {'a': '<'}|xmlattr(false) }}|{{ {}|xmlattr }}|{{ {'b': none}|xmlattr }}
[{{ lines|indent(2) }}] [{{ lines|indent('> ', true, true) }}] [{{ 'a\\nb'|indent(width=1, first=true) }}] [{{ ''|indent(first=true) }}] [{{ 'a\\n'|indent(blank=true) }}]
{{ '<a>'|e }} {{ '<a>'|e|e }} {{ '<a>'|forceescape|forceescape }} {{ ('<'|e) + '<' }} {{ '<' + ('x'|safe) }} {{ '<' ~ ('x'|safe) }} {{ ('<b>'|safe) is escaped }} {{ 'a' is escaped }} {{ ('%s'|safe) % '<' }} {{ ('<'|e).upper() }} {{ ('<i>'|safe)|upper|e }} {{ ('{}'|safe).format('<') }} {{ ('x'|safe).join(['<', '>'|safe]) }} {{ ('a'|safe) * 2 is escaped }} {{ ['<'|e] }} {{ ('a'|safe).replace('a', '<') }}
{{ ['<'|e, '<']|join }} {{ ('<a b>'|safe|replace('a', '&')) is escaped }} {{ ('abc'|safe)[1] is escaped }} {{ ('ab cd'|safe).split()[0] is escaped }} {{ ('x'|safe|string) is escaped }} {{ ('x'|safe|trim) is escaped }}
{{ s[1:4] }} {{ s[-2:] }} {{ s[99999999999999999999:] }}|{{ s[:-99999999999999999999] }}|{{ xs[::-99999999999999999999] }} {{ xs[99999999999999999999] }}|
"""

LISTS = """
{{ xs|batch(2)|list }} {{ xs|batch(2, 'x')|list }} {{ []|batch(2, 'x')|list }} {{ range(7)|batch(3, 0)|list }} {{ 'abc'|batch(2)|list }} {{ range(7)|slice(3)|list }} {{ range(7)|slice(3, 'x')|list }} {{ range(6)|slice(3, 'x')|list }} {{ xs|slice(5)|list }} {{ xs|slice(-1)|list }}
{% for city, all in people[:3]|groupby('of.city') %}{{ city }}: {{ all|map(attribute='name')|join(',') }}; {% endfor %}
{% for g in people|groupby('age', default=0) %}{{ g.grouper }}={{ g.list|length }}={{ g[0] }} {% endfor %}{{ people|groupby('of.city', default='?', case_sensitive=true)|map('first')|list }} {{ []|groupby('x') }} {{ [[2, 'a'], [1, 'b'], [2, 'c']]|groupby(0) }}
{{ people[:3]|sort(attribute='age,name')|map(attribute='name')|list }} {{ people[:3]|sort(attribute='age', reverse=true)|map(attribute='name')|list }} {{ people|map(attribute='of.city', default='none')|list }} {{ [[1, 'b'], [0, 'a']]|sort(attribute='1')|list }} {{ [{'a': [5, 6]}]|map(attribute='a.1')|list }} {{ people|map(attribute='x.y', default=none)|list if false }}
{{ [{'a': none, 'b': 1}, {'a': none, 'b': 0}]|sort(attribute='a')|map(attribute='b')|list }} {{ [[2], [1], [2]]|sort(attribute='x')|list }} {{ [none, none]|sort }}
{{ ['b', 'A', 'a', 'B']|unique|list }} {{ ['b', 'A', 'a']|unique(case_sensitive=true)|list }} {{ people[:3]|unique(attribute='age')|map(attribute='name')|list }} {{ {'b': 1, 'A': 3, 'c': 2}|dictsort }} {{ {'b': 1, 'A': 3, 'c': 2}|dictsort(true) }} {{ {'b': 1, 'A': 3, 'c': 2}|dictsort(by='value', reverse=true) }}
{{ people|selectattr('age', 'eq', 3)|map(attribute='name')|list }} {{ people|rejectattr('age', 'defined')|map(attribute='name')|list }} {{ xs|select('greaterthan', 1)|list }} {{ ['a', '']|select|list }} {{ ['a', 1]|reject('string')|list }} {{ ['x', 'y']|map('replace', 'x', 'z')|list }} {{ [1.25, 2.75]|map('round', 1, method='floor')|list }} {{ ['1', 'z']|map('int', default=5)|list }}
{{ xs.index(2) }} {{ xs.index(1, 1) }} {{ xs.count(1) }} {{ (1, 2, 1).count(1) }} {{ (1, 2).index(2) }} {{ xs.copy() }} {{ d.copy() }} {{ d.get('b') }} {{ d.get('z', 7) }} {{ d.fromkeys(['p', 'q'], 0) }} {{ d.fromkeys('ab') }} {{ dict([['a', 1], ('b', 2)], c=3) }} {{ dict({'x': 1}, y=2) }} {{ dict(**{'k': 1}) }}
{{ d|attr('b') is defined }} {{ (d|attr('keys'))()|list }} {{ 'abc'|last }} {{ d|last }} {{ d|first }} {{ 'abc'|reverse }} {{ (1, 2) + (3,) }} {{ (1, 2) < (1, 3) }} {{ [1, missing] }} {{ {'a': missing} }}
{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{{ c.reset() }}{{ c.next() }} {% for x in xs %}{{ c.next() }}{% endfor %}
{% set j = joiner('; ') %}{% for x in xs %}{{ j() }}{{ x }}{% endfor %} {% set k = joiner() %}{{ k() }}|{{ k() }}|{{ k() }} {{ joiner is defined }}{{ cycler is defined }}{{ lipsum is defined }}{{ range is callable }}{{ missing is callable }}{{ xs is callable }}{{ j is callable }}{{ 'upper' is filter }}{{ 'nope' is filter }}{{ 'odd' is test }}{{ 5 is test }}
{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}{% set ns.a = 3 %}{{ ns.a }}{{ ns.b }}{% set ns.c = ns.a + 1 %}{{ ns.c }}
{{ range(3, 0, -1)|list }} {{ range(0)|list }} {{ range(5, 2)|list }} {{ range(-2, 3, 2)|list }} {{ range(true)|list }}
{% for a, (b, c) in pairs %}{{ a }}{{ b }}{{ c }};{% endfor %}{% for (x) in xs %}{{ x }}{% endfor %} {% set (a, (b, c)), e = (1, (2, 3)), 4 %}{{ a }}{{ b }}{{ c }}{{ e }} {% set p, q = 'xy' %}{{ q }}{{ p }} {% with (a, b) = (7, 8), z = 9 %}{{ a }}{{ b }}{{ z }}{% endwith %}
{% for k, (a, b) in {'k': [1, 2]}.items() if a < b %}{{ k }}{{ a }}{{ b }}{% endfor %} {% for k, v in {'k': 1}|items %}{{ k }}{{ v }}{% endfor %}
{% for x in tree recursive %}<{{ loop.depth }}{{ loop.depth0 }}{{ x.n }}{{ loop(x.in) }}>{% endfor %} {% for x in tree if x.n != 'e' recursive %}{{ loop.index }}{{ x.n }}{% if x.in %}({{ loop(x.in) }}){% endif %}{% else %}-{% endfor %}
{% for x in tree recursive %}{{ x.n }}{% for y in xs %}{{ loop.depth }}{% endfor %}{% set sub = loop(x.in)|upper %}[{{ sub }}]{% else %}.{% endfor %}
{% for x in [1, 1, 2, 2, 1] %}{{ x if loop.changed(x) }}{% endfor %} {% for x in xs %}{{ loop.changed(x, 1) }}{{ loop.cycle('a', 'b') }}{{ loop.revindex0 }}{% endfor %} {% for a in [1, 2] %}{% set outer = loop %}{% for b in 'xy' %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}
{% macro m(a, b=2) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1) }} {{ m(1, 2, 3, 4) }} {{ m(1, z=5) }} {{ m(*[1, 2, 3]) }} {{ m(**{'b': 8, 'a': 9, 'y': 0}) }} {{ m(0, *[1], **{'q': 2}) }} {{ m(1, *(), b=3) }} {{ m.name }}
{% macro plain(a) %}{{ a }}{% endmacro %}{{ plain(*['x']) }}{{ plain(**{'a': 'y'}) }} {% macro outer() %}{% macro inner() %}{{ varargs|length }}{% endmacro %}{{ inner(1, 2) }}{% endmacro %}{{ outer() }} {{ range(*[1, 4])|list }} {{ 'x'|replace(*['x', 'y']) }} {{ '{}{a}'.format(*[1], **{'a': 2}) }}
{% for x in xs %}{{ x }}{% break %}{% else %}E{% endfor %} {% for x in xs %}{% continue %}{% else %}E{% endfor %} {% for x in xs %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% else %}E{% endfor %} {% for x in xs %}{% if x != 2 %}{% continue %}{% endif %}{{ x }}{% else %}E{% endfor %}
{% macro named() %}{{ kwargs.caller() }}{% endmacro %}{% call named() %}in kwargs{% endcall %} {% macro bare() %}{{ caller is defined }}{% endmacro %}{{ bare() }} {% macro around() %}{{ caller() }}{% macro inner() %}{{ caller is defined }}{% endmacro %}{{ inner() }}{% endmacro %}{% call around() %}x{% endcall %}
{% macro wrap() %}[{{ caller(1, 2) }}]{% endmacro %}{% call(a, b) wrap() %}{{ a }}{{ b }}{% endcall %} {% macro list_of(items) %}{% for i in items %}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(x) list_of(xs) %}<{{ x }}>{% endcall %}
{{ strftime_now('%Y %f|%z|%Z|%%|%j') }} {{ strftime_now('') }} {{ strftime_now('%%f') }}
{{ xs|tojson(indent=0) }} {{ {'a': [1]}|tojson(indent=1, separators=(', ', ' : ')) }} {{ (1, 2)|tojson }} {{ 1e16|tojson }} {{ true|tojson }} {{ {'a': {}}|tojson(indent=2) }}
"""

# Jinja refuses these; so must others.
ERRORS = """
{{ none_yet|list }}
{{ none_yet|length }}
{{ none_yet|join }}
{{ none_yet|sort }}
{{ none_yet|batch(2)|list }}
{{ 5|select|list }}
{{ 5|indent }}
{{ 5|truncate }}
{{ [none, none]|max }}
{{ [{}, {}]|groupby('x') }}
{{ missing[1:] }}
{{ none_yet[1:] }}
{{ n[1:] }}
{{ d[:1] }}
{{ s['a':] }}
{{ missing|dictsort }}
{{ xs[::0] }}
{{ 5|map('upper')|list }}
{{ xs|map|list }}
{{ xs|map('nope')|list }}
{{ xs|selectattr|list }}
{{ missing|int }}
{{ missing|float }}
{{ (f * 1e308 * 10)|int }}
{{ 0 ** -1 }}
{{ 1 % 0 }}
{{ 1.0 // 0 }}
{{ '-'.join([1]) }}
{{ 'a'.center() }}
{{ 'a'.center(none) }}
{{ 'a'.ljust(3, 'xy') }}
{{ 'a'.ljust('b') }}
{{ 'a'.partition('') }}
{{ 'a'.split('') }}
{{ 'abc'.index('x') }}
{{ 'abc'.rindex('x') }}
{{ xs.index(9) }}
{{ '%d' % 'a' }}
{{ '%s %s' % 1 }}
{{ '%s' % (1, 2) }}
{{ '%(a)s' % 1 }}
{{ '%(a)s' % {} }}
{{ '%q' % 1 }}
{{ '%' % 1 }}
{{ '%x' % 1.5 }}
{{ '%c' % 'ab' }}
{{ 'a' % 1 }}
{{ '{}'.format() }}
{{ '{x}'.format() }}
{{ '{'.format(1) }}
{{ '}'.format(1) }}
{{ '{} {0}'.format(1) }}
{{ '{:q}'.format(1) }}
{{ '{:d}'.format('a') }}
{{ '{:s}'.format(1) }}
{{ '{:.2d}'.format(1) }}
{{ '{:>5}'.format([]) }}
{{ '{:5}'.format(none) }}
{{ '{!x}'.format(1) }}
{{ '{0.zz.b}'.format(d) }}
{{ '%s'|format(1, x=2) }}
{{ 'hello'|truncate(2) }}
{{ xs|slice(0)|list }}
{{ 2|round(1, 'up') }}
{{ 'x'|round }}
{{ ['a', 1]|sort }}
{{ ['a', 1]|max }}
{{ d|dictsort(by='size') }}
{{ cycler() }}
{{ range() }}
{{ range(1, 2, 0) }}
{{ range('a') }}
{{ dict([1]) }}
{% for a, (b, c) in [[1, 2]] %}{% endfor %}
{% for a, b in xs %}{% endfor %}
{% set a, b = 1, 2, 3 %}
{% for x in xs %}{{ loop(xs) }}{% endfor %}
{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{% endmacro %}{{ m(b=2) }}
{% macro m() %}{% endmacro %}{% call m() %}{% endcall %}
{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}
{% macro m(a) %}{% endmacro %}{{ m(1, a=2) }}
{{ range(*5) }}
{{ dict(**5) }}
{{ dict(a=1, **{'a': 2}) }}
{{ xs.sort() }}
{{ d.update({}) }}
{{ d.pop('b') }}
{{ xs|nope }}
{{ 1 is nope }}
{{ nope() }}
{{ 012 }}
{{ 'a' < 1 }}
{{ [1] + (2,) }}
{{ 'a' + ('b'|e) + 1 }}
{{ xs|tojson(separators=1) }}
{{ {'a b': 1}|xmlattr if false else {}['x'].y }}
{{ [1, 2]|sum(start='') }}
{{ 'abc'.removeprefix(1) }}
{{ f(a=1, 2) }}
{{ f(**d, 1) }}
"""
