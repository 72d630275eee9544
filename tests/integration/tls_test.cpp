#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "integration/call_fixture.hpp"
#include "tessera/net/connect.hpp"

namespace tessera::test {
namespace {

using call::invoke;
using call::open_stream;
using call::try_invoke;
using namespace std::chrono_literals;

class Tls : public testing::Test {
  protected:
    Tls() { authority_.write(folder_.file("ca.pem")); }

    client_options trusting() const {
        client_options options;
        options.max_retries = 0;
        options.tls.ca_file = folder_.file("ca.pem");
        options.resolve = [](const std::string&) -> result<std::vector<std::string>> {
            return std::vector<std::string>{"127.0.0.1"};
        };
        return options;
    }
    identity leaf(const std::string& names, long begins = -3600, long ends = 3600) const {
        return identity({.common_name = "api.test",
                         .alternative_names = names,
                         .begins_in = begins,
                         .ends_in = ends},
                        &authority_);
    }
    static scripted_server::script answering() {
        return for_each_request(
            [](session& on, const received_request&, int) { on.answer(200, R"({"name":"n"})"); });
    }
    static std::string named(const scripted_server& server, const std::string& host = "api.test") {
        return "https://" + host + ":" + std::to_string(server.port());
    }
    // The error of a call that must fail in TLS.
    static std::string refusal(const std::string& url, client_options options) {
        const auto answer = try_invoke<item>(*channel_to(url, std::move(options)), get("/"));
        if (answer) return "accepted";
        EXPECT_EQ(answer.error().kind, error_kind::tls) << answer.error().message;
        EXPECT_EQ(answer.error().attempts, 1);
        return answer.error().message;
    }

    identity authority_{{.common_name = "tessera test CA", .authority = true}};
    temporary_folder folder_;
};

TEST_F(Tls, NamesAreSentAndVerified) {
    std::string seen;
    const identity own = leaf("DNS:api.test,DNS:*.wild.test");
    scripted_server server(
        [&](session& on) {
            seen = on.server_name();
            answering()(on);
        },
        &own);
    for (const char* host : {"api.test", "x.wild.test", "API.TEST"}) {
        EXPECT_EQ(invoke<item>(*channel_to(named(server, host), trusting()), get("/")).name, "n")
            << host;
    }
    EXPECT_EQ(seen, "api.test");
    for (const char* host : {"other.test", "a.b.wild.test", "wild.test"})
        EXPECT_NE(refusal(named(server, host), trusting()).find("hostname mismatch"),
                  std::string::npos)
            << host;
}

TEST_F(Tls, AddressesAreVerified) {
    const identity right = leaf("IP:127.0.0.1");
    const identity wrong = leaf("IP:127.0.0.2,DNS:127.0.0.1");
    std::string seen = "?";
    scripted_server server(
        [&](session& on) {
            seen = on.server_name();
            answering()(on);
        },
        &right);
    EXPECT_EQ(invoke<item>(*channel_to(server.url(), trusting()), get("/")).name, "n");
    EXPECT_EQ(seen, "");
    scripted_server other(answering(), &wrong);
    EXPECT_NE(refusal(other.url(), trusting()).find("IP address mismatch"), std::string::npos);
}

TEST_F(Tls, CommonNamesDoNotCount) {
    const identity own = leaf("");
    scripted_server server(answering(), &own);
    EXPECT_NE(refusal(named(server), trusting()).find("hostname mismatch"), std::string::npos);
}

TEST_F(Tls, StrangersAreRefused) {
    const identity self({.common_name = "api.test", .alternative_names = "DNS:api.test"});
    scripted_server server(answering(), &self);
    EXPECT_NE(refusal(named(server), trusting()).find("self-signed"), std::string::npos);
    const identity expired = leaf("DNS:api.test", -7200, -3600);
    scripted_server old(answering(), &expired);
    EXPECT_NE(refusal(named(old), trusting()).find("expired"), std::string::npos);
    const identity early = leaf("DNS:api.test", 3600, 7200);
    scripted_server young(answering(), &early);
    EXPECT_NE(refusal(named(young), trusting()).find("not yet valid"), std::string::npos);
}

TEST_F(Tls, TheSystemsStoreIsTheDefault) {
    const identity own = leaf("DNS:api.test");
    scripted_server server(answering(), &own);
    client_options options = trusting();
    options.tls.ca_file.clear();
    EXPECT_NE(refusal(named(server), options).find("certificate"), std::string::npos);
    ::setenv("SSL_CERT_FILE", folder_.file("ca.pem").c_str(), 1);
    EXPECT_TRUE(try_invoke<item>(*channel_to(named(server), options), get("/")));
    ::unsetenv("SSL_CERT_FILE");
}

TEST_F(Tls, VerificationCanBeTurnedOff) {
    const identity self({.common_name = "x"});
    scripted_server server(answering(), &self);
    client_options options = trusting();
    options.tls.verify = false;
    EXPECT_TRUE(try_invoke<item>(*channel_to(named(server), options), get("/")));
}

TEST_F(Tls, OldVersionsAreRefused) {
    const identity own = leaf("DNS:api.test");
    // A server that offers TLS 1.1 alone.
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                              SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), own.certificate());
    SSL_CTX_use_PrivateKey(context.get(), own.key());
    SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_1_VERSION);
    SSL_CTX_set_security_level(context.get(), 0);
    scripted_server server([&](session& on) {
        const session old(::dup(on.native()), context.get());
        EXPECT_TRUE(old.handshake_failed());
    });
    const std::string why = refusal(named(server), trusting());
    EXPECT_NE(why.find("version"), std::string::npos) << why;
}

