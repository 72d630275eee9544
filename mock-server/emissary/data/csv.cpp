#include "emissary/data/csv.hpp"

#include <csv.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/json/text.hpp"

namespace tessera::server::emissary {
namespace {

bool is_text(std::string_view bytes) {
    while (!bytes.empty()) {
        const int size = json::detail::utf8_sequence(bytes);
        if (size <= 0 || bytes.front() == '\0') return false;
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

// With its end, which is LF, CR or both.
std::size_t size_of_line(std::string_view text) {
    const std::size_t end = text.find_first_of("\r\n");
    if (end == text.npos) return text.size();
    return end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
}

std::string without_blanks_around(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    const std::size_t end = text.find_last_not_of(blanks) + 1;
    return std::string(text.substr(begin, std::max(begin, end) - begin));
}

int no_space(unsigned char) { return 0; }

// Puts the fields together that the parser finds to rows.
class csv_reader {
  public:
    explicit csv_reader(row_taker& to) : to_(to) {
        csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL);
        // Spaces belong to the fields.
        csv_set_space_func(&parser_, &no_space);
        csv_set_blk_size(&parser_, 16 * 1024);
    }
    ~csv_reader() { csv_free(&parser_); }
    csv_reader(const csv_reader&) = delete;
    csv_reader& operator=(const csv_reader&) = delete;

    void read(std::string_view text) {
        // Line by line, so that rows know where they begin.
        for (; !text.empty() && !is_over(); ++line_) {
            const std::string_view line = text.substr(0, size_of_line(text));
            text.remove_prefix(line.size());
            if (!is_inside_) {
                if (line.find_first_not_of("\r\n") == line.npos) continue;
                begin_ = line_;
                is_inside_ = true;
            }
            if (csv_parse(&parser_, line.data(), line.size(), &on_field, &on_row, this) !=
                line.size())
                return fail();
        }
        if (!is_over() && csv_fini(&parser_, &on_field, &on_row, this) != 0)
            to_.fail(begin_, "a quote is opened and never closed");
    }

  private:
    static void on_field(void* bytes, std::size_t size, void* self) {
        static_cast<csv_reader*>(self)->add(
            bytes ? std::optional(std::string_view(static_cast<const char*>(bytes), size))
                  : std::nullopt);
    }
    static void on_row(int, void* self) { static_cast<csv_reader*>(self)->end_row(); }

    bool is_over() const { return stopped_ || to_.is_full(); }

    void add(std::optional<std::string_view> field) {
        if (++count_ > to_.bounds().columns) return;
        fields_.emplace_back(field);
    }

    void end_row() {
        if (!is_over()) {
            if (count_ > to_.bounds().columns)
                to_.fail(begin_, "more than " + std::to_string(to_.bounds().columns) + " fields");
            else if (!has_header_)
                take_header();
            else
                take_row();
            if (!has_header_) stopped_ = true;
        }
        fields_.clear();
        count_ = 0;
        is_inside_ = false;
    }

    void take_header() {
        for (const std::optional<std::string>& each : fields_) {
            std::string name = without_blanks_around(each.value_or(std::string()));
            if (!is_text(name)) return to_.fail(begin_, "the header is no UTF-8 text");
            if (!name.empty() && std::find(names_.begin(), names_.end(), name) != names_.end())
                return to_.fail(begin_, "two columns are named " + cited(name));
            names_.push_back(std::move(name));
        }
        has_header_ = true;
    }

    void take_row() {
        if (fields_.size() != names_.size())
            return to_.fail(begin_, "the row has " + std::to_string(fields_.size()) +
                                        " fields, the header " + std::to_string(names_.size()));
        raw_row row{begin_, json::value::object(), true};
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (names_[i].empty() || !fields_[i]) continue;
            if (!is_text(*fields_[i]))
                return to_.fail(begin_, "the field " + cited(names_[i]) + " is no UTF-8 text");
            row.members.get_ptr<json::value::object_t*>()->emplace_back(names_[i],
                                                                        *std::move(fields_[i]));
        }
        to_.take(row);
    }

    void fail() {
        to_.fail(line_, csv_error(&parser_) == CSV_EPARSE
                            ? "a quote stands inside a field: write the whole field in quotes, "
                              "and each quote in it twice"
                            : csv_strerror(csv_error(&parser_)));
    }

    row_taker& to_;
    csv_parser parser_{};
    std::size_t line_ = 1;
    std::size_t begin_ = 1;   // the row's line
    bool is_inside_ = false;  // a row
    std::size_t count_ = 0;   // of the row's fields
    std::vector<std::optional<std::string>> fields_;
    std::vector<std::string> names_;
    bool has_header_ = false;
    bool stopped_ = false;
};

}  // namespace

void read_csv(std::string_view text, row_taker& to) { csv_reader(to).read(text); }

}  // namespace tessera::server::emissary
