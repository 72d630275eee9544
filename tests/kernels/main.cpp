#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "cuda_on_cpu/library.hpp"
#include "cuda_on_cpu/races.hpp"

namespace {

/// A fault of one test is none of the next.
class resetting : public testing::EmptyTestEventListener {
    void OnTestStart(const testing::TestInfo&) override {
        tessera::cuda_on_cpu::library().reset();
        tessera::cuda_on_cpu::use_order({});
    }
};

}  // namespace

/// As gtest_main; TESSERA_COUNTS in the environment names a file for launches and counts of lines.
int main(int count, char** arguments) {
    testing::InitGoogleTest(&count, arguments);
    testing::UnitTest::GetInstance()->listeners().Append(new resetting);
    const int result = RUN_ALL_TESTS();
    if (const char* file = std::getenv("TESSERA_COUNTS")) {
        std::ofstream to(file);
        for (const auto& l : tessera::cuda_on_cpu::kernel_launches())
            to << "launch\t" << l.kernel << '\t' << l.threads << '\t' << l.shared << '\n';
        for (const auto& [line, c] : tessera::cuda_on_cpu::counted_lines())
            to << "line\t" << line << '\t' << c.sectors << '\t' << c.least_sectors << '\t'
               << c.cycles << '\t' << c.least_cycles << '\n';
    }
    return result;
}
