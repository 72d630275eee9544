#include "identity/pages.hpp"

#include <string_view>

namespace tessera::server::identity {
namespace {

constexpr std::string_view style =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff}"
    "fieldset{border:1px solid #c9d1d9;border-radius:.5rem;margin:1rem 0;padding:.5rem 1rem}"
    "label{display:block;overflow-wrap:anywhere}"
    "button,input[type=text]{font:inherit;padding:.5rem 1.25rem;border-radius:.5rem;"
    "border:1px solid #57606a;background:#fff;margin-right:.5rem}"
    "#allow{background:#1f6feb;border-color:#1f6feb;color:#fff}"
    "code{background:#eef1f4;padding:.1rem .3rem}";

std::string escaped(std::string_view text) {
    std::string made;
    for (const char each : text) {
        switch (each) {
            case '&':
                made += "&amp;";
                break;
            case '<':
                made += "&lt;";
                break;
            case '>':
                made += "&gt;";
                break;
            case '"':
                made += "&quot;";
                break;
            case '\'':
                made += "&#39;";
                break;
            default:
                made += each;
        }
    }
    return made;
}

// No script, nothing from elsewhere, in no frame.
answer page(int status, const std::string& title, const std::string& body) {
    answer made{.status = status};
    made.body = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
                escaped(title) +
                "</title><meta name=\"viewport\" content=\"width=device-width\"><style>" +
                std::string(style) + "</style></head><body><main><h1>" + escaped(title) + "</h1>" +
                body + "</main></body></html>\n";
    made.headers.add("content-type", "text/html; charset=utf-8");
    made.headers.add("content-security-policy",
                     "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
                     "base-uri 'none'");
    made.headers.add("x-frame-options", "DENY");
    made.headers.add("x-content-type-options", "nosniff");
    made.headers.add("referrer-policy", "no-referrer");
    made.headers.add("cache-control", "no-store");
    return made;
}

}  // namespace

answer consent_page(const question& what) {
    std::string body = "<p><strong>" + escaped(what.asks) + "</strong> asks for access.</p>";
    if (!what.user_code.empty())
        body += "<p>The device shows the code <code>" + escaped(what.user_code) +
                "</code>. Go on only if yours does.</p>";
    body += "<form method=\"post\" action=\"" + escaped(what.action) +
            "\"><input type=\"hidden\" name=\"ticket\" value=\"" + escaped(what.ticket) + "\">";
    body += "<fieldset><legend>As</legend>";
    for (const identity_user& each : what.users)
        body += "<label><input type=\"radio\" name=\"user\" value=\"" + escaped(each.id) + "\"" +
                (&each == &what.users.front() ? " checked" : "") + "> " + escaped(each.name) +
                "</label>";
    body += "</fieldset>";
    if (!what.scopes.empty()) {
        body += "<fieldset><legend>It may</legend>";
        for (const std::string& each : what.scopes)
            body += "<label><input type=\"checkbox\" name=\"scope\" value=\"" + escaped(each) +
                    "\" checked> " + escaped(each) + "</label>";
        body += "</fieldset>";
    }
    return page(200, "Allow access?",
                body +
                    "<button id=\"allow\" name=\"decision\" value=\"allow\">Allow</button>"
                    "<button id=\"deny\" name=\"decision\" value=\"deny\">Deny</button></form>");
}

answer code_page(const std::string& action, const std::string& wrong) {
    std::string body;
    if (!wrong.empty()) body += "<p role=\"alert\">" + escaped(wrong) + "</p>";
    return page(wrong.empty() ? 200 : 400, "Connect a device",
                body + "<form method=\"get\" action=\"" + escaped(action) +
                    "\"><label>The code that it shows: <input type=\"text\" name=\"user_code\" "
                    "autocomplete=\"off\" maxlength=\"32\" required></label>"
                    "<p><button>Go on</button></p></form>");
}

answer message_page(int status, const std::string& title, const std::string& text) {
    return page(status, title, "<p>" + escaped(text) + "</p>");
}

}  // namespace tessera::server::identity
