// Datasets on their way to the service and back.
#include <asio/use_future.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tessera/http/multipart.hpp"
#include "unit/emissary/client_fixture.hpp"

namespace tessera::emissary::test {
namespace {

constexpr const char* uploaded = R"({"id":"ds-1","name":"pairs","is_uploaded":true})";

// A folder that goes with the test.
class folder {
  public:
    folder() {
        std::string name = std::filesystem::temp_directory_path() / "emissary-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    ~folder() { std::filesystem::remove_all(path_); }
    std::string at(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class files : public service {
  protected:
    // What arrived: each part as "name filename type: data".
    void take_uploads() {
        serve([this](session& on, const received_request& asked, int) {
            EXPECT_EQ(asked.head.method, "POST");
            EXPECT_EQ(asked.head.target, "/v1/projects/ms-1/datasets");
            chunked_ = !asked.header("transfer-encoding").empty();
            const auto parts = http::read_multipart(asked.header("content-type"), asked.body);
            ASSERT_TRUE(parts);
            parts_.clear();
            for (const http::part& each : *parts)
                parts_.push_back(each.name + " " + each.filename.value_or("") + " " +
                                 each.content_type + ": " + each.data);
            on.answer(201, uploaded);
        });
    }

    std::vector<std::string> parts_;
    bool chunked_ = false;
};

TEST_F(files, a_path_is_read_while_it_is_sent) {
    take_uploads();
    const folder here;
    std::ofstream(here.at("pairs.csv")) << "prompt,completion\nHi,Ho\n";
    const auto taken = at_service().datasets.upload(
        "ms-1", {.file = file::at(here.at("pairs.csv")), .name = "pairs"});
    EXPECT_EQ(taken.id, "ds-1");
    EXPECT_EQ(parts_, (std::vector<std::string>{
                          "name  : pairs", "file pairs.csv text/csv: prompt,completion\nHi,Ho\n"}));
    EXPECT_FALSE(chunked_);
}

TEST_F(files, a_buffer_is_sent_as_it_is) {
    take_uploads();
    at_service().datasets.upload("ms-1", {.file = file::of("{}\n", "rows.jsonl")});
    EXPECT_EQ(parts_, std::vector<std::string>{"file rows.jsonl application/jsonl: {}\n"});
}

TEST_F(files, a_callback_is_asked_piece_by_piece) {
    take_uploads();
    int opened = 0;
    const file rows = file::from(
        [&]() -> result<file::reader> {
            ++opened;
            return file::reader([n = 0](char* to, std::size_t) mutable -> result<std::size_t> {
                if (n == 3) return std::size_t{0};
                to[0] = static_cast<char>('0' + n++);
                return std::size_t{1};
            });
        },
        "rows.json");
    const dataset_upload form{.file = rows};
    EXPECT_EQ(at_service().datasets.async_upload("ms-1", form, asio::use_future).get().name,
              "pairs");
    EXPECT_EQ(parts_, std::vector<std::string>{"file rows.json application/json: 012"});
    EXPECT_EQ(opened, 1);
    EXPECT_TRUE(chunked_);
}

TEST_F(files, a_path_that_is_none_is_told_before_anything_is_sent) {
    take_uploads();
    const auto refused =
        at_service().datasets.try_upload("ms-1", {.file = file::at("/nowhere/pairs.csv")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::invalid_argument);
    EXPECT_NE(refused.error().message.find("/nowhere/pairs.csv"), std::string::npos);
    EXPECT_TRUE(parts_.empty());
}

std::string dataset_at(const std::string& url) {
    return R"({"id":"ds-1","name":"d","dataset_download_url":")" + url + R"("})";
}

TEST_F(files, a_dataset_comes_back) {
    serve([this](session& on, const received_request& asked, int n) {
        EXPECT_EQ(asked.header("x-api-key"), "the-secret");
        EXPECT_EQ(asked.header("x-mine"), "yes");
        if (n % 2 == 1) {
            EXPECT_EQ(asked.head.target, "/emissary/v1/projects/ms-1/datasets/ds-1");
            // At the root, not below the client's own.
            return (void)on.answer(200,
                                   dataset_at(n % 4 == 1 ? server_->url() + "/files/d?sig=a%2Fb&x"
                                                         : "/files/d?sig=a%2Fb&x"));
        }
        EXPECT_EQ(asked.head.target, "/files/d?sig=a%2Fb&x");
        on.answer(200, "prompt,completion\n");
    });
    client_options below = options();
    below.base_url += "/emissary";
    below.headers.set("x-mine", "yes");
    const client api(below);
    const folder here;
    EXPECT_EQ(api.datasets.download("ms-1", "ds-1"), "prompt,completion\n");
    const auto kept =
        api.datasets.download("ms-1", "ds-1", {.into = sink::to_file(here.at("d.csv"))});
    EXPECT_EQ(kept, "");
    EXPECT_EQ(kept.info.status, 200);
    EXPECT_EQ(contents(here.at("d.csv")), "prompt,completion\n");
    EXPECT_EQ(api.datasets.async_download("ms-1", "ds-1", asio::use_future).get(),
              "prompt,completion\n");
    EXPECT_EQ(*api.datasets.async_try_download("ms-1", "ds-1", asio::use_future).get(),
              "prompt,completion\n");
}

TEST_F(files, another_origin_is_shown_nothing) {
    const scripted_server elsewhere(
        for_each_request([](session& on, const received_request& asked, int) {
            EXPECT_EQ(asked.header("x-api-key"), "");
            EXPECT_EQ(asked.header("x-mine"), "");
            on.answer(200, "rows");
        }));
    serve([&](session& on, const received_request&, int) {
        on.answer(200, dataset_at(elsewhere.url() + "/bucket/d"));
    });
    client_options own = options();
    own.headers.set("x-mine", "yes");
    const client api(own);
    EXPECT_EQ(api.datasets.download("ms-1", "ds-1"), "rows");
    EXPECT_EQ(api.files.download(elsewhere.url() + "/model"), "rows");
    EXPECT_EQ(api.files.async_download(elsewhere.url() + "/model", asio::use_future).get(), "rows");
    EXPECT_EQ(*api.files.async_try_download(elsewhere.url(), asio::use_future).get(), "rows");
}

TEST_F(files, what_is_no_url_is_told) {
    serve([](session& on, const received_request&, int n) {
        on.answer(200, n == 1 ? dataset_at("s3:/my_dataset") : R"({"id":"ds-1","name":"d"})");
    });
    const client api = at_service();
    EXPECT_EQ(api.datasets.try_download("ms-1", "ds-1").error().kind, error_kind::invalid_argument);
    const auto none = api.datasets.try_download("ms-1", "ds-1");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, error_kind::invalid_argument);
    EXPECT_NE(none.error().message.find("is_uploaded"), std::string::npos);
    EXPECT_EQ(api.files.try_download("s3:/my_model").error().kind, error_kind::invalid_argument);
}

}  // namespace
}  // namespace tessera::emissary::test
