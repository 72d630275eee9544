#pragma once

#include <vector>

#include "loading/config.hpp"

namespace tessera::engine {

/// The angles of rotary position embedding. They depend on the position alone: dynamic NTK scaling,
/// which others derive from the length of the whole sequence, takes each position for the last one.
class rotary {
  public:
    rotary(const rope_config&, int head_dim);
    /// head_dim / 2 cosines and sines.
    void at(int position, float* cosines, float* sines) const;

  private:
    std::vector<float> frequencies(double theta) const;

    rope_config config_;
    int head_dim_;
    float magnitude_ = 1;
    std::vector<float> frequencies_;
};

}  // namespace tessera::engine
