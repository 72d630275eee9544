#pragma once
// Forms that ask for a transcription, and a gateway that has one.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/cortex/gateway.hpp"

namespace tessera::contract::gateway_tests::transcription_tests {

struct part {
    std::string name, data;
    std::optional<std::string> filename{};
    std::string type{};
};

inline constexpr const char* form_line = "content-type: multipart/form-data; boundary=edge\r\n";

inline std::string form_of(const std::vector<part>& parts) {
    std::string made;
    for (const part& each : parts) {
        made += "--edge\r\ncontent-disposition: form-data; name=\"" + each.name + "\"";
        if (each.filename) made += "; filename=\"" + *each.filename + "\"";
        made += "\r\n";
        if (!each.type.empty()) made += "content-type: " + each.type + "\r\n";
        made += "\r\n" + each.data + "\r\n";
    }
    return made + "--edge--\r\n";
}

inline raw_response post_body(gateway& to, const std::string& body,
                              const std::string& key = key_line) {
    raw_client by(to.port());
    by.send(head_of("POST", "/cortex/v1/audio/transcriptions",
                    key + form_line + "content-length: " + std::to_string(body.size()) + "\r\n"));
    by.send(body);
    return by.receive("POST");
}

inline const part talk{"file", "of Ada and Bo", "talk.wav"};
inline const part whisper{"model", "whisper-1"};

inline raw_response ask(gateway& to, std::vector<part> more) {
    more.insert(more.begin(), {whisper, talk});
    return post_body(to, form_of(more));
}

inline void expect_invalid(const raw_response& got, std::string_view param = {}) {
    EXPECT_EQ(got.status, 400) << got.body;
    EXPECT_EQ(error_type(got), "invalid_request_error");
    if (!param.empty()) {
        EXPECT_EQ(got.json()["error"]["param"], param);
    }
}

inline void register_in(gateway& to, const json::value& what) {
    raw_client by(to.port());
    const std::string body = json::encode(what);
    by.send(head_of("POST", "/_tessera/cortex/transcripts",
                    "content-type: application/json\r\ncontent-length: " +
                        std::to_string(body.size()) + "\r\n") +
            body);
    EXPECT_EQ(by.receive("POST").status, 204);
}

/// With a transcript of `talk`.
inline gateway& speaking() {
    static gateway instance;
    static const bool registered = [] {
        register_in(instance,
                    {{"file_name", "talk.wav"},
                     {"duration", 3.5},
                     {"segments",
                      {{{"text", "Hello there."}, {"start", 0}, {"end", 1.5}, {"speaker", "A"}},
                       {{"text", "Hi <you>."}, {"start", 1.8}, {"end", 3}, {"speaker", "B"}}}}});
        return true;
    }();
    EXPECT_TRUE(registered);
    return instance;
}

}  // namespace tessera::contract::gateway_tests::transcription_tests
