#include "constrain/code_point_set.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>

namespace tessera::engine {
namespace {

using range = code_point_set::range;

struct category_name {
    std::string_view brief;
    std::string_view full;
    std::uint32_t members;  // bits by utf8proc_category_t
};

constexpr std::uint32_t bits(std::initializer_list<utf8proc_category_t> categories) {
    std::uint32_t all = 0;
    for (const auto c : categories) all |= 1U << c;
    return all;
}
constexpr std::uint32_t cased =
    bits({UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LL, UTF8PROC_CATEGORY_LT});

// PropertyValueAliases.txt of Unicode, property gc.
constexpr category_name categories[] = {
    {"C", "Other",
     bits({UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CF, UTF8PROC_CATEGORY_CN, UTF8PROC_CATEGORY_CO,
           UTF8PROC_CATEGORY_CS})},
    {"Cc", "Control", bits({UTF8PROC_CATEGORY_CC})},
    {"Cc", "cntrl", bits({UTF8PROC_CATEGORY_CC})},
    {"Cf", "Format", bits({UTF8PROC_CATEGORY_CF})},
    {"Cn", "Unassigned", bits({UTF8PROC_CATEGORY_CN})},
    {"Co", "Private_Use", bits({UTF8PROC_CATEGORY_CO})},
    {"Cs", "Surrogate", bits({UTF8PROC_CATEGORY_CS})},
    {"L", "Letter", cased | bits({UTF8PROC_CATEGORY_LM, UTF8PROC_CATEGORY_LO})},
    {"LC", "Cased_Letter", cased},
    {"Ll", "Lowercase_Letter", bits({UTF8PROC_CATEGORY_LL})},
    {"Lm", "Modifier_Letter", bits({UTF8PROC_CATEGORY_LM})},
    {"Lo", "Other_Letter", bits({UTF8PROC_CATEGORY_LO})},
    {"Lt", "Titlecase_Letter", bits({UTF8PROC_CATEGORY_LT})},
    {"Lu", "Uppercase_Letter", bits({UTF8PROC_CATEGORY_LU})},
    {"M", "Mark", bits({UTF8PROC_CATEGORY_MC, UTF8PROC_CATEGORY_ME, UTF8PROC_CATEGORY_MN})},
    {"M", "Combining_Mark",
     bits({UTF8PROC_CATEGORY_MC, UTF8PROC_CATEGORY_ME, UTF8PROC_CATEGORY_MN})},
    {"Mc", "Spacing_Mark", bits({UTF8PROC_CATEGORY_MC})},
    {"Me", "Enclosing_Mark", bits({UTF8PROC_CATEGORY_ME})},
    {"Mn", "Nonspacing_Mark", bits({UTF8PROC_CATEGORY_MN})},
    {"N", "Number", bits({UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NL, UTF8PROC_CATEGORY_NO})},
    {"Nd", "Decimal_Number", bits({UTF8PROC_CATEGORY_ND})},
    {"Nd", "digit", bits({UTF8PROC_CATEGORY_ND})},
    {"Nl", "Letter_Number", bits({UTF8PROC_CATEGORY_NL})},
    {"No", "Other_Number", bits({UTF8PROC_CATEGORY_NO})},
    {"P", "Punctuation",
     bits({UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PD, UTF8PROC_CATEGORY_PE, UTF8PROC_CATEGORY_PF,
           UTF8PROC_CATEGORY_PI, UTF8PROC_CATEGORY_PO, UTF8PROC_CATEGORY_PS})},
    {"P", "punct",
     bits({UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PD, UTF8PROC_CATEGORY_PE, UTF8PROC_CATEGORY_PF,
           UTF8PROC_CATEGORY_PI, UTF8PROC_CATEGORY_PO, UTF8PROC_CATEGORY_PS})},
    {"Pc", "Connector_Punctuation", bits({UTF8PROC_CATEGORY_PC})},
    {"Pd", "Dash_Punctuation", bits({UTF8PROC_CATEGORY_PD})},
    {"Pe", "Close_Punctuation", bits({UTF8PROC_CATEGORY_PE})},
    {"Pf", "Final_Punctuation", bits({UTF8PROC_CATEGORY_PF})},
    {"Pi", "Initial_Punctuation", bits({UTF8PROC_CATEGORY_PI})},
    {"Po", "Other_Punctuation", bits({UTF8PROC_CATEGORY_PO})},
    {"Ps", "Open_Punctuation", bits({UTF8PROC_CATEGORY_PS})},
    {"S", "Symbol",
     bits(
         {UTF8PROC_CATEGORY_SC, UTF8PROC_CATEGORY_SK, UTF8PROC_CATEGORY_SM, UTF8PROC_CATEGORY_SO})},
    {"Sc", "Currency_Symbol", bits({UTF8PROC_CATEGORY_SC})},
    {"Sk", "Modifier_Symbol", bits({UTF8PROC_CATEGORY_SK})},
    {"Sm", "Math_Symbol", bits({UTF8PROC_CATEGORY_SM})},
    {"So", "Other_Symbol", bits({UTF8PROC_CATEGORY_SO})},
    {"Z", "Separator", bits({UTF8PROC_CATEGORY_ZL, UTF8PROC_CATEGORY_ZP, UTF8PROC_CATEGORY_ZS})},
    {"Zl", "Line_Separator", bits({UTF8PROC_CATEGORY_ZL})},
    {"Zp", "Paragraph_Separator", bits({UTF8PROC_CATEGORY_ZP})},
    {"Zs", "Space_Separator", bits({UTF8PROC_CATEGORY_ZS})},
};

// Runs of code points of one category, in order.
struct category_run {
    range points;
    std::uint32_t category;  // its bit
};
const std::vector<category_run>& category_runs() {
    static const auto runs = [] {
        std::vector<category_run> made;
        for (const range& part : code_point_set::universe) {
            for (char32_t c = part.first; c <= part.last; ++c) {
                const auto category = 1U << utf8proc_category(static_cast<utf8proc_int32_t>(c));
                if (c != part.first && made.back().category == category)
                    made.back().points.last = c;
                else
                    made.push_back({{c, c}, category});
            }
        }
        return made;
    }();
    return runs;
}

code_point_set of_categories(std::uint32_t members) {
    std::vector<range> found;
    for (const category_run& run : category_runs()) {
        if ((run.category & members) != 0) found.push_back(run.points);
    }
    return code_point_set(std::move(found));
}

}  // namespace

code_point_set::code_point_set(std::vector<range> parts) {
    std::ranges::sort(parts);
    for (const range& part : parts) {
        for (const range& limits : universe) {
            const char32_t first = std::max(part.first, limits.first);
            const char32_t last = std::min(part.last, limits.last);
            if (first > last) continue;
            if (!ranges_.empty() && first <= ranges_.back().last + 1)
                ranges_.back().last = std::max(ranges_.back().last, last);
            else
                ranges_.push_back({first, last});
        }
    }
}

code_point_set code_point_set::negated() const {
    code_point_set others;
    for (const range& limits : universe) {
        char32_t at = limits.first;
        for (const range& r : ranges_) {
            if (r.last < limits.first || r.first > limits.last) continue;
            if (at < r.first) others.ranges_.push_back({at, r.first - 1});
            at = r.last + 1;
        }
        if (at <= limits.last) others.ranges_.push_back({at, limits.last});
    }
    return others;
}

bool code_point_set::contains(char32_t c) const {
    const auto found = std::ranges::lower_bound(ranges_, c, {}, &range::last);
    return found != ranges_.end() && found->first <= c;
}

const code_point_set& escape_class(char letter) {
    static const code_point_set digits({{'0', '9'}});
    static const code_point_set words({{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}});
    // WhiteSpace and LineTerminator, ECMA-262 12.2 and 12.3.
    static const code_point_set spaces({{0x09, 0x0d},
                                        {0x20, 0x20},
                                        {0xa0, 0xa0},
                                        {0x1680, 0x1680},
                                        {0x2000, 0x200a},
                                        {0x2028, 0x2029},
                                        {0x202f, 0x202f},
                                        {0x205f, 0x205f},
                                        {0x3000, 0x3000},
                                        {0xfeff, 0xfeff}});
    return letter == 'd' ? digits : letter == 'w' ? words : spaces;
}

const code_point_set& dot_class() {
    static const code_point_set all =
        code_point_set({{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}).negated();
    return all;
}

std::optional<code_point_set> property_class(std::string_view expression) {
    if (const auto equals = expression.find('='); equals != std::string_view::npos) {
        const std::string_view property = expression.substr(0, equals);
        if (property != "gc" && property != "General_Category") return std::nullopt;
        expression.remove_prefix(equals + 1);
    } else if (expression == "Any") {
        return code_point_set().negated();
    } else if (expression == "ASCII") {
        return code_point_set({{0, 0x7f}});
    } else if (expression == "Assigned") {
        return of_categories(~bits({UTF8PROC_CATEGORY_CN}));
    }
    const auto found = std::ranges::find_if(categories, [&](const category_name& c) {
        return c.brief == expression || c.full == expression;
    });
    if (found == std::end(categories)) return std::nullopt;
    return of_categories(found->members);
}

}  // namespace tessera::engine
