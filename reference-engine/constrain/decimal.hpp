#pragma once

#include <compare>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tessera::engine {

/// An exact decimal number: plus or minus `whole`.`fraction`.
struct decimal {
    bool negative = false;
    std::string whole = "0";  // without leading zeros, "0" itself excepted
    std::string fraction{};   // without trailing zeros

    /// Reads a JSON number. Throws engine_error limit for more than 400 digits before or after the
    /// point.
    static decimal parse(std::string_view json_number);
    static decimal of(const nlohmann::ordered_json& number);

    bool is_zero() const { return whole == "0" && fraction.empty(); }
    bool is_integer() const { return fraction.empty(); }

    friend decimal operator-(decimal d) {
        d.negative = !d.negative && !d.is_zero();
        return d;
    }
    friend std::strong_ordering operator<=>(const decimal&, const decimal&);
    friend bool operator==(const decimal&, const decimal&) = default;
};

}  // namespace tessera::engine