TEST_F(Tls, ClientCertificates) {
    const identity own = leaf("DNS:api.test");
    const identity mine({.common_name = "me"}, &authority_);
    mine.write(folder_.file("me.pem"), folder_.file("me.key"));
    scripted_server server(
        [](session& on) {
            if (on.handshake_failed()) return;
            EXPECT_TRUE(on.showed_certificate());
            answering()(on);
        },
        &own, &authority_);
    client_options options = trusting();
    EXPECT_NE(refusal(named(server), options).find("certificate required"), std::string::npos);
    options.tls.certificate = folder_.file("me.pem");
    options.tls.private_key = folder_.file("me.key");
    EXPECT_TRUE(try_invoke<item>(*channel_to(named(server), options), get("/")));
}

TEST_F(Tls, PinnedKeys) {
    const identity own = leaf("DNS:api.test");
    scripted_server server(answering(), &own);
    client_options options = trusting();
    options.tls.pinned_keys = {authority_.pin()};
    EXPECT_NE(refusal(named(server), options).find("pinned"), std::string::npos);
    options.tls.pinned_keys.push_back(own.pin());
    EXPECT_TRUE(try_invoke<item>(*channel_to(named(server), options), get("/")));
}

TEST_F(Tls, AnotherServerName) {
    const identity own = leaf("DNS:inner.test");
    scripted_server server(answering(), &own);
    client_options options = trusting();
    options.tls.server_name = "inner.test";
    EXPECT_TRUE(try_invoke<item>(*channel_to(server.url(), options), get("/")));
}

TEST_F(Tls, FilesThatCannotBeReadAreErrors) {
    client_options options = trusting();
    const identity own = leaf("DNS:api.test");
    scripted_server server(answering(), &own);
    options.tls.ca_file = folder_.file("absent.pem");
    EXPECT_NE(refusal(named(server), options).find("absent.pem"), std::string::npos);
}

TEST_F(Tls, LargeBodiesStreamsAndKeptConnections) {
    const identity own = leaf("DNS:api.test");
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
                               if (request.head.target == "/echo")
                                   return (void)on.answer(200, request.body);
                               on.begin_stream();
                               for (const char* part : {"a", "b"})
                                   on.event(std::string(R"({"part":")") + part + "\"}");
                               on.event("[DONE]");
                               on.end_stream();
                           }),
                           &own);
    client_options options = trusting();
    options.clock = &no_time_passes;
    const auto on = channel_to(named(server), options);
    const std::string body(2'000'000, 'x');
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(invoke<std::string>(*on, post("/echo", body)), body);
        std::string text;
        for (const piece& each : open_stream<piece>(*on, get("/"))) text += each.text();
        EXPECT_EQ(text, "ab");
    }
    EXPECT_EQ(server.connections(), 1);
    call::warm(*on);
    EXPECT_EQ(on->transport().pool.size(), 2u);
}

TEST_F(Tls, AnEndThatTlsDoesNotConfirmIsNoEnd) {
    const identity own = leaf("DNS:api.test");
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
                               on.send("HTTP/1.1 200 OK\r\n\r\n{\"name\":\"n\"}");
                               on.shut_down();
                           }),
                           &own);
    const auto answer = try_invoke<item>(*channel_to(named(server), trusting()), get("/"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, error_kind::connection);
}

