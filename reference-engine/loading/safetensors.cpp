#include "loading/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data are little-endian");

struct dtype_row {
    dtype type;
    std::string_view name;
    std::size_t size;
};
constexpr std::array dtypes = {
    dtype_row{dtype::boolean, "BOOL", 1},    dtype_row{dtype::u8, "U8", 1},
    dtype_row{dtype::i8, "I8", 1},           dtype_row{dtype::f8_e5m2, "F8_E5M2", 1},
    dtype_row{dtype::f8_e4m3, "F8_E4M3", 1}, dtype_row{dtype::u16, "U16", 2},
    dtype_row{dtype::i16, "I16", 2},         dtype_row{dtype::f16, "F16", 2},
    dtype_row{dtype::bf16, "BF16", 2},       dtype_row{dtype::u32, "U32", 4},
    dtype_row{dtype::i32, "I32", 4},         dtype_row{dtype::f32, "F32", 4},
    dtype_row{dtype::u64, "U64", 8},         dtype_row{dtype::i64, "I64", 8},
    dtype_row{dtype::f64, "F64", 8},
};
const dtype_row& row_of(dtype type) { return *std::ranges::find(dtypes, type, &dtype_row::type); }

constexpr std::size_t longest_header = 100'000'000;  // as the reference implementation
constexpr std::size_t longest_name = 4096;
constexpr std::size_t most_dimensions = 16;

[[noreturn]] void malformed(const std::string& message) {
    throw engine_error(error_code::malformed, "safetensors: " + message);
}

/// A tensor as its header entry says, before the data are looked at.
struct entry {
    tensor_view view;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// Receives the header's JSON piece by piece and accepts exactly its one shape, so that nothing
/// else is ever stored. Throws on the first deviation.
class header_reader {
  public:
    std::vector<entry> entries;
    std::map<std::string, std::string> metadata;

    bool start_object(std::size_t) {
        if (place_ == place::before) {
            place_ = place::top;
        } else if (place_ == place::top) {
            place_ = key_ == "__metadata__" ? place::metadata : place::tensor;
            if (place_ == place::metadata) {
                if (std::exchange(has_metadata_, true)) malformed("__metadata__ is repeated");
                return true;
            }
            entries.emplace_back().view.name = std::move(key_);
            seen_ = 0;
        } else {
            wrong("an object");
        }
        return true;
    }
    bool end_object() {
        if (place_ == place::tensor && seen_ != (dtype_seen | shape_seen | offsets_seen)) {
            malformed(name() + " needs dtype, shape and data_offsets");
        }
        place_ = place_ == place::top ? place::after : place::top;
        return true;
    }
    bool key(std::string& text) {
        if (text.size() > longest_name) malformed("a name is longer than 4096 bytes");
        if (place_ == place::tensor) {
            member_ = text == "dtype"          ? dtype_seen
                      : text == "shape"        ? shape_seen
                      : text == "data_offsets" ? offsets_seen
                                               : 0U;
            if (member_ == 0) malformed(name() + " has an unknown member " + in_quotes(text));
            if ((seen_ & member_) != 0) malformed(name() + " has " + text + " twice");
            seen_ |= member_;
        } else {
            key_ = std::move(text);
        }
        return true;
    }
    bool string(std::string& text) {
        if (place_ == place::metadata) {
            if (!metadata.emplace(std::move(key_), std::move(text)).second) {
                malformed("a name in __metadata__ is repeated");
            }
            return true;
        }
        if (place_ != place::tensor || member_ != dtype_seen) wrong("a string");
        const auto* row = std::ranges::find(dtypes, std::string_view(text), &dtype_row::name);
        if (row == dtypes.end()) {
            throw engine_error(error_code::unsupported,
                               "safetensors: " + name() + " has dtype " + in_quotes(text));
        }
        entries.back().view.type = row->type;
        return true;
    }
    bool start_array(std::size_t) {
        if (place_ != place::tensor || member_ == dtype_seen) wrong("an array");
        place_ = place::numbers;
        count_ = 0;
        return true;
    }
    bool end_array() {
        if (member_ == offsets_seen && count_ != 2) malformed(name() + " needs two data_offsets");
        place_ = place::tensor;
        return true;
    }
    bool number_unsigned(std::uint64_t x) {
        if (place_ != place::numbers) wrong("a number");
        entry& now = entries.back();
        ++count_;
        if (member_ == offsets_seen) {
            if (count_ > 2) malformed(name() + " needs two data_offsets");
            (count_ == 1 ? now.begin : now.end) = x;
            return true;
        }
        if (count_ > most_dimensions) malformed(name() + " has more than 16 dimensions");
        if (x > INT64_MAX) malformed(name() + " has a dimension above 2^63 - 1");
        now.view.shape.push_back(static_cast<std::int64_t>(x));
        return true;
    }
    bool null() { wrong("null"); }
    bool boolean(bool) { wrong("a boolean"); }
    bool number_integer(std::int64_t) { wrong("a negative number"); }
    bool number_float(double, const std::string&) {
        wrong("a number that is no integer of 64 bits");
    }
    bool binary(nlohmann::json::binary_t&) { wrong("binary"); }
    bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) {
        malformed("the header is not JSON at byte " + std::to_string(at));
    }

