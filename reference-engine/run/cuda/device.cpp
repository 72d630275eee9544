#include "run/cuda/device.hpp"

#include "core/error.hpp"

namespace tessera::engine::cuda {
namespace {

std::string mebibytes(std::size_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

}  // namespace

device::device(const library& table, int number) : table_(table), number_(number) {
    check(table.use(number), "opening it");
    check(table.properties(number, &properties_), "reading its properties");
}

std::size_t device::free_memory() const {
    device_properties now{};
    return table_.properties(number_, &now) == 0 ? now.free_memory : 0;
}

device::use device::enter() {
    for (;;) {
        use in(mutex_);
        if (!lost_.load(std::memory_order_acquire)) {
            check(table_.use(number_), "turning to it");
            return in;
        }
        in.unlock();
        open_again();
    }
}

void device::open_again() {
    const std::unique_lock alone(mutex_);
    if (!lost_.load(std::memory_order_acquire)) return;
    // Whether or not it succeeds: nothing that was there may be used or given back any more.
    generation_.fetch_add(1, std::memory_order_acq_rel);
    check(table_.use(number_), "opening it again");
    check(table_.reset(), "opening it again");
    check(table_.use(number_), "opening it again");
    lost_.store(false, std::memory_order_release);
}

void device::check(status result, std::string_view doing) {
    if (result == 0) return;
    const std::string name = properties_.name[0] != '\0' ? properties_.name : "the GPU";
    auto message = name + ": " + std::string(doing) + " failed: " + table_.describe_status(result);
    if (table_.is_lost(result)) {
        lost_.store(true, std::memory_order_release);
        message +=
            "; what was in its memory is lost. The next request opens it again; if that fails, "
            "start the program again";
    } else if (table_.is_out_of_memory(result)) {
        message += " (" + mebibytes(free_memory()) + " of " + mebibytes(properties_.memory) +
                   " are free); take weights of bf16 or int8, a cache of bf16, a smaller model, or "
                   "compute on the CPU";
    }
    throw engine_error(error_code::device, message);
}

owned_stream make_stream(device& of) {
    stream made = nullptr;
    of.check(of.table().make_stream(&made), "making a stream");
    return {of, made};
}

owned_event make_event(device& of) {
    event made = nullptr;
    of.check(of.table().make_event(&made), "making an event");
    return {of, made};
}

}  // namespace tessera::engine::cuda
