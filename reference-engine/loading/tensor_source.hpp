#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loading/safetensors.hpp"

namespace tessera::engine {

/// Tensors by name: of files, or of somebody's memory. Constant use is thread-safe.
class tensor_source {
  public:
    virtual ~tensor_source() = default;

    /// Null if there is none of that name. Valid as long as the source.
    virtual const tensor_view* find(std::string_view name) const = 0;
    /// Of all tensors.
    virtual std::vector<std::string> names() const = 0;
    /// Where the tensors are, for messages.
    virtual std::string origin() const = 0;

    /// Throws malformed with the name if there is none.
    const tensor_view& at(std::string_view name) const;

  protected:
    tensor_source() = default;
    tensor_source(const tensor_source&) = default;
    tensor_source(tensor_source&&) = default;
    tensor_source& operator=(const tensor_source&) = default;
    tensor_source& operator=(tensor_source&&) = default;
};

/// Tensors in somebody's memory, which outlives this and is not written while it is read.
class tensor_list : public tensor_source {
  public:
    tensor_list(std::vector<tensor_view> tensors, std::string origin)
        : tensors_(std::move(tensors)), origin_(std::move(origin)) {}

    std::span<const tensor_view> all() const { return tensors_; }
    const tensor_view* find(std::string_view name) const override;
    std::vector<std::string> names() const override;
    std::string origin() const override { return origin_; }

  private:
    std::vector<tensor_view> tensors_;
    std::string origin_;
};

/// Tensors that outlive their source.
class tensor_copies : public tensor_list {
  public:
    explicit tensor_copies(const tensor_source& from) : tensor_copies(from, {}) {}
    tensor_copies(const tensor_copies&) = delete;
    tensor_copies& operator=(const tensor_copies&) = delete;

  private:
    using memory = std::vector<std::vector<std::byte>>;
    tensor_copies(const tensor_source& from, memory data)
        : tensor_list(copied(from, data), from.origin()), data_(std::move(data)) {}
    static std::vector<tensor_view> copied(const tensor_source&, memory&);

    memory data_;
};

}  // namespace tessera::engine
