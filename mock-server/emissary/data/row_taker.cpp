#include "emissary/data/row_taker.hpp"

#include "tessera/json/reader.hpp"

namespace tessera::server::emissary {

std::string cited(std::string_view name) { return "'" + json::detail::excerpt(name) + "'"; }

void row_taker::take(const raw_row& row) {
    if (++rows_ > bounds_.rows)
        return fail(row.line, "more than " + std::to_string(bounds_.rows) +
                                  " rows: leave some out, or spread them over several datasets");
    try {
        take_(row);
    } catch (const std::invalid_argument& wrong) {
        fail(row.line, wrong.what());
    }
}

void row_taker::fail(std::size_t line, const std::string& reason) {
    if (problems_++ != 0) told_ += "; ";
    told_ += "line " + std::to_string(line) + ": " + reason;
}

void row_taker::finish() const {
    if (is_full()) throw unreadable_data(told_ + "; the file is read no further");
    if (has_failed()) throw unreadable_data(told_);
    if (rows_ == 0) throw unreadable_data("the file has no rows");
}

}  // namespace tessera::server::emissary
