#include "loading/safetensors.hpp"
#include "loading/weight_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/bf16.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test.
class safetensors : public testing::Test {
  protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        dir_ = fs::temp_directory_path() /
               ("tessera-" + std::to_string(::getpid()) + "-" + test->name());
        fs::create_directories(dir_);
    }
    void TearDown() override { fs::remove_all(dir_); }

    fs::path write(const std::string& name, const std::string& bytes) const {
        std::ofstream(dir_ / name, std::ios::binary) << bytes;
        return dir_ / name;
    }

    fs::path dir_;
};

std::string with_header(const std::string& header, std::size_t data_size, std::uint64_t size) {
    std::string out(8, '\0');
    std::memcpy(out.data(), &size, 8);
    return out + header + std::string(data_size, '\1');
}
std::string with_header(const std::string& header, std::size_t data_size) {
    const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
    return with_header(padded, data_size, padded.size());
}

/// What parsing says: "ok" or the error's code.
std::string verdict(const std::string& bytes, std::string* message = nullptr) {
    try {
        const auto file = safetensors_file::parse(std::as_bytes(std::span(bytes)));
        std::size_t total = 0;
        for (const tensor_view& view : file.tensors()) {
            for (const std::byte b : view.data) total += std::to_integer<std::size_t>(b);
        }
        return total > bytes.size() * 255 ? "impossible" : "ok";
    } catch (const engine_error& e) {
        if (message != nullptr) *message = e.what();
        return std::string(to_string(e.code));
    }
}

template <class T>
tensor_view view(std::string name, dtype type, std::vector<std::int64_t> shape,
                 const std::vector<T>& data) {
    return {std::move(name), type, std::move(shape), std::as_bytes(std::span(data))};
}

TEST_F(safetensors, round_trip) {
    const std::vector<float> f = {1.5F, -2, 3, 4, 5, 6};
    const std::vector<std::uint8_t> u = {1, 2, 3};
    const std::vector<std::uint16_t> b = {0x3f80, 0x4000};
    const std::vector<float> nothing;
    const tensor_view views[] = {
        view("bytes", dtype::u8, {3}, u), view("z.weight", dtype::f32, {2, 3}, f),
        view("half", dtype::bf16, {2, 1}, b), view("empty", dtype::f32, {0, 7}, nothing),
        view("scalar\n\"é", dtype::u8, {}, std::vector<std::uint8_t>{})};
    std::vector<tensor_view> all(std::begin(views), std::end(views));
    const std::vector<std::uint8_t> one = {9};
    all.back().data = std::as_bytes(std::span(one));
    const fs::path path = dir_ / "model.safetensors";
    write_safetensors(path, all, {{"format", "pt"}});

    safetensors_file opened = safetensors_file::open(path);
    const safetensors_file file = std::move(opened);
    ASSERT_EQ(file.tensors().size(), all.size());
    EXPECT_EQ(file.metadata().at("format"), "pt");
    for (const tensor_view& expected : all) {
        const tensor_view* found = file.find(expected.name);
        ASSERT_NE(found, nullptr) << expected.name;
        EXPECT_EQ(found->type, expected.type);
        EXPECT_EQ(found->shape, expected.shape);
        EXPECT_TRUE(std::ranges::equal(found->data, expected.data));
    }
    EXPECT_EQ(file.find("absent"), nullptr);

    const weight_files weights = weight_files::open(dir_);
    EXPECT_EQ(weights.at("half").shape, (std::vector<std::int64_t>{2, 1}));
    EXPECT_THROW((void)weights.at("absent"), engine_error);
    EXPECT_EQ(std::distance(fs::directory_iterator(dir_), fs::directory_iterator()), 1)
        << "no temporary file stays";
}

TEST_F(safetensors, writer_refuses_what_a_reader_would) {
    const std::vector<float> f = {1, 2};
    const auto refused = [&](std::vector<tensor_view> views) {
        try {
            write_safetensors(dir_ / "x", views);
        } catch (const engine_error& e) {
            return e.code == error_code::invalid_argument;
        }
        return false;
    };
    EXPECT_TRUE(refused({view("a", dtype::f32, {3}, f)}));
    EXPECT_TRUE(refused({view("a", dtype::f32, {-1, -2}, f)}));
    EXPECT_TRUE(refused({view("a", dtype::f32, {2}, f), view("a", dtype::f32, {2}, f)}));
    EXPECT_TRUE(refused({view("__metadata__", dtype::f32, {2}, f)}));
    EXPECT_TRUE(fs::is_empty(dir_));
    EXPECT_THROW(write_safetensors(dir_ / "no" / "folder", {}), engine_error);
}

