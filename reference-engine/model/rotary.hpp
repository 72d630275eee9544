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

}  // namespace tessera::engine
