// Every described type with random values: nothing is lost on the wire.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/round_trips.hpp"
#include "tessera/cortex/errors.hpp"
#include "tessera/cortex/operations.hpp"
#include "tessera/json/texts.hpp"

namespace tessera::cortex {
namespace {

template <class T>
class cortex_type : public ::testing::Test {};

using wire_types =
    ::testing::Types<json::open_enum<error_type>, error_detail, error_body, provider_model,
                     provider_models, json::open_enum<auth_method>, masked_key, oauth_state,
                     provider_auth, inflight_request, inflight_snapshot, caching_config,
                     caching_config_update, token_refresh_config, token_refresh_config_update,
                     json::open_enum<usage_status>, usage_record, usage_records, usage_query,
                     usage_summary_query, usage_summary, openai::model, openai::model_list>;

TYPED_TEST_SUITE(cortex_type, wire_types);
TYPED_TEST(cortex_type, loses_nothing) { tessera::test::loses_nothing<TypeParam>(); }

TEST(cortex_requests, are_read_strictly) {
    tessera::test::is_strictly_valid<caching_config_update>();
    tessera::test::is_strictly_valid<token_refresh_config_update>();
}

template <class Query>
void comes_back_from_texts() {
    tessera::test::holds("a query comes back from its texts", [] {
        const Query given = tessera::test::draw<Query>({.known_only = true});
        std::vector<json::issue> issues;
        const auto read =
            json::decode_texts<Query>(json::encode_texts(given), json::mode::strict, issues);
        RC_ASSERT(read.has_value());
        RC_ASSERT(json::equal(*read, given));
    });
}

TEST(cortex_queries, come_back_from_their_texts) {
    comes_back_from_texts<usage_query>();
    comes_back_from_texts<usage_summary_query>();
}

}  // namespace
}  // namespace tessera::cortex