  private:
    enum class place : std::uint8_t { before, top, metadata, tensor, numbers, after };
    static constexpr unsigned dtype_seen = 1;
    static constexpr unsigned shape_seen = 2;
    static constexpr unsigned offsets_seen = 4;

    std::string name() const { return "tensor " + in_quotes(entries.back().view.name); }
    [[noreturn]] void wrong(const std::string& what) const {
        const bool inside = place_ == place::tensor || place_ == place::numbers;
        malformed((inside ? name() : "the header") + " has " + what + " where it must not");
    }

    place place_ = place::before;
    unsigned member_ = 0;
    unsigned seen_ = 0;
    std::size_t count_ = 0;
    std::string key_;
    bool has_metadata_ = false;
};

/// False when the shape's size overflows.
bool byte_size(const tensor_view& view, std::uint64_t& size) {
    size = size_of(view.type);
    for (const std::int64_t dimension : view.shape) {
        if (dimension < 0 ||
            __builtin_mul_overflow(size, static_cast<std::uint64_t>(dimension), &size)) {
            return false;
        }
    }
    return true;
}

/// Gives each tensor its bytes, in the order of the data, which they must tile without a hole.
void place_data(std::vector<entry>& entries, std::span<const std::byte> data) {
    std::ranges::sort(entries, {}, [](const entry& e) { return std::pair(e.begin, e.end); });
    std::uint64_t at = 0;
    for (entry& e : entries) {
        const std::string name = "tensor " + in_quotes(e.view.name);
        std::uint64_t size = 0;
        if (!byte_size(e.view, size)) malformed(name + " has a shape whose size overflows");
        if (e.begin > e.end || e.end - e.begin != size) {
            malformed(name + " has data_offsets that do not fit its shape");
        }
        if (e.end > data.size()) malformed(name + " ends behind the file's end");
        if (e.begin != at)
            malformed(name + (e.begin < at ? " overlaps another" : " leaves a hole before it"));
        e.view.data =
            data.subspan(static_cast<std::size_t>(e.begin), static_cast<std::size_t>(size));
        at = e.end;
    }
    if (at != data.size()) {
        malformed("the tensors need " + std::to_string(at) + " bytes, the file holds " +
                  std::to_string(data.size()));
    }
}

}  // namespace

std::string_view to_string(dtype type) { return row_of(type).name; }
std::size_t size_of(dtype type) { return row_of(type).size; }

safetensors_file safetensors_file::parse(std::span<const std::byte> data) {
    std::uint64_t header_size = 0;
    if (data.size() < sizeof header_size) malformed("the file is shorter than 8 bytes");
    std::memcpy(&header_size, data.data(), sizeof header_size);
    if (header_size > longest_header) {
        throw engine_error(error_code::limit, "safetensors: the header's length, " +
                                                  std::to_string(header_size) +
                                                  ", is above 100 MB");
    }
    if (header_size > data.size() - sizeof header_size) {
        malformed("the header's length, " + std::to_string(header_size) + ", is above the file's");
    }
    const std::string_view header{reinterpret_cast<const char*>(data.data()) + sizeof header_size,
                                  static_cast<std::size_t>(header_size)};
    if (!header.starts_with('{')) malformed("the header does not start with '{'");
    // nlohmann takes a NUL for the end of the text.
    if (const auto nul = header.find('\0'); nul != header.npos)
        malformed("the header is not JSON at byte " + std::to_string(nul + 1));

    header_reader reader;
    nlohmann::json::sax_parse(header.begin(), header.end(), &reader);
    place_data(reader.entries, data.subspan(sizeof header_size + header.size()));

    safetensors_file file;
    file.metadata_ = std::move(reader.metadata);
    file.tensors_.reserve(reader.entries.size());
    file.index_.reserve(reader.entries.size());
    for (entry& e : reader.entries) {
        const tensor_view& view = file.tensors_.emplace_back(std::move(e.view));
        if (!file.index_.emplace(view.name, file.tensors_.size() - 1).second) {
            malformed("tensor " + in_quotes(view.name) + " is there twice");
        }
    }
    return file;
}

safetensors_file safetensors_file::open(const std::filesystem::path& path) {
    try {
        mapped_file mapped = mapped_file::open(path);
        safetensors_file file = parse(mapped.bytes());
        file.file_ = std::move(mapped);
        return file;
    } catch (const engine_error& e) {
        if (e.code == error_code::io) throw;
        throw engine_error(e.code, path.string() + ": " + e.what());
    }
}

const tensor_view* safetensors_file::find(std::string_view name) const {
    const auto it = index_.find(name);
    return it == index_.end() ? nullptr : &tensors_[it->second];
}

}  // namespace tessera::engine
