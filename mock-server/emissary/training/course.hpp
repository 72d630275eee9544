#pragma once
// What a training job does, step by step, whatever it is that its technique learns by.
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "emissary/checkpoints.hpp"
#include "emissary/data/rows.hpp"
#include "emissary/testing/reward.hpp"
#include "inference/training.hpp"
#include "tessera/emissary/training_requests.hpp"

namespace tessera::server::emissary {

/// What a job learns from and is tested on.
struct course_material {
    std::string train;                     // a dataset's content
    std::optional<std::string> test{};     // another's
    std::optional<checkpoint_ref> from{};  // what the training starts from, if not a base model
};

struct course {
    training_options options;  // but for the part that is trained
    /// Examples with the line of each, in the order of session.add.
    std::vector<data_row> rows;
    std::vector<std::size_t> tests;   // numbers of those that it is tested on
    std::size_t tested_at_once = 1;   // rows
    std::int64_t steps_of_epoch = 1;  // after which there is a checkpoint
    /// What the answers to text are worth; none where they are not learned from.
    std::optional<reward> judge{};
    /// One step, from 0 on, after those before it in its epoch; a function of the step, of the
    /// weights with which the epoch began and of nothing else. Returns the loss.
    std::function<double(training_session&, std::int64_t step, const std::stop_token&)> learn;
};

/// Reads the rows of a course for its task, and keeps those for tests: another dataset's, and as many
/// percent of the others as the request says. Returns the numbers of those to learn from, at most
/// `downsample_size`. Throws like sft_course().
std::vector<std::size_t> take_rows(course& to, const course_material& with,
                                   std::optional<std::int64_t> downsample_size,
                                   std::optional<double> train_test_split_ratio);

/// The course of supervised fine-tuning, all of whose parameters are given. Throws
/// std::invalid_argument or unreadable_data with what is wrong with the data, and with the member of
/// the request, if it is one's.
course sft_course(const tessera::emissary::sft_request& asked, const course_material& with);

/// Rows that are taken in a new order in each epoch.
class shuffled_rows {
  public:
    shuffled_rows(std::vector<std::size_t> rows, std::uint64_t seed)
        : rows_(std::move(rows)), seed_(seed) {}

    /// In one step of so many rows each; the last of an epoch has what is left.
    std::vector<std::size_t> of_step(std::int64_t step, std::size_t size);
    /// Steps of an epoch.
    std::int64_t steps(std::size_t size) const {
        return static_cast<std::int64_t>((rows_.size() + size - 1) / size);
    }
    std::size_t size() const { return rows_.size(); }

  private:
    std::vector<std::size_t> rows_;
    std::uint64_t seed_;
    std::int64_t epoch_ = -1;  // of the order
    std::vector<std::size_t> order_;
};

/// How the steps of epochs, of which the last may be a part, are counted.
std::int64_t steps_of(double epochs, std::int64_t steps_of_epoch);

/// What draws of all jobs begin with, so that the same job has the same result.
inline constexpr std::uint64_t course_seed = 1;

}  // namespace tessera::server::emissary
