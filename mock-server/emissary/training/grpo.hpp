#pragma once
// Group relative policy optimization (Shao et al., DeepSeekMath, 2024): answers to one question are
// judged against each other.
#include <span>
#include <vector>

#include "emissary/training/course.hpp"

namespace tessera::server::emissary {

/// The course of GRPO, all of whose parameters are given: each step draws groups of answers from
/// the weights as they are, and learns from their rewards more than once, by the clipped ratio.
/// Throws like sft_course().
course grpo_course(const tessera::emissary::grpo_request& asked, const course_material& with);

/// How much better each is than the mean of its group, in standard deviations; zeros where all are
/// alike.
std::vector<double> group_advantages(std::span<const double> rewards);

}  // namespace tessera::server::emissary