TEST_F(safetensors, hostile_headers) {
    const auto entry = [](const std::string& dtype, const std::string& shape,
                          const std::string& offsets) {
        return R"({"t":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
               offsets + "}}";
    };
    struct row {
        std::string bytes;
        std::string verdict;
        std::string word;
    };
    const std::string two = R"({"dtype":"U8","shape":[4],"data_offsets":[0,4]})";
    const row rows[] = {
        {with_header(entry("F32", "[2]", "[0,8]"), 8), "ok", ""},
        {with_header("{}", 0), "ok", ""},
        {with_header("{}", 4), "malformed", "holds 4"},
        {"", "malformed", "shorter than 8"},
        {"1234567", "malformed", "shorter than 8"},
        {with_header("", 0, 0), "malformed", "'{'"},
        {with_header("{}", 0, 3), "malformed", "above the file's"},
        {with_header("{}", 0, UINT64_MAX), "limit", "100 MB"},
        {with_header("{}", 0, 100'000'001), "limit", "100 MB"},
        {with_header("[]", 0), "malformed", "'{'"},
        {with_header("{} x", 0), "malformed", "not JSON"},
        {with_header("{", 0), "malformed", "not JSON"},
        {with_header("{\"\xff\":1}", 0), "malformed", "not JSON"},
        {with_header(R"({"t":1})", 0), "malformed", "a number where"},
        {with_header(R"({"t":null})", 0), "malformed", "null"},
        {with_header(R"({"t":{}})", 0), "malformed", "needs dtype"},
        {with_header(R"({"t":{"dtype":"U8","shape":[]}})", 0), "malformed", "needs dtype"},
        {with_header(R"({"t":{"x":{}}})", 0), "malformed", "unknown member 'x'"},
        {with_header(R"({"t":{"dtype":{}}})", 0), "malformed", "an object"},
        {with_header(R"({"t":{"dtype":"U8","dtype":"U8"}})", 0), "malformed", "dtype twice"},
        {with_header(R"({"t":)" + two + R"(,"t":)" + two + "}", 4), "malformed", "overlaps"},
        {with_header(
             R"({"t":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"t":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
             0),
         "malformed", "is there twice"},
        {with_header(R"({"__metadata__":{},"__metadata__":{}})", 0), "malformed", "repeated"},
        {with_header(R"({"__metadata__":{"a":1}})", 0), "malformed", "a number"},
        {with_header(R"({"__metadata__":{"a":"1","a":"2"}})", 0), "malformed", "repeated"},
        {with_header(entry("Q4", "[2]", "[0,8]"), 8), "unsupported", "'Q4'"},
        {with_header(entry("F32", "[3]", "[0,8]"), 8), "malformed", "do not fit its shape"},
        {with_header(entry("F32", "[2]", "[0,16]"), 16), "malformed", "do not fit its shape"},
        {with_header(entry("F32", "[2]", "[8,0]"), 8), "malformed", "do not fit its shape"},
        {with_header(entry("F32", "[4]", "[0,16]"), 8), "malformed", "behind the file's end"},
        {with_header(entry("F32", "[2]", "[8,16]"), 16), "malformed", "hole"},
        {with_header(entry("F32", "[2]", "[0,8]"), 12), "malformed", "holds 12"},
        {with_header(entry("F32", "[-2]", "[0,8]"), 8), "malformed", "negative"},
        {with_header(entry("F32", "[2.0]", "[0,8]"), 8), "malformed", "no integer"},
        {with_header(entry("F32", "[[2]]", "[0,8]"), 8), "malformed", "an array"},
        {with_header(entry("F32", "[2]", "[0,8,8]"), 8), "malformed", "two data_offsets"},
        {with_header(entry("F32", "[2]", "[0]"), 8), "malformed", "two data_offsets"},
        {with_header(entry("F32", "[2]", "7"), 8), "malformed", "a number"},
        {with_header(entry("F32", "[4611686018427387904,4]", "[0,0]"), 0), "malformed",
         "overflows"},
        {with_header(entry("F64", "[9223372036854775807]", "[0,8]"), 8), "malformed", "overflows"},
        {with_header(entry("U8", "[18446744073709551615]", "[0,8]"), 8), "malformed", "2^63"},
        {with_header(entry("U8", "[18446744073709551616]", "[0,8]"), 8), "malformed", "no integer"},
        {with_header(entry("U8", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,1]"), 1), "malformed",
         "16 dimensions"},
        {with_header(entry("U8", "[8]", "[18446744073709551608,18446744073709551615]"), 8),
         "malformed", "do not fit"},
        {with_header(
             R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
             6),
         "malformed", "overlaps"},
        {with_header(
             R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
             5),
         "ok", ""},
        {with_header(entry("U8", "[4]", "[0,4]") + std::string(8, '\0'), 4), "malformed",
         "not JSON"},
        {with_header("{\"" + std::string(5000, 'n') + "\":" + two + "}", 4), "malformed", "4096"},
        {with_header("{" + std::string(1 << 20, '['), 0), "malformed", ""},
        {with_header("{\"a\":" + std::string(1 << 20, '['), 0), "malformed", ""},
        {with_header("{\"a\":" + std::string(1 << 20, '{'), 0), "malformed", ""},
    };
    for (const row& r : rows) {
        std::string message;
        EXPECT_EQ(verdict(r.bytes, &message), r.verdict) << r.bytes.substr(0, 120) << "\n"
                                                         << message;
        EXPECT_NE(message.find(r.word), std::string::npos) << message;
    }
}

TEST_F(safetensors, every_cut_is_refused_and_every_flipped_bit_is_survived) {
    const std::string whole = with_header(
        R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}})",
        22);
    ASSERT_EQ(verdict(whole), "ok");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_NE(verdict(whole.substr(0, size)), "ok") << size;
    }
    for (std::size_t i = 0; i < whole.size() * 8; ++i) {
        std::string changed = whole;
        changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
        EXPECT_NE(verdict(changed), "impossible");
    }
}

