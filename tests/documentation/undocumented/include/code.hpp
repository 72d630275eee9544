#pragma once

/// Says little of itself.
class shy {
  public:
    /// The question.
    int question();
    int answer();
};
