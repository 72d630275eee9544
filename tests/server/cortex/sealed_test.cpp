// What is kept of tokens, and where.
#include "cortex/oauth/sealed.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>

#include "core/aes_gcm.hpp"
#include "cortex/oauth/tokens.hpp"
#include "support/random_model.hpp"
#include "support/sample.hpp"
#include "tessera/core/base64.hpp"
#include "tessera/json.hpp"

namespace tessera::server::cortex {
namespace {
namespace sealed_tests {

std::string bytes_of(const std::string& hex) {
    std::string made;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        made += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return made;
}

TEST(aes_gcm, agrees_with_wycheproof) {
    std::ifstream file(TESSERA_VECTORS "/wycheproof/aes_gcm_test.json");
    if (!file) GTEST_SKIP() << "the vectors are not here: " TESSERA_VECTORS;
    const auto all = json::parse(std::string(std::istreambuf_iterator<char>(file), {})).value();
    int valid = 0, invalid = 0;
    for (const auto& group : all["testGroups"]) {
        if (group["keySize"] != 256 || group["ivSize"] != 96 || group["tagSize"] != 128) continue;
        for (const auto& each : group["tests"]) {
            SCOPED_TRACE(each["tcId"]);
            const auto part = [&](const char* name) {
                return bytes_of(each[name].get<std::string>());
            };
            const secret key(part("key"));
            const auto opened =
                decrypt_aes_gcm(key, part("iv"), part("aad"), part("ct") + part("tag"));
            if (each["result"] == "valid") {
                ++valid;
                EXPECT_EQ(opened, part("msg"));
                EXPECT_EQ(encrypt_aes_gcm(key, part("iv"), part("aad"), part("msg")),
                          part("ct") + part("tag"));
            } else {
                ++invalid;
                EXPECT_FALSE(opened);
            }
        }
    }
    EXPECT_EQ(valid, 39);
    EXPECT_EQ(invalid, 27);
}

TEST(sealed, is_different_each_time_and_opens_where_it_was_put) {
    SCOPED_TRACE("rule: oauth-store-nonce");
    const sealer one(secret(std::string(32, 'k')));
    const sealer other(secret(std::string(32, 'l')));
    std::set<std::string> all, nonces;
    for (int i = 0; i < 1000; ++i) {
        const std::string made = one.seal("the token", "row");
        nonces.insert(made.substr(0, aes_nonce_bytes));
        all.insert(made);
    }
    EXPECT_EQ(all.size(), 1000U);
    EXPECT_EQ(nonces.size(), 1000U);
    const std::string made = *all.begin();
    EXPECT_EQ(one.open(made, "row"), "the token");
    EXPECT_FALSE(one.open(made, "another row"));
    EXPECT_FALSE(other.open(made, "row"));
    for (std::size_t i = 0; i < made.size(); ++i) {
        std::string changed = made;
        changed[i] ^= 1;
        EXPECT_FALSE(one.open(changed, "row")) << i;
        EXPECT_FALSE(one.open(made.substr(0, i), "row")) << i;
    }
}

TEST(tokens, of_another_row_are_none) {
    store::database in(std::nullopt);
    const sealer with(secret(std::string(32, 'k')));
    std::string log;
    const auto note = [&](const std::string& line) { log += line + "\n"; };
    {
        token_store tokens(in, with, note);
        for (const char* each : {"google", "qwen"})
            tokens.put(each, {.access_token = each},
                       [](const result<void>& kept) { EXPECT_TRUE(kept); });
        ASSERT_TRUE(in.write([](store::connection& to) {
            to.run(
                "UPDATE cortex_oauth_tokens SET sealed = (SELECT sealed FROM"
                " cortex_oauth_tokens WHERE provider = 'google') WHERE provider = 'qwen'");
        }));
        EXPECT_EQ(tokens.find("qwen")->access_token, "qwen");
    }
    const token_store again(in, with, note);
    EXPECT_EQ(again.find("google")->access_token, "google");
    EXPECT_FALSE(again.find("qwen"));
    EXPECT_NE(log.find("the stored token of qwen cannot be read"), std::string::npos) << log;
}

TEST(storage_keys, are_made_once_and_for_nobody_else) {
    const tessera::testing::temporary_folder folder("keys");
    const secret made = storage_key("", folder.path());
    EXPECT_EQ(made.reveal().size(), 32U);
    EXPECT_EQ(storage_key("", folder.path()).reveal(), made.reveal());
    const auto file = folder.path() / "cortex-tokens.key";
    struct stat found {};
    ASSERT_EQ(::stat(file.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600U);
    EXPECT_NE(storage_key("", std::nullopt).reveal(), storage_key("", std::nullopt).reveal());
    const std::string given(32, 'x');
    EXPECT_EQ(storage_key(encode_base64(given), folder.path()).reveal(), given);
    EXPECT_THROW(storage_key("short", std::nullopt), std::runtime_error);
    ::chmod(file.c_str(), 0644);
    EXPECT_THROW(storage_key("", folder.path()), std::runtime_error);
    ::chmod(file.c_str(), 0600);
    std::ofstream(file) << "nonsense";
    EXPECT_THROW(storage_key("", folder.path()), std::runtime_error);
}

}  // namespace sealed_tests
}  // namespace
}  // namespace tessera::server::cortex