TEST_F(Tls, HttpsNeverFallsToHttp) {
    const identity own = leaf("DNS:api.test");
    scripted_server plain([](session& on) { EXPECT_FALSE(on.read_request()); });
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
                               on.answer(307, "", "location: " + plain.url() + "/\r\n");
                           }),
                           &own);
    const auto answer = try_invoke<item>(*channel_to(named(server), trusting()), get("/"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, error_kind::protocol);
    EXPECT_EQ(plain.connections(), 0);
}

// A proxy that tunnels to `port` after CONNECT, and answers plain requests itself.
scripted_server::script proxy_to(std::uint16_t port, std::string* seen) {
    return [port, seen](session& on) {
        const auto request = on.read_request();
        if (!request) return;
        *seen = request->head.method + " " + request->head.target + " " +
                request->header("proxy-authorization");
        if (request->head.method != "CONNECT")
            return (void)on.answer(200, R"({"name":"from the proxy"})");
        if (port == 0) return (void)on.answer(407, "");
        const int out = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(out, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
        on.send("HTTP/1.1 200 Connection established\r\n\r\n");
        const auto pump = [](int from, int to) {
            char bytes[4096];
            for (ssize_t n; (n = ::recv(from, bytes, sizeof bytes, 0)) > 0;)
                if (::send(to, bytes, static_cast<std::size_t>(n), MSG_NOSIGNAL) != n) break;
            ::shutdown(to, SHUT_RDWR);
        };
        std::thread back([&] { pump(out, on.native()); });
        pump(on.native(), out);
        back.join();
        ::close(out);
    };
}

TEST_F(Tls, ThroughAProxy) {
    const identity own = leaf("DNS:api.test");
    scripted_server server(answering(), &own);
    std::string seen;
    scripted_server proxy(proxy_to(server.port(), &seen));
    client_options options = trusting();
    options.proxy = "http://user:pass%40word@" + proxy.authority();
    const auto on = channel_to(named(server), options);
    EXPECT_EQ(invoke<item>(*on, get("/")).name, "n");
    EXPECT_EQ(seen,
              "CONNECT api.test:" + std::to_string(server.port()) + " Basic dXNlcjpwYXNzQHdvcmQ=");
    EXPECT_TRUE(invoke<item>(*on, get("/")).info.connection_reused);
}

TEST_F(Tls, PlainRequestsThroughAProxyNameTheWholeUrl) {
    std::string seen;
    scripted_server proxy(proxy_to(0, &seen));
    client_options options = trusting();
    options.proxy = proxy.url();
    EXPECT_EQ(invoke<item>(*channel_to("http://api.test:81/x", options), get("/y")).name,
              "from the proxy");
    EXPECT_EQ(seen, "GET http://api.test:81/x/y ");
    const auto refused = try_invoke<item>(*channel_to("https://api.test", options), get("/"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::protocol);
    EXPECT_NE(refused.error().message.find("407"), std::string::npos);
}

TEST(Connecting, AddressesTakeTurns) {
    using asio::ip::make_address;
    const auto at = [](const char* text) {
        return asio::ip::tcp::endpoint(make_address(text), 80);
    };
    const auto ordered =
        net::take_turns({at("::1"), at("::2"), at("::3"), at("10.0.0.1"), at("10.0.0.2")});
    EXPECT_EQ(ordered,
              (std::vector{at("::1"), at("10.0.0.1"), at("::2"), at("10.0.0.2"), at("::3")}));
}

TEST(Connecting, AnAddressThatFailsIsFollowedByTheNext) {
    scripted_server server(for_each_request(
        [](session& on, const received_request&, int) { on.answer(200, R"({"name":"n"})"); }));
    client_options options;
    options.max_retries = 0;
    options.resolve = [](const std::string&) -> result<std::vector<std::string>> {
        return std::vector<std::string>{"127.0.0.9", "::1", "127.0.0.1"};
    };
    const auto on = channel_to("http://some.test:" + std::to_string(server.port()), options);
    EXPECT_EQ(invoke<item>(*on, get("/")).name, "n");
}

TEST(Connecting, TheSystemsResolverKnowsThisMachine) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        EXPECT_TRUE(request.header("host").starts_with("localhost:"));
        on.answer(200, R"({"name":"n"})");
    }));
    const auto on = channel_to("http://localhost:" + std::to_string(server.port()));
    EXPECT_EQ(invoke<item>(*on, get("/")).name, "n");
}

}  // namespace
}  // namespace tessera::test
