#pragma once

#include <vector>

#include "loading/config.hpp"

namespace tessera::engine {

/// The angles of rotary position embedding. They depend on the position alone: dynamic NTK scaling,
/// which others derive from the length of the whole sequence, takes each position for the last one.
class rotary {
  public:
    rotary(const rope_config&, int head_dim);
    /// head_dim / 2 cosines and sines, of angles in float or double.
    template <class T>
    void at(int position, T* cosines, T* sines) const;

  private:
    std::vector<double> frequencies(double theta) const;

    rope_config config_;
    int head_dim_;
    double magnitude_ = 1;
    std::vector<double> frequencies_;
};

/// Angles of positions from 0 on. Grows by one thread while no other reads.
template <class T>
class rotation_table {
  public:
    rotation_table(const rope_config& config, int head_dim)
        : turns_(config, head_dim), width_(static_cast<std::size_t>(head_dim)) {}

    /// So many positions are there, at least.
    void reserve(int positions) {
        auto have = static_cast<int>(angles_.size() / width_);
        if (positions <= have) return;
        angles_.resize(static_cast<std::size_t>(positions) * width_);
        for (T* at = angles_.data() + static_cast<std::size_t>(have) * width_; have < positions;
             ++have, at += width_)
            turns_.at(have, at, at + width_ / 2);
    }
    /// [position][cosines, sines][head_dim / 2].
    const std::vector<T>& angles() const { return angles_; }
    const T* cosines(int position) const {
        return angles_.data() + static_cast<std::size_t>(position) * width_;
    }
    const T* sines(int position) const { return cosines(position) + width_ / 2; }

  private:
    rotary turns_;
    std::size_t width_;
    std::vector<T> angles_;
};

}  // namespace tessera::engine
