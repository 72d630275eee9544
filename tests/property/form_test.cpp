#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/arbitrary.hpp"
#include "support/read_all.hpp"
#include "support/sample.hpp"
#include "tessera/call/form.hpp"
#include "tessera/http/multipart.hpp"
#include "tessera/json.hpp"

namespace {

namespace call = tessera::call;
namespace http = tessera::http;
namespace json = tessera::json;
using tessera::file;

struct upload {
    std::string text{};
    file content{};
    std::optional<file> maybe{};
    std::vector<file> several{};
    std::vector<double> numbers{};
    sample::shape shape{};
};
constexpr auto describe(json::type<upload>) {
    using t = upload;
    return json::object<t>("Upload", json::closed, json::field("text field", &t::text),
                           json::field("content", &t::content), json::field("maybe", &t::maybe),
                           json::field("several", &t::several),
                           json::field("numbers[]", &t::numbers), json::field("shape", &t::shape));
}

void showValue(const upload& shown, std::ostream& out) { out << json::encode(shown); }

// File names lose the control characters that no header may hold.
file with_plain_name(const file& given) {
    std::string name;
    for (const char c : given.name())
        if (http::is_text_char(c) || c == '\r' || c == '\n') name += c;
    return given.as(name);
}

RC_GTEST_PROP(form_properties, what_a_form_says_is_read_strictly, ()) {
    upload given = *tessera::test::strictly_valid<upload>();
    given.content = with_plain_name(given.content);
    if (given.maybe) given.maybe = with_plain_name(*given.maybe);
    for (file& each : given.several) each = with_plain_name(each);
    const auto form = call::encode_form(given);
    RC_ASSERT(form.has_value());
    const std::string body =
        tessera::test::read_all(form->open(), *rc::gen::inRange<std::size_t>(1, 5000));
    RC_ASSERT(form->size() == body.size());
    const auto received = http::read_multipart(form->content_type(), body);
    RC_ASSERT(received.has_value());
    std::vector<http::form_part> parts;
    for (const http::part& each : *received)
        parts.push_back({each.name, each.filename, each.content_type, file::of(each.data)});
    std::vector<json::issue> issues;
    const auto decoded = call::decode_form<upload>(parts, json::mode::strict, issues);
    for (const json::issue& each : issues)
        RC_FAIL(json::to_string(each.path) + ": " + each.message);
    RC_ASSERT(json::equal(decoded.value(), given));
}

RC_GTEST_PROP(form_properties, no_file_passes_through_json, (const file& given)) {
    const auto decoded = json::decode_text<file>(json::encode(given));
    RC_ASSERT(!decoded.has_value());
}

}  // namespace
