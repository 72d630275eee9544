#pragma once
// What tests answers, and rewards them: each function in C++ and, for those who read it, in Python.
#include <span>
#include <string_view>

namespace tessera::server::emissary {

/// A function that scores an answer. What `source` defines under `name` gives the same number for
/// the same texts as `score`, which is from 0 to 1.
struct test_function {
    std::string_view name;
    std::string_view source;  // Python 3, with nothing but its standard library
    double (*score)(std::string_view completion, std::string_view expected);
};

/// All of them.
std::span<const test_function> test_functions();
/// Null where there is none of that name.
const test_function* find_test_function(std::string_view name);

}  // namespace tessera::server::emissary
