// Datasets: up and down again in each format, their names, their end, and every documented refusal.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "contract/service.hpp"
#include "support/manual_clock.hpp"
#include "tessera/emissary.hpp"
#include "tessera/emissary/errors.hpp"

namespace tessera::contract {
namespace {
namespace emissary_dataset_tests {

using server::testing::head_of;
using server::testing::raw_response;

const std::string row = "{\"prompt\":\"a\",\"completion\":\"b\"}\n";

client_options emissary_options_to(const running_server& of) {
    auto made = options_to(of, "/emissary");
    made.api_key = secret(server::emissary_options().api_key);
    return made;
}

const emissary::client& client() {
    static const emissary::client made(emissary_options_to(running_server::shared()));
    return made;
}

emissary::dataset_upload named(std::string name, std::string content = row) {
    return {.file = file::of(std::move(content), "rows.jsonl"), .name = std::move(name)};
}

// The status of a refusal, with what its body says.
std::string refusal(const error& failed) {
    const auto body = json::decode_text<emissary::error_body>(failed.body);
    EXPECT_TRUE(body) << failed.body;
    if (!body) return {};
    EXPECT_EQ(body->status, failed.status);
    return std::to_string(failed.status) + " " + body->code.value_or("-") + " " + body->error;
}

raw_response ask(std::string_view method, const std::string& path, std::string_view key_line,
                 std::string_view more = {}, std::string_view body = {}) {
    return running_server::shared().ask(
        head_of(method, "/emissary/v1/projects/" + path, std::string(key_line).append(more))
            .append(body),
        std::string(method));
}

const std::string key_line = "x-api-key: " + server::emissary_options().api_key + "\r\n";

raw_response upload_form(const std::string& project, const std::string& parts,
                         std::string_view key = key_line) {
    return ask("POST", project + "/datasets", key,
               "content-type: multipart/form-data; boundary=x\r\ncontent-length: " +
                   std::to_string(parts.size()) + "\r\n",
               parts);
}

TEST(emissary_datasets, go_up_and_come_down_as_they_were) {
    const auto project = client().projects.create();
    std::string large = "prompt,completion\n";
    while (large.size() < 2'000'000) large += "a question,\"an\nanswer\"\n";
    const std::pair<std::string, std::string> files[] = {
        {"rows.jsonl", row + row},
        {"rows.json", "[\n" + row + "," + row + "]"},
        {"rows.csv", large},
        {"rows.bin", "input,target\na,b\n"},
    };
    std::vector<std::string> ids;
    for (const auto& [name, content] : files) {
        SCOPED_TRACE(name);
        const emissary::dataset_upload given{.file = file::of(content, name), .name = name};
        const auto made = client().datasets.upload(project.id, given);
        EXPECT_TRUE(made.id.starts_with("ds-")) << made.id;
        EXPECT_EQ(made.name, name);
        EXPECT_EQ(made.is_uploaded, true);
        ids.push_back(made.id);

        const auto detail = client().datasets.retrieve(project.id, made.id);
        EXPECT_EQ(detail.id, made.id);
        EXPECT_EQ(detail.name, name);
        EXPECT_EQ(detail.is_uploaded, true);
        EXPECT_EQ(detail.created_at, made.created_at);
        EXPECT_EQ(detail.updated_at, made.created_at);
        EXPECT_TRUE(detail.upload_by);
        const std::string by_id = client().datasets.download(project.id, made.id);
        EXPECT_EQ(by_id, content);
        const std::string by_url = client().files.download(detail.dataset_download_url.value());
        EXPECT_EQ(by_url, content);
    }
    const auto all = client().datasets.list(project.id);
    ASSERT_EQ(all.size(), ids.size());
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].id, ids[i]);
    const auto seen = client().projects.retrieve(project.id);
    ASSERT_TRUE(seen.datasets);
    EXPECT_EQ(seen.datasets->size(), ids.size());
    EXPECT_TRUE(client().datasets.list(client().projects.create().id).empty());
}

TEST(emissary_datasets, are_dated_by_the_servers_clock) {
    const test::manual_clock clock;
    auto settings = tiny_options();
    settings.clock = &clock;
    running_server own(settings);
    const emissary::client to(emissary_options_to(own));
    const auto project = to.projects.create();
    const auto made = to.datasets.upload(project.id, named("n"));
    EXPECT_EQ(made.created_at, std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000)));
}

