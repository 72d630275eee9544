#include "core/processors.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/random_model.hpp"

namespace tessera::engine {
namespace {

// A root folder with the files of one machine.
class machine {
  public:
    explicit machine(const std::string& groups) { put("proc/self/cgroup", groups); }
    machine& put(const std::string& file, const std::string& text) {
        const auto path = folder_.path() / file;
        std::filesystem::create_directories(path.parent_path());
        testing::detail::write_text(path, text);
        return *this;
    }
    machine& group(const std::string& name, const std::string& text) {
        return put("sys/fs/cgroup" + name + "/cpu.max", text);
    }
    machine& old_group(const std::string& name, const std::string& quota,
                       const std::string& period = "100000\n") {
        put("sys/fs/cgroup/" + name + "/cpu.cfs_quota_us", quota);
        return put("sys/fs/cgroup/" + name + "/cpu.cfs_period_us", period);
    }
    std::optional<int> quota() const { return processor_quota(folder_.path()); }
    int usable() const { return usable_processors(folder_.path()); }

  private:
    testing::temporary_folder folder_{"tessera-processors"};
};

TEST(Processors, HaveNoQuotaWhereNobodySaysSo) {
    EXPECT_EQ(processor_quota("/nowhere"), std::nullopt);
    EXPECT_GE(usable_processors("/nowhere"), 1);
    EXPECT_EQ(machine("0::/\n").quota(), std::nullopt);
    EXPECT_EQ(machine("0::/\n").group("", "max 100000\n").quota(), std::nullopt);
    EXPECT_EQ(machine("4:cpu:/\n").old_group("cpu", "-1\n").quota(), std::nullopt);
}

TEST(Processors, KeepToTheQuotaOfTheContainer) {
    EXPECT_EQ(machine("0::/\n").group("", "200000 100000\n").quota(), 2);
    EXPECT_EQ(machine("0::/\n").group("", "250000 100000\n").quota(), 3);
    EXPECT_EQ(machine("0::/\n").group("", "1000 100000\n").quota(), 1);
    EXPECT_EQ(machine("0::/\n").group("", "1000 100000\n").usable(), 1);
    EXPECT_EQ(machine("0::/\n").group("", "100000000 100000\n").usable(),
              usable_processors("/nowhere"));
}

TEST(Processors, KeepToTheLeastQuotaOnTheWayToTheTop) {
    machine one("0::/pod/box\n");
    one.group("/pod/box", "max 100000\n").group("/pod", "300000 100000\n");
    EXPECT_EQ(one.quota(), 3);
    EXPECT_EQ(one.group("", "500000 100000\n").quota(), 3);
    EXPECT_EQ(one.group("/pod/box", "50000 50000\n").quota(), 1);
    EXPECT_EQ(one.group("/other", "1 100000\n").quota(), 1);
    // The name that the host has for the group at the top.
    EXPECT_EQ(machine("0::/docker/abc\n").group("", "400000 100000\n").quota(), 4);
    EXPECT_EQ(machine("0::/../../abc\n").group("", "400000 100000\n").quota(), 4);
}

TEST(Processors, KnowTheFirstVersionOfControlGroups) {
    const std::string groups = "12:memory:/box\n4:cpu,cpuacct:/box\n1:name=systemd:/box\n0::/\n";
    EXPECT_EQ(machine(groups).old_group("cpu,cpuacct/box", "600000\n").quota(), 6);
    EXPECT_EQ(machine(groups).old_group("cpu/box", "600000\n").quota(), 6);
    EXPECT_EQ(machine(groups).old_group("cpu", "50000\n", "20000\n").quota(), 3);
    EXPECT_EQ(machine(groups).old_group("memory/box", "600000\n").quota(), std::nullopt);
    EXPECT_EQ(machine("3:cpuset:/\n").old_group("cpuset", "600000\n").quota(), std::nullopt);
}

TEST(Processors, PassOverNonsense) {
    for (const std::string text :
         {"", "\n", "100000", "100000 0", "0 100000", "-5 100000", "100000 -5", "four 100000",
          "99999999999999999999999999 1", "1 99999999999999999999999999", "max max"}) {
        EXPECT_EQ(machine("0::/\n").group("", text).quota(), std::nullopt) << text;
    }
    EXPECT_EQ(machine("0::/\n").group("", "9223372036854775807 1").quota(), std::nullopt);
    for (const std::string groups : {"", "0", "0:", "0::", "::::", "cpu", "\n\n:cpu:\n"}) {
        EXPECT_GE(machine(groups).usable(), 1) << groups;
    }
    EXPECT_EQ(machine("\n?\n0::" + std::string(5000, '/') + "\n").group("", "1 1").quota(), 1);
}

}  // namespace
}  // namespace tessera::engine
