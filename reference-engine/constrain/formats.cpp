#include "constrain/formats.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

namespace tessera::engine {
namespace {

using std::string;

string one_of(const string& a, const string& b) { return "(?:" + a + "|" + b + ")"; }

string date() {
    const string year = "\\d{4}";
    const string leap_year =
        "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
    const string day =
        "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|"
        "02-(?:0[1-9]|1\\d|2[0-8]))";
    return one_of(year + "-" + day, leap_year + "-02-29");
}

const string fraction_of_second = "(?:\\.\\d+)?";

// 23:59:60 UTC as the clocks of all offsets show it.
string leap_second() {
    const auto clock = [](int minutes) {
        char text[8];
        minutes = (minutes + 24 * 60) % (24 * 60);
        std::snprintf(text, sizeof text, "%02d:%02d", minutes / 60, minutes % 60);
        return string(text);
    };
    string all = "23:59:60" + fraction_of_second + "[Zz]";
    for (int offset = 0; offset < 24 * 60; offset += 15)
        all += "|" + clock(offset - 1) + ":60" + fraction_of_second +
               one_of("\\+" + clock(offset), "-" + clock(-offset));
    return "(?:" + all + ")";
}

string time() {
    const string minutes = "(?:[01]\\d|2[0-3]):[0-5]\\d";
    return one_of(minutes + ":[0-5]\\d" + fraction_of_second + "(?:[Zz]|[+-]" + minutes + ")",
                  leap_second());
}

string hostname_of(const string& label_middle) {
    const string label = "[a-zA-Z\\d](?:[a-zA-Z\\d-]" + label_middle + "[a-zA-Z\\d])?";
    return label + "(?:\\." + label + ")*";
}

string hostname() { return hostname_of("{0,61}"); }

string email() {
    const string atom = "[a-zA-Z\\d!#$%&'*+/=?^_`{|}~-]+";
    // Without the limits of lengths, which would make a state of every character.
    return atom + "(?:\\." + atom + ")*@" + hostname_of("*");
}

string ipv4() {
    const string octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    return "(?:" + octet + "\\.){3}" + octet;
}

// IPv6address of RFC 3986.
string ipv6() {
    const string group = "[\\da-fA-F]{1,4}";
    const string last_two = one_of(group + ":" + group, ipv4());
    const auto groups = [&](int count) {
        return "(?:" + group + ":){" + std::to_string(count) + "}";
    };
    const auto at_most = [&](int count) {
        return "(?:(?:" + group + ":){0," + std::to_string(count - 1) + "}" + group + ")?";
    };
    string all = "(?:" + groups(6) + last_two + "|::" + groups(5) + last_two;
    for (int before = 1; before <= 5; ++before)
        all += "|" + at_most(before) + "::" + groups(5 - before) + last_two;
    return all + "|" + at_most(6) + "::" + group + "|" + at_most(7) + "::)";
}

// RFC 3986, appendix A.
string uri() {
    const string marks = "-a-zA-Z\\d._~!$&'()*+,;=";  // unreserved and sub-delims
    const string escaped = "%[\\da-fA-F]{2}";
    const auto of = [&](const string& more) {
        return "(?:[" + marks + more + "]|" + escaped + ")";
    };
    const string segments = "(?:/" + of(":@") + "*)*";
    const string literal = "\\[(?:" + ipv6() + "|[vV][\\da-fA-F]+\\.[" + marks + ":]+)\\]";
    const string authority =
        "(?:" + of(":") + "*@)?" + one_of(literal, of("") + "*") + "(?::\\d*)?";
    const string path =
        one_of("//" + authority + segments, "(?:/?" + of(":@") + "+" + segments + "|/)?");
    const string rest = of(":@/?") + "*";
    return "[a-zA-Z][a-zA-Z\\d+.-]*:" + path + "(?:\\?" + rest + ")?(?:#" + rest + ")?";
}

string date_time() { return date() + "[Tt]" + time(); }

string uuid() { return "[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12}"; }

template <string (*Pattern)()>
const language& built() {
    static const language made = language::matching("^(?:" + Pattern() + ")$");
    return made;
}

constexpr std::pair<std::string_view, const language& (*)()> formats[] = {
    {"date", built<date>},   {"time", built<time>},         {"date-time", built<date_time>},
    {"email", built<email>}, {"hostname", built<hostname>}, {"ipv4", built<ipv4>},
    {"ipv6", built<ipv6>},   {"uri", built<uri>},           {"uuid", built<uuid>},
};

}  // namespace

const language* format_language(std::string_view name) {
    const auto found =
        std::ranges::find(formats, name, [](const auto& format) { return format.first; });
    return found == std::end(formats) ? nullptr : &found->second();
}

}  // namespace tessera::engine