TEST(emissary_datasets, have_names_of_their_own) {
    const auto project = client().projects.create();
    client().datasets.upload(project.id, named("mine"));
    const auto again = client().datasets.try_upload(project.id, named("mine"));
    ASSERT_FALSE(again);
    EXPECT_EQ(refusal(again.error()), "400 - name: the project has a dataset of this name already");
    // Elsewhere the name is free, and what has none is given one.
    client().datasets.upload(client().projects.create().id, named("mine"));
    const emissary::dataset_upload nameless{.file = file::of(row, "rows.jsonl")};
    const auto one = client().datasets.upload(project.id, nameless);
    const auto other = client().datasets.upload(project.id, nameless);
    EXPECT_FALSE(one.name.empty());
    EXPECT_NE(one.name, other.name);
    for (const std::string& wrong : {std::string(), std::string(257, 'n'), std::string("a\nb")}) {
        const auto refused = client().datasets.try_upload(project.id, named(wrong));
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().status, 400) << wrong;
    }
    EXPECT_EQ(client().datasets.list(project.id).size(), 3U);
}

TEST(emissary_datasets, of_one_name_are_made_once_and_end_once) {
    const auto project = client().projects.create();
    const auto at_once = [](const auto& work) {
        std::vector<std::future<int>> all;
        for (int i = 0; i < 8; ++i) all.push_back(std::async(std::launch::async, work));
        std::map<int, int> statuses;
        for (std::future<int>& each : all) ++statuses[each.get()];
        return statuses;
    };
    using statuses = std::map<int, int>;
    EXPECT_EQ(at_once([&] {
                  const auto made = client().datasets.try_upload(project.id, named("one"));
                  return made ? 201 : made.error().status;
              }),
              (statuses{{201, 1}, {400, 7}}));
    const auto all = client().datasets.list(project.id);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(at_once([&] {
                  const auto gone = client().datasets.try_remove(project.id, all[0].id);
                  return gone ? 204 : gone.error().status;
              }),
              (statuses{{204, 1}, {404, 7}}));
    EXPECT_TRUE(client().datasets.list(project.id).empty());
}

TEST(emissary_datasets, that_are_unknown_are_404) {
    const auto project = client().projects.create();
    const auto other = client().projects.create();
    const auto made = client().datasets.upload(project.id, named("n"));
    const auto removed = client().datasets.upload(project.id, named("m"));
    client().datasets.remove(project.id, removed.id);

    const auto told = [](const auto& result) {
        EXPECT_FALSE(result);
        return result ? std::string() : refusal(result.error());
    };
    const std::string no_project = "404 object_not_found there is no project \"ms-none\"";
    EXPECT_EQ(told(client().datasets.try_upload("ms-none", named("n"))), no_project);
    EXPECT_EQ(told(client().datasets.try_list("ms-none")), no_project);
    EXPECT_EQ(told(client().datasets.try_retrieve("ms-none", made.id)), no_project);
    EXPECT_EQ(told(client().datasets.try_remove("ms-none", made.id)), no_project);
    for (const auto& [in, id] : {std::pair(project.id, std::string("ds-none")),
                                 {project.id, removed.id},
                                 {other.id, made.id}}) {
        const std::string unknown = "404 object_not_found there is no dataset \"" + id + "\"";
        EXPECT_EQ(told(client().datasets.try_retrieve(in, id)), unknown);
        EXPECT_EQ(told(client().datasets.try_download(in, id)), unknown);
        EXPECT_EQ(told(client().datasets.try_remove(in, id)), unknown);
        EXPECT_EQ(ask("GET", in + "/datasets/" + id + "/file", key_line).status, 404);
    }
    const std::string content = client().datasets.download(project.id, made.id);
    EXPECT_EQ(content, row);
}

