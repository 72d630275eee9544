#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "engine/cuda/runners.hpp"
#include "engine/serve/support.hpp"

namespace tessera::engine {
namespace {

using namespace cuda_test;
using serve_test::few;
using serve_test::request_of;

constexpr cuda::status gone = 719;
constexpr cuda::status full = 2;
constexpr cuda::status too_old = 35;

// What goes wrong next: calls until then, and what they say.
struct {
    int finishes = -1;
    int allocations = -1;
    bool resets = true;
    int reset = 0;  // times
} plan;

// A device that fails as it is told to.
cuda::library failing_table() {
    auto table = cuda_on_cpu::library();
    table.describe_status = [](cuda::status s) {
        return s == gone ? "unspecified launch failure" : s == full ? "out of memory" : "no device";
    };
    table.is_lost = [](cuda::status s) { return s == gone; };
    table.finish = [](cuda::stream s) {
        if (plan.finishes >= 0 && plan.finishes-- == 0) return gone;
        return cuda_on_cpu::library().finish(s);
    };
    table.allocate = [](std::size_t bytes, void** to) {
        if (plan.allocations >= 0 && plan.allocations-- == 0) return full;
        return cuda_on_cpu::library().allocate(bytes, to);
    };
    table.reset = [] {
        ++plan.reset;
        return plan.resets ? cuda_on_cpu::library().reset() : gone;
    };
    return table;
}

struct failing {
    cuda::library table = failing_table();
    std::unique_ptr<backend> device;
    folder_of_model folder;

    failing() {
        plan = {};
        device = cuda::make_backend(table);
    }
};

std::string message_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const engine_error& e) {
        EXPECT_EQ(e.code, error_code::device) << e.what();
        return e.what();
    }
    return "nothing was thrown";
}

TEST(CudaFailing, SaysWhyThereIsNoDevice) {
    auto table = cuda_on_cpu::library();
    const auto why = [&] { return message_of([&] { cuda::make_backend(table); }); };
    table.versions = [](int* driver, int* runtime) {
        *driver = 0;
        *runtime = 13000;
        return 0;
    };
    EXPECT_NE(why().find("no NVIDIA driver"), std::string::npos) << why();
    table.versions = [](int* driver, int* runtime) {
        *driver = 12040;
        *runtime = 13000;
        return 0;
    };
    table.devices = [](int*) { return too_old; };
    EXPECT_NE(why().find("too old: it knows CUDA 12.4, and CUDA 13.0 is used"), std::string::npos)
        << why();
    table.versions = cuda_on_cpu::library().versions;
    table.devices = [](int* count) {
        *count = 0;
        return 0;
    };
    EXPECT_NE(why().find("shows no GPU"), std::string::npos) << why();
}

TEST(CudaFailing, SaysWhereTheLibraryWasLookedFor) {
    setenv("TESSERA_CUDA_LIBRARY", "/nowhere/libtessera-cuda.so", 1);
    const auto why = message_of([] { cuda::open_library(); });
    unsetenv("TESSERA_CUDA_LIBRARY");
    EXPECT_NE(why.find("/nowhere/libtessera-cuda.so"), std::string::npos) << why;
}

TEST(CudaFailing, AModelThatDoesNotFitIsRefused) {
    failing f;
    const auto before = cuda_on_cpu::allocated_memory();
    for (const int at : {0, 3, 9}) {
        plan.allocations = at;
        const auto why = message_of([&] { f.folder.on(*f.device); });
        EXPECT_NE(why.find("out of memory"), std::string::npos) << why;
        EXPECT_NE(why.find("int8"), std::string::npos) << why;
        EXPECT_EQ(cuda_on_cpu::allocated_memory(), before);
    }
    const auto model = f.folder.on(*f.device);
    plan.allocations = 5;
    const auto why = message_of([&] { model->start(few_slots()); });
    EXPECT_NE(why.find("out of memory"), std::string::npos) << why;
    EXPECT_NE(model->start(few_slots()), nullptr);
}

TEST(CudaFailing, ALostDeviceFailsRequestsAndIsOpenedAgain) {
    failing f;
    testing::write_random_adapter(
        f.folder.folder.path() / "adapter", small_config(),
        {{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 4}, {"target_modules", {"q_proj"}}});
    const auto text = std::make_shared<tokenizer>(tokenizer::load(f.folder.folder.path()));
    const auto model = f.folder.on(*f.device);
    auto options = few();
    options.kv_tokens = 512;
    options.max_sequences = 2;
    engine first(model, text, options);
    engine second(model, text, options);
    const auto files = adapter_files::open(f.folder.folder.path() / "adapter");
    const int adapter = first.attach(files.config(), files);
    auto request = request_of(40, 1, 4);
    request.adapter = adapter;
    const auto expected = serve_test::run(first, request);
    ASSERT_EQ(expected.result.reason, finish_reason::length) << expected.result.error;
    auto other = request_of(40, 2, 4);
    const auto others = serve_test::run(second, other);

    plan.finishes = 2;
    const auto lost = serve_test::run(first, request);
    EXPECT_EQ(lost.result.reason, finish_reason::failed);
    EXPECT_NE(lost.result.error.find("unspecified launch failure"), std::string::npos)
        << lost.result.error;
    // The next is as the first was, from an empty cache, with the adapter.
    const auto again = serve_test::run(first, request);
    EXPECT_EQ(again.result.reason, finish_reason::length) << again.result.error;
    EXPECT_EQ(again.result.cached_tokens, 0);
    EXPECT_TRUE(serve_test::same_bits(again.heard->tokens, expected.heard->tokens));
    EXPECT_EQ(plan.reset, 1);
    // Others hear of it once: what they had in the cache is gone.
    EXPECT_EQ(serve_test::run(second, other).result.reason, finish_reason::failed);
    const auto then = serve_test::run(second, other);
    EXPECT_EQ(then.result.reason, finish_reason::length) << then.result.error;
    EXPECT_EQ(then.result.cached_tokens, 0);
    EXPECT_TRUE(serve_test::same_bits(then.heard->tokens, others.heard->tokens));
    EXPECT_EQ(plan.reset, 1);
}

TEST(CudaFailing, ADeviceThatCannotBeOpenedAgainFailsEachRequest) {
    failing f;
    const auto by = f.folder.on(*f.device)->start(few_slots());
    fed_sequence text(text_of(5, 1), 0, 0);
    const auto part = text.rest();
    by->compute(std::vector{part}, {});
    plan.finishes = 0;
    plan.resets = false;
    message_of([&] { drawn(*by, {.slot = 0}); });
    for (int i = 0; i < 3; ++i) {
        const auto why = message_of([&] { by->compute(std::vector{part}, {}); });
        EXPECT_NE(why.find("opening it again failed"), std::string::npos) << why;
    }
    plan.resets = true;
    EXPECT_TRUE(by->compute(std::vector{part}, {}));
    EXPECT_FALSE(drawn(*by, {.slot = 0}).failure);
}

}  // namespace
}  // namespace tessera::engine
