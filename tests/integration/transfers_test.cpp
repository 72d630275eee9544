#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "integration/call_fixture.hpp"

namespace tessera::test {
namespace {

using call::invoke;
using call::try_invoke;
using namespace std::chrono_literals;

// A body of `size` letters in pieces of 10,000, counting how often it was begun.
std::shared_ptr<call::upload> letters(std::size_t size, bool sized, int* begun = nullptr) {
    auto made = std::make_shared<call::upload>();
    if (sized) made->size = size;
    made->open = [size, begun]() -> result<call::body_reader> {
        if (begun != nullptr) ++*begun;
        return call::body_reader(
            [left = size](char* to, std::size_t most) mutable -> result<std::size_t> {
                const std::size_t now = std::min({left, most, std::size_t{10'000}});
                std::fill_n(to, now, 'x');
                left -= now;
                return now;
            });
    };
    return made;
}

call::spec upload_of(std::shared_ptr<const call::upload> content) {
    call::spec made = get("/");
    made.method = "POST";
    made.content = std::move(content);
    made.content_type = "text/plain";
    return made;
}

call::spec download() {
    call::spec made = get("/");
    made.binary = true;
    return made;
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(Uploads, ArriveWholeWithTheirSizeOrInChunks) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        on.answer(200, json::value{{"name", request.header("content-length") + "|" +
                                                request.header("transfer-encoding")},
                                   {"size", request.body.size()}}
                           .dump());
    }));
    const auto on = channel_to(server.url());
    for (const std::size_t size : {0u, 1u, 65'536u, 3'000'000u}) {
        const auto sized = invoke<item>(*on, upload_of(letters(size, true)));
        EXPECT_EQ(sized.size, size);
        EXPECT_EQ(sized.name, std::to_string(size) + "|");
        const auto chunked = invoke<item>(*on, upload_of(letters(size, false)));
        EXPECT_EQ(chunked.size, size);
        EXPECT_EQ(chunked.name, "|chunked");
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST(Uploads, AreReadAnewForEveryAttempt) {
    scripted_server server(
        for_each_request([](session& on, const received_request& request, int n) {
            EXPECT_EQ(request.body.size(), 30'000u);
            on.answer(n == 1 ? 503 : 200, R"({"name":"n"})");
        }));
    int begun = 0;
    const auto on = channel_to(server.url(), quick());
    EXPECT_EQ(invoke<item>(*on, upload_of(letters(30'000, true, &begun))).info.attempts, 2);
    EXPECT_EQ(begun, 2);
}

TEST(Uploads, ThatCannotBeReadFailWithTheReason) {
    scripted_server server([](session& on) { on.wait_for_close(); });
    auto broken = std::make_shared<call::upload>();
    broken->open = []() -> result<call::body_reader> {
        return call::body_reader([](char*, std::size_t) -> result<std::size_t> {
            return error{error_kind::invalid_argument, "data.csv cannot be read"};
        });
    };
    const auto on = channel_to(server.url());
    EXPECT_EQ(try_invoke<item>(*on, upload_of(broken)).error().message, "data.csv cannot be read");
    auto shrunk = letters(10, true);
    std::const_pointer_cast<call::upload>(shrunk)->size = 11;
    EXPECT_NE(try_invoke<item>(*on, upload_of(shrunk)).error().message.find("changed"),
              std::string::npos);
    EXPECT_EQ(on->transport().pool.size(), 0u);
}

TEST(Downloads, GoToAFileThatAppearsWhenItIsWhole) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("tessera-download-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto file = folder / "out.bin";
    const std::string content(300'000, 'y');
    scripted_server server([&, n = std::make_shared<std::atomic<int>>(0)](session& on) {
        const int number = ++*n;
        if (!on.read_request()) return;
        if (number == 1) {  // breaks off half-way: asked for again
            on.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\nhalf");
            return;
        }
        if (number == 3) return (void)on.answer(404, R"({"message":"gone"})");
        on.answer(200, content);
    });
    const auto on = channel_to(server.url(), quick());
    call_options options{.into = sink::to_file(file)};
    const auto got = invoke<std::string>(*on, download(), options);
    EXPECT_EQ(got, "");
    EXPECT_EQ(got.info.attempts, 2);
    EXPECT_EQ(text_of(file), content);
    // A failed answer leaves what was there.
    EXPECT_EQ(
        try_invoke<std::string>(*channel_to(server.url()), download(), options).error().message,
        "gone (HTTP 404)");
    EXPECT_EQ(text_of(file), content);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
    options.into = sink::to_file(folder / "no" / "such");
    EXPECT_EQ(try_invoke<std::string>(*channel_to(server.url()), download(), options).error().kind,
              error_kind::invalid_argument);
    std::filesystem::remove_all(folder);
}

TEST(Downloads, GoToAFunctionPieceByPiece) {
    scripted_server server(for_each_request([](session& on, const received_request&, int n) {
        if (n == 1) return (void)on.answer(200, std::string(2'000'000, 'y'));
        on.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        on.shut_down();
    }));
    client_options client = quick();
    client.max_response_bytes = 1000;  // of what is kept in memory
    const auto on = channel_to(server.url(), client);
    std::size_t size = 0;
    const call_options options{
        .into = sink::to_function([&](std::string_view piece) { size += piece.size(); })};
    EXPECT_EQ(invoke<std::string>(*on, download(), options).info.raw, "");
    EXPECT_EQ(size, 2'000'000u);
    // What was handed out cannot be taken back: there is no second attempt.
    EXPECT_EQ(try_invoke<std::string>(*on, download(), options).error().attempts, 1);
    EXPECT_EQ(size, 2'000'004u);
}

TEST(Downloads, AreOfBytesAlone) {
    const auto refused = try_invoke<item>(*channel_to("http://127.0.0.1:1"), get("/"),
                                          {.into = sink::to_function([](std::string_view) {})});
    EXPECT_EQ(refused.error().kind, error_kind::invalid_argument);
}

}  // namespace
}  // namespace tessera::test