TEST(emissary_datasets, need_a_key) {
    const auto project = client().projects.create();
    const std::string id = client().datasets.upload(project.id, named("n")).id;
    const std::string one = project.id + "/datasets/" + id;
    for (const std::string_view key : {"", "x-api-key: wrong\r\n"}) {
        for (const auto& [method, path] : {std::pair("GET", project.id + "/datasets"),
                                           {"GET", one},
                                           {"GET", one + "/file"},
                                           {"DELETE", one}}) {
            const raw_response got = ask(method, path, key);
            EXPECT_EQ(got.status, 401) << method << ' ' << path;
            EXPECT_EQ(got.json()["status"], 401);
            EXPECT_TRUE(got.json()["error"].is_string());
            EXPECT_FALSE(got.json().contains("code"));
        }
        EXPECT_EQ(upload_form(project.id, "--x--\r\n", key).status, 401);
    }
    EXPECT_EQ(client().datasets.list(project.id).size(), 1U);
}

TEST(emissary_datasets, that_cannot_be_read_are_400_with_their_lines) {
    const auto project = client().projects.create();
    const std::pair<std::string, std::string> cases[] = {
        {"", "file: the file is empty"},
        {row + "{\"prompt\":\"a\"}\n" + row + "[]\n", "file: line 2: the row is of no task"},
        {row + "{\"prompt\":\"a\"}\n" + row + "[]\n", "; line 4: a row is an object"},
        {"[" + row + ",{]", "file: line 2: invalid JSON"},
        {"prompt,completion\na,b\nc\n", "file: line 3: the row has 1 fields, the header 2"},
        {"prompt,completion\na,\"b\n", "file: line 2: a quote is opened and never closed"},
        {"PK\x03\x04 a program for spreadsheets", "file: the file has no rows"},
        {std::string(1'000'000, '['), "file: line 1: invalid JSON"},
        {std::string(1'000'001, '"'), "file: line 1: a quote is opened and never closed"},
    };
    for (const auto& [content, reason] : cases) {
        const auto refused = client().datasets.try_upload(project.id, named("n", content));
        ASSERT_FALSE(refused) << content.substr(0, 100);
        EXPECT_EQ(refused.error().status, 400);
        const std::string told = refusal(refused.error());
        EXPECT_NE(told.find(reason), told.npos) << told << "\n" << reason;
        EXPECT_LT(told.size(), 2000U);
    }
    EXPECT_TRUE(client().datasets.list(project.id).empty());
}

TEST(emissary_datasets, may_have_five_mebibytes) {
    const auto project = client().projects.create();
    std::string content = "{\"prompt\":\"a\",\"completion\":\"";
    content += std::string(5'242'880 - content.size() - 2, 'b') + "\"}";
    ASSERT_EQ(content.size(), 5'242'880U);
    const auto made = client().datasets.upload(project.id, named("n", content));
    const std::string back = client().datasets.download(project.id, made.id);
    EXPECT_TRUE(back == content);
    const auto refused = client().datasets.try_upload(project.id, named("m", content + "\n"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().status, 400);
    EXPECT_NE(refusal(refused.error()).find("5242880"), std::string::npos);
}

TEST(emissary_datasets, are_refused_as_what_is_no_form) {
    const auto project = client().projects.create();
    const std::string file_part =
        "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n" + row +
        "\r\n";
    EXPECT_EQ(upload_form(project.id, file_part + "--x--\r\n").status, 201);
    for (const std::string& wrong :
         {std::string("--x--\r\n"), file_part, std::string("no form at all"),
          std::string("--x\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\n") + row +
              "\r\n--x--\r\n"}) {
        const raw_response got = upload_form(project.id, wrong);
        EXPECT_EQ(got.status, 400) << wrong;
        EXPECT_EQ(got.json()["status"], 400) << wrong;
        EXPECT_TRUE(got.json()["error"].is_string()) << wrong;
    }
    const raw_response no_form =
        ask("POST", project.id + "/datasets", key_line,
            "content-type: application/json\r\ncontent-length: 2\r\n", "{}");
    EXPECT_EQ(no_form.status, 415);
    EXPECT_EQ(client().datasets.list(project.id).size(), 1U);
}

TEST(emissary_datasets, are_kept_by_no_name_of_a_files) {
    const auto project = client().projects.create();
    const emissary::dataset_upload given{
        .file = file::of(row).as("../../up/\"odd\xc3\xa9.jsonl", "text/html")};
    const auto made = client().datasets.upload(project.id, given);
    const raw_response got = ask("GET", project.id + "/datasets/" + made.id + "/file", key_line);
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, row);
    EXPECT_EQ(got.header("content-disposition"), "attachment; filename=\".._.._up__odd__.jsonl\"");
    // What the form says of it is not handed on.
    EXPECT_EQ(got.header("content-type"), "application/jsonl");
    const raw_response head = ask("HEAD", project.id + "/datasets/" + made.id + "/file", key_line);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
}

