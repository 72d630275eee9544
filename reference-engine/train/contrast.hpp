#pragma once

#include <vector>

#include "train/batch.hpp"

namespace tessera::engine::train {

/// The contrastive loss (InfoNCE, both ways) of documents that are pairs of related texts, two after
/// two: of the cosines between the means of their states, those of pairs are to be larger than those
/// with the other pairs' texts. `states` and `gradient` are [tokens, width],
/// rows `stride` apart. Returns the sum over
/// the pairs; sets `gradient`, unless it is null, to `scale` times the derivatives.
template <class T>
double contrast(const std::vector<document>& documents, int width, int stride, const T* states,
                T scale, T* gradient);

}  // namespace tessera::engine::train
