#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "tessera/core/clock.hpp"
#include "tessera/core/random.hpp"
#include "tessera/core/secret.hpp"

namespace {

TEST(secret, shows_itself_only_when_asked) {
    const tessera::secret key = "csk-1234";
    std::ostringstream out;
    out << key;
    EXPECT_EQ(out.str(), "[redacted]");
    EXPECT_EQ(key.reveal(), "csk-1234");
}

TEST(secret, is_wiped_where_it_was_moved_from) {
    tessera::secret first = "short";
    const char* bytes = first.reveal().data();  // in the object itself: short strings own no memory
    const tessera::secret second = std::move(first);
    EXPECT_EQ(second.reveal(), "short");
    EXPECT_TRUE(first.empty());
    for (int i = 0; i < 5; ++i) EXPECT_EQ(bytes[i], '\0');
}

TEST(secret, copies_and_assignment_keep_the_text) {
    tessera::secret first = std::string("one");
    const tessera::secret copy = first;
    first = "two";
    EXPECT_EQ(copy.reveal(), "one");
    EXPECT_EQ(first.reveal(), "two");
}

TEST(clock, moves_on) {
    const auto& clock = tessera::clock::system();
    const auto before = clock.now();
    EXPECT_GE(clock.now(), before);
    EXPECT_GT(clock.wall().time_since_epoch().count(), 0);
}

TEST(random_source, is_uniform_and_does_not_repeat) {
    auto& source = tessera::random_source::system();
    std::set<std::uint64_t> seen;
    double sum = 0;
    for (int i = 0; i < 10000; ++i) {
        seen.insert(source.bits());
        const double drawn = source.uniform();
        ASSERT_GE(drawn, 0);
        ASSERT_LT(drawn, 1);
        sum += drawn;
    }
    EXPECT_EQ(seen.size(), 10000u);
    EXPECT_NEAR(sum / 10000, 0.5, 0.03);  // ten standard deviations
}

TEST(random_source, uniform_follows_from_the_bits) {
    struct : tessera::random_source {
        std::uint64_t bits() override { return ~std::uint64_t{0}; }
    } highest;
    EXPECT_LT(highest.uniform(), 1.0);
    EXPECT_GT(highest.uniform(), 0.9999999);
}

}  // namespace
