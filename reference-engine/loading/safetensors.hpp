#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/mapped_file.hpp"

namespace tessera::engine {

enum class dtype : std::uint8_t {
    boolean,
    u8,
    i8,
    f8_e5m2,
    f8_e4m3,
    u16,
    i16,
    f16,
    bf16,
    u32,
    i32,
    f32,
    u64,
    i64,
    f64
};

/// As the format spells it: "F32", "BF16", ...
std::string_view to_string(dtype type);
std::size_t size_of(dtype type);

/// A named array in row-major order. `data` holds product(shape) * size_of(type) bytes in memory
/// that someone else owns; the format does not align them, so that they are to be copied out.
struct tensor_view {
    std::string name;
    dtype type = dtype::f32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> data;
};

/// One safetensors file in memory. Opening checks the whole header with overflow-safe arithmetic:
/// shape times element size is the offsets' distance, the tensors tile the data exactly, names are
/// unique. Views stay valid for the object's life and survive a move. Constant use is thread-safe.
class safetensors_file {
  public:
    /// Throws io, malformed, unsupported or limit with the path and the tensor's name. Time and
    /// memory are proportional to the header, which is at most 100 MB and inside the file.
    static safetensors_file open(const std::filesystem::path& path);
    /// The same over bytes that outlive the result.
    static safetensors_file parse(std::span<const std::byte> data);

    /// In the order of their data.
    std::span<const tensor_view> tensors() const { return tensors_; }
    /// Null if there is none of that name.
    const tensor_view* find(std::string_view name) const;
    const std::map<std::string, std::string>& metadata() const { return metadata_; }

  private:
    mapped_file file_;
    std::vector<tensor_view> tensors_;
    std::unordered_map<std::string_view, std::size_t> index_;
    std::map<std::string, std::string> metadata_;
};

/// Writes a file of those tensors: first to a temporary file beside it, which then replaces `path`
/// at once, so that a reader sees the old file or the new one. Throws invalid_argument for a view
/// whose data do not fit its shape or for a repeated name, and io.
void write_safetensors(const std::filesystem::path& path, std::span<const tensor_view> tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace tessera::engine
