#include "loading/safetensors.hpp"

#include <cstring>
#include <vector>

#include "core/error.hpp"
#include "fuzz.hpp"

void tessera::fuzz::one_input(std::string_view input) {
    std::vector<std::uint64_t> aligned(input.size() / 8 + 1);
    std::memcpy(aligned.data(), input.data(), input.size());
    const auto bytes = std::as_bytes(std::span(aligned)).first(input.size());
    try {
        const auto file = engine::safetensors_file::parse(bytes);
        const std::byte* at = nullptr;
        for (const engine::tensor_view& view : file.tensors()) {
            check(file.find(view.name) == &view, "a tensor is found by its name");
            check(at == nullptr || view.data.data() == at, "tensors follow each other");
            at = view.data.data() + view.data.size();
            check(at <= bytes.data() + bytes.size(), "data end inside the file");
        }
        check(at == nullptr || at == bytes.data() + bytes.size(), "tensors fill the file");
    } catch (const engine::engine_error& e) {
        check(e.code != engine::error_code::io, "bytes in memory give no file error");
    }
}
