// POST /v1/audio/transcriptions.
#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "cortex/handlers.hpp"
#include "cortex/relay.hpp"
#include "cortex/translation/errors.hpp"
#include "web/events.hpp"

namespace tessera::server::cortex {
namespace {

// Of a transcription a provider's failure is the server's (A03).
problem told_of(problem why) {
    if (why.status == 502) why.type = "server_error";
    return why;
}

class transcription_front {
  public:
    using dialect = transcriptions;

    explicit transcription_front(const openai::transcription_request&) {}

    static caller<transcriptions>& caller_of(provider& of) { return of.transcription(); }
    static http::fields forwarded(const request&) { return {}; }
    static answer written(const transcription_body& whole) {
        answer made{.status = 200, .body = whole.text};
        made.headers.add("content-type", whole.content_type);
        return made;
    }
    static problem told(const problem& why) { return told_of(why); }

    // The last event waits for the answer's end.
    void write(exchange& to, const openai::transcription_event& event) {
        std::visit(
            [&](const auto& each) {
                if constexpr (requires { each.event_name(); }) {
                    if constexpr (std::is_same_v<decltype(each), const openai::transcript_done&>)
                        end_ = "event: " + std::string(each.event_name()) +
                               "\ndata: " + json::encode(each) + "\n\n";
                    else
                        write_event(to, each);
                } else {
                    write_unknown(to, each.raw);
                }
            },
            event);
    }
    std::string end() { return std::move(end_); }
    static std::string error_frame(const problem& why) {
        return "event: error\ndata: " + json::encode(chat_error_of(told_of(why))) + "\n\n";
    }

  private:
    static void write_unknown(exchange& to, const json::value& raw) {
        if (!raw.is_object() || !raw.contains("type") || !raw["type"].is_string()) return;
        const std::string type = raw["type"];
        if (type.find_first_of("\r\n") != type.npos) return;
        to.body() += "event: " + type + "\ndata: " + json::encode(raw) + "\n\n";
    }

    std::string end_;
};

constexpr std::array<std::string_view, 9> formats = {"mp3", "mp4",  "mpeg", "mpga", "m4a",
                                                     "wav", "flac", "ogg",  "webm"};

std::string lowered(std::string_view text) {
    std::string made(text);
    for (char& c : made) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return made;
}

// By the name's extension, else by the content type (A14).
bool is_served(const file& given) {
    const std::string name = lowered(given.name());
    const std::size_t dot = name.rfind('.');
    if (dot != name.npos)
        return std::find(formats.begin(), formats.end(), name.substr(dot + 1)) != formats.end();
    std::string type = lowered(given.content_type());
    type = type.substr(0, type.find(';'));
    for (const std::string_view kind : {"audio/", "video/"}) {
        if (!type.starts_with(kind)) continue;
        type.erase(0, kind.size());
        if (type.starts_with("x-")) type.erase(0, 2);
        return type == "wave" || std::find(formats.begin(), formats.end(), type) != formats.end();
    }
    return false;
}

bool transcribes(provider_type type) {
    using enum provider_type;
    return type == openai || type == groq || type == azure || type == custom;
}

void check(const openai::transcription_request& asked, std::vector<json::issue>& issues) {
    if (!is_served(asked.file))
        issues.push_back(
            {{"file"},
             "unsupported_format",
             "expected a file in mp3, mp4, mpeg, mpga, m4a, wav, flac, ogg or webm, by "
             "its name's extension or its content type"});
    const auto count = [](const auto& given) { return given ? given->size() : 0; };
    if (count(asked.known_speaker_names) != count(asked.known_speaker_references))
        issues.push_back({{"known_speaker_references[]"},
                          "unequal_numbers",
                          "expected one for each of known_speaker_names[]"});
}

}  // namespace

void create_transcription(gateway& with, const exchange_ptr& asked,
                          openai::transcription_request request) {
    const auto& head = asked->request();
    const context& here = context::of(head);
    std::vector<json::issue> issues;
    check(request, issues);
    if (!issues.empty()) return asked->respond(head.api->invalid(head, "body", issues));
    auto found = resolve(here.configuration().settings, *here.key(), request.model);
    if (const auto* refused = std::get_if<problem>(&found)) return asked->respond(*refused);
    resolution to = std::get<resolution>(std::move(found));
    const std::string first = *to.places.front().provider;
    std::erase_if(to.places, [](const place& each) { return !transcribes(each.settings->type); });
    if (to.places.empty())
        return asked->respond(problem{.status = 400,
                                      .message = "the provider '" + first +
                                                 "' transcribes no speech: providers of "
                                                 "the types openai, groq, azure and custom do",
                                      .param = "model",
                                      .code = "unsupported_model"});
    if (request.response_format != openai::transcription_format::verbose_json)
        request.timestamp_granularities.reset();
    std::make_shared<relay<transcription_front>>(with, asked, std::move(request), std::move(to))
        ->begin();
}

}  // namespace tessera::server::cortex