TEST(emissary_datasets, are_downloaded_at_the_host_they_are_asked_at) {
    const auto project = client().projects.create();
    const std::string path = "/emissary/v1/projects/" + project.id + "/datasets/" +
                             client().datasets.upload(project.id, named("n")).id;
    const auto url = [&](const std::string& host) {
        raw_response got = running_server::shared().ask(
            "GET " + path + " HTTP/1.1\r\nhost: " + host + "\r\n" + key_line + "\r\n");
        return got.json().value("dataset_download_url", std::string());
    };
    EXPECT_EQ(url("models.example:8443"), "http://models.example:8443" + path + "/file");
    EXPECT_EQ(url("[::1]:80"), "http://[::1]" + path + "/file");
    EXPECT_EQ(url("evil.example/path?"), "");
    EXPECT_EQ(url("user@evil.example"), "");
}

TEST(emissary_datasets, end_with_their_project_and_outlive_the_server) {
    const tessera::testing::temporary_folder folder("tessera-datasets");
    auto settings = tiny_options();
    settings.data = folder.path();
    const auto place = folder.path() / "emissary" / "datasets";
    const auto files = [&] {
        std::vector<std::string> names;
        for (const auto& each : std::filesystem::directory_iterator(place))
            names.push_back(each.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    };
    using names = std::vector<std::string>;
    std::string project;
    std::string kept;
    {
        running_server own(settings);
        const emissary::client to(emissary_options_to(own));
        project = to.projects.create().id;
        kept = to.datasets.upload(project, named("kept")).id;
        const auto other = to.projects.create();
        const auto ended = to.datasets.upload(other.id, named("ended"));
        EXPECT_EQ(files().size(), 2U);
        to.projects.remove(other.id);
        EXPECT_EQ(to.datasets.try_retrieve(other.id, ended.id).error().status, 404);
        EXPECT_EQ(files(), names{kept});
        EXPECT_FALSE(to.datasets.try_upload(project, named("kept")));
        EXPECT_FALSE(to.datasets.try_upload(project, named("bad", "[")));
        EXPECT_EQ(files(), names{kept});
    }
    // What was uploaded when a server ended, and never answered.
    std::ofstream(place / "ds-stray") << row;
    running_server again(settings);
    const emissary::client to(emissary_options_to(again));
    EXPECT_EQ(files(), names{kept});
    ASSERT_EQ(to.datasets.list(project).size(), 1U);
    const std::string content = to.datasets.download(project, kept);
    EXPECT_EQ(content, row);
    to.datasets.remove(project, kept);
    EXPECT_EQ(files(), names{});
}

TEST(emissary_testing_functions, are_listed_with_their_sources) {
    const auto all = client().testing_functions.list();
    std::vector<std::string> names;
    for (const emissary::testing_function& each : all) {
        names.push_back(each.name);
        EXPECT_NE(each.content.value().find("def " + each.name + "("), std::string::npos);
        EXPECT_TRUE(each.dependencies.value().empty());
    }
    EXPECT_EQ(names, (std::vector<std::string>{"exact_match_shared", "similarity_score_shared",
                                               "contains_expected_shared", "json_valid_shared",
                                               "length_ratio_shared"}));
    EXPECT_EQ(running_server::shared().ask(head_of("GET", "/emissary/v1/testing-functions")).status,
              401);
}

}  // namespace emissary_dataset_tests
}  // namespace
}  // namespace tessera::contract