TEST_F(safetensors, shards) {
    const std::vector<float> f = {1, 2};
    const auto put = [&](const char* file, const char* tensor) {
        write_safetensors(dir_ / file, std::vector<tensor_view>{view(tensor, dtype::f32, {2}, f)});
    };
    put("one.safetensors", "a");
    put("two.safetensors", "b");
    const auto open_with = [&](const std::string& index) {
        write("model.safetensors.index.json", index);
        try {
            return std::to_string(weight_files::open(dir_).size());
        } catch (const engine_error& e) {
            return std::string(to_string(e.code));
        }
    };
    EXPECT_EQ(open_with(R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})"), "2");
    EXPECT_EQ(open_with(R"({"weight_map":{"a":"two.safetensors"}})"), "malformed");
    EXPECT_EQ(open_with(R"({"weight_map":{"a":"three.safetensors"}})"), "io");
    EXPECT_EQ(open_with(R"({"weight_map":{"a":"../one.safetensors"}})"), "malformed");
    EXPECT_EQ(open_with(R"({"weight_map":{"a":"/dev/zero"}})"), "malformed");
    EXPECT_EQ(open_with(R"({"weight_map":{"a":1}})"), "malformed");
    EXPECT_EQ(open_with(R"({"weight_map":[]})"), "malformed");
    EXPECT_EQ(open_with(R"([])"), "malformed");
    EXPECT_EQ(open_with("{"), "malformed");
    fs::remove(dir_ / "model.safetensors.index.json");
    EXPECT_THROW((void)weight_files::open(dir_), engine_error);
    EXPECT_THROW((void)safetensors_file::open(dir_), engine_error);
    EXPECT_THROW((void)safetensors_file::open("/dev/zero"), engine_error);
}

TEST(floats, bf16_rounds_to_nearest_even) {
    EXPECT_EQ(to_bf16(1.0F).bits, 0x3f80);
    EXPECT_EQ(to_bf16(std::bit_cast<float>(0x3f808000U)).bits, 0x3f80);  // a tie, to even
    EXPECT_EQ(to_bf16(std::bit_cast<float>(0x3f818000U)).bits, 0x3f82);
    EXPECT_EQ(to_bf16(std::bit_cast<float>(0x3f808001U)).bits, 0x3f81);
    EXPECT_EQ(to_bf16(std::bit_cast<float>(0x7f7fffffU)).bits, 0x7f80);  // overflows to infinity
    EXPECT_NE(to_float(to_bf16(std::bit_cast<float>(0x7f800001U))),
              to_float(to_bf16(std::bit_cast<float>(0x7f800001U))));
    for (unsigned i = 0; i < 65536; ++i) {
        const bf16 x{static_cast<std::uint16_t>(i)};
        const bool nan = (i & 0x7fffU) > 0x7f80U;
        EXPECT_EQ(to_bf16(to_float(x)).bits, nan ? i | 0x40U : i);
    }
}

TEST(floats, f16_is_exact) {
    const std::pair<unsigned, float> rows[] = {
        {0x0000, 0.0F},     {0x3c00, 1.0F},     {0xc000, -2.0F},        {0x7bff, 65504.0F},
        {0x0400, 0x1p-14F}, {0x0001, 0x1p-24F}, {0x03ff, 0x1.ff8p-15F}, {0x3555, 0x1.554p-2F}};
    for (const auto& [bits, expected] : rows) {
        EXPECT_EQ(to_float(f16{static_cast<std::uint16_t>(bits)}), expected);
    }
    EXPECT_TRUE(std::isinf(to_float(f16{0x7c00})));
    EXPECT_TRUE(std::isnan(to_float(f16{0x7e00})));
}

}  // namespace
}  // namespace tessera::engine
