#include "emissary/training/course.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "core/ids.hpp"
#include "emissary/data/selection.hpp"
#include "emissary/training/jobs.hpp"

namespace tessera::server::emissary {
namespace {

// Values about 0 and of about 1, whatever they are measured in.
void scale_values(const course& of, const row_numbers& rows, trained_head& head) {
    const auto value_of = [&](std::size_t row) {
        return std::get<valued_example>(of.rows[row].example).value;
    };
    const auto count = static_cast<double>(rows.size());
    double mean = 0, squares = 0;
    for (const std::size_t row : rows) mean += value_of(row) / count;
    for (const std::size_t row : rows) {
        const double apart = value_of(row) - mean;
        squares += apart * apart / count;
    }
    if (!std::isfinite(mean) || !std::isfinite(squares))
        throw std::invalid_argument("the values are too large; give them in another unit");
    head.offset = mean;
    head.scale = squares > 0 ? std::sqrt(squares) : 1;
}

// A head that is there goes on only as what it is.
void check_head(const checkpoint_ref& from, training_task task, const trained_head& wanted) {
    const bool has_head = !from.head.labels.empty();
    if (!has_head) return;
    if (from.task != task)
        throw std::invalid_argument(
            "a checkpoint that classifies or estimates can only be trained on for that");
    if (from.head.labels != wanted.labels || from.head.several != wanted.several)
        throw std::invalid_argument(
            "the data's labels are not those that the checkpoint was trained with");
}

}  // namespace

std::vector<std::size_t> shuffled_rows::of_step(std::int64_t step, std::size_t size) {
    const std::int64_t epoch = step / steps(size);
    if (epoch != epoch_) {
        epoch_ = epoch;
        order_ = rows_;
        const std::uint64_t seed = mix(seed_ ^ mix(static_cast<std::uint64_t>(epoch)));
        // Fisher and Yates.
        for (std::size_t i = order_.size(); i > 1; --i)
            std::swap(order_[i - 1], order_[mix(seed + i) % i]);
    }
    const std::size_t begin = static_cast<std::size_t>(step % steps(size)) * size;
    const std::size_t end = std::min(order_.size(), begin + size);
    const auto first = order_.begin();
    return {first + static_cast<std::ptrdiff_t>(begin), first + static_cast<std::ptrdiff_t>(end)};
}

std::int64_t steps_of(double epochs, std::int64_t steps_of_epoch) {
    const double steps = std::ceil(epochs * static_cast<double>(steps_of_epoch));
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(steps));
}

std::vector<std::size_t> take_rows(course& to, const course_material& with,
                                   std::optional<std::int64_t> downsample_size,
                                   std::optional<double> train_test_split_ratio) {
    to.rows = read_rows(with.train, to.options.task);
    row_numbers rows = all_rows(to.rows.size());
    if (with.test) {
        try {
            std::ranges::move(read_rows(*with.test, to.options.task), std::back_inserter(to.rows));
        } catch (const unreadable_data& wrong) {
            throw std::invalid_argument(std::string("test_dataset_id: ") + wrong.what());
        }
        to.tests = all_rows(to.rows.size());
        to.tests.erase(to.tests.begin(),
                       to.tests.begin() + static_cast<std::ptrdiff_t>(rows.size()));
    }
    if (downsample_size)
        rows = downsample(rows, static_cast<std::size_t>(*downsample_size), course_seed);
    if (const double percent = train_test_split_ratio.value_or(0); percent != 0) {
        split_rows parts = split(rows, percent, course_seed);
        rows = std::move(parts.train);
        to.tests.insert(to.tests.end(), parts.test.begin(), parts.test.end());
    }
    return rows;
}

course sft_course(const wire::sft_request& asked, const course_material& with) {
    const wire::sft_parameters& how = asked.parameters.value();
    const wire::task_type type =
        asked.task_type ? asked.task_type->known().value() : wire::task_type::text_generation;
    course made;
    training_options& options = made.options;
    options.task = training_task_of(type);
    row_numbers rows = take_rows(made, with, how.downsample_size, asked.train_test_split_ratio);
    if (options.task == training_task::classification) options.head = head_of(made.rows);
    if (asked.rebalance_data) rows = rebalance(made.rows, rows, *asked.rebalance_data, course_seed);
    if (options.task == training_task::regression) {
        options.head.labels = {"value"};
        scale_values(made, rows, options.head);
    }
    if (with.from) {
        check_head(*with.from, options.task, options.head);
        options.from = with.from->folder;
        if (!with.from->head.labels.empty()) options.head = with.from->head;
    }
    auto order = std::make_shared<shuffled_rows>(std::move(rows), course_seed);
    const auto size = static_cast<std::size_t>(how.per_device_train_batch_size.value());
    made.steps_of_epoch = order->steps(size);
    made.tested_at_once = static_cast<std::size_t>(how.per_device_eval_batch_size.value());
    options.steps = steps_of(how.num_train_epochs.value(), made.steps_of_epoch);
    options.learning_rate = how.learning_rate.value();
    options.dynamic_loss = how.dynamic_loss.value();
    options.seed = course_seed;
    made.learn = [order, size](training_session& by, std::int64_t step,
                               const std::stop_token& stop) {
        return by.learn(order->of_step(step, size), stop);
    };
    return made;
}

}  // namespace tessera::server::emissary
