#pragma once

#include <gtest/gtest.h>
#include <pthread.h>

#include <cstddef>

namespace tessera::testing {

/// While it lives, no thread can be started: the stacks that threads get by default are larger than
/// the address space.
class no_new_threads {
  public:
    no_new_threads() {
        pthread_getattr_default_np(&usual_);
        pthread_attr_t huge;
        pthread_attr_init(&huge);
        EXPECT_EQ(pthread_attr_setstacksize(&huge, std::size_t{1} << 60), 0);
        EXPECT_EQ(pthread_setattr_default_np(&huge), 0);
        pthread_attr_destroy(&huge);
    }
    ~no_new_threads() {
        EXPECT_EQ(pthread_setattr_default_np(&usual_), 0);
        pthread_attr_destroy(&usual_);
    }
    no_new_threads(const no_new_threads&) = delete;
    no_new_threads& operator=(const no_new_threads&) = delete;

  private:
    pthread_attr_t usual_;
};

}  // namespace tessera::testing
