#include "run/cuda/cuda_backend.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <utility>

#include "core/error.hpp"
#include "run/cuda/cuda_runner.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr auto library_name = "libtessera-cuda.so";

[[noreturn]] void refuse(const std::string& why) { throw engine_error(error_code::device, why); }

// As CUDA counts: 12040 is 12.4.
std::string version_text(int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// The number of devices, at least one.
void require_device(const library& table) {
    int driver = 0;
    int runtime = 0;
    table.versions(&driver, &runtime);
    if (driver == 0) refuse("there is no NVIDIA driver: install one, or compute on the CPU");
    int count = 0;
    const auto result = table.devices(&count);
    if (result != 0 && driver < runtime)
        refuse("the NVIDIA driver is too old: it knows CUDA " + version_text(driver) +
               ", and CUDA " + version_text(runtime) + " is used; install a newer driver");
    if (result != 0)
        refuse(std::string("the NVIDIA driver refuses: ") + table.describe_status(result));
    if (count == 0) refuse("the NVIDIA driver shows no GPU (look at CUDA_VISIBLE_DEVICES)");
}

class model_of_cuda : public loaded_model {
  public:
    model_of_cuda(std::shared_ptr<device> on, model_config config,
                  std::shared_ptr<const tensor_source> tensors, const load_options& options)
        : device_(std::move(on)),
          model_(std::make_shared<const model_on_device>(device_, std::move(config),
                                                         std::move(tensors), options)) {
        const auto& card = device_->properties();
        name_ = std::string("cuda sm_") + std::to_string(card.major) + std::to_string(card.minor);
        const auto in = device_->enter();
        bytes_ = model_->weights()->bytes();
    }

    const model_config& config() const override { return model_->config(); }
    std::string_view computed_with() const override { return name_; }
    std::size_t bytes() const override { return bytes_; }
    std::unique_ptr<runner> start(const runner_options& options) const override {
        return std::make_unique<cuda_runner>(model_, options);
    }

  private:
    std::shared_ptr<device> device_;
    std::shared_ptr<const model_on_device> model_;
    std::string name_;
    std::size_t bytes_ = 0;
};

class cuda_backend : public backend {
  public:
    explicit cuda_backend(const library& table) : device_(std::make_shared<device>(table, 0)) {}

    std::string_view name() const override { return "cuda"; }
    device_card card() const override {
        const auto& of = device_->properties();
        return {.name = of.name, .memory = of.memory, .free_memory = device_->free_memory()};
    }
    std::shared_ptr<const loaded_model> load(model_config config,
                                             std::shared_ptr<const tensor_source> tensors,
                                             const load_options& options) const override {
        return std::make_shared<model_of_cuda>(device_, std::move(config), std::move(tensors),
                                               options);
    }

    const std::shared_ptr<device>& on() const { return device_; }

  private:
    std::shared_ptr<device> device_;
};

}  // namespace

std::unique_ptr<backend> make_backend(const library& table) {
    require_device(table);
    return std::make_unique<cuda_backend>(table);
}

std::shared_ptr<device> device_of(const backend& of) {
    const auto* const found = dynamic_cast<const cuda_backend*>(&of);
    return found ? found->on() : nullptr;
}

std::vector<std::filesystem::path> library_places() {
    if (const char* named = std::getenv("TESSERA_CUDA_LIBRARY"); named && *named != '\0')
        return {named};
    std::vector<std::filesystem::path> places;
    std::error_code unknown;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
    if (!unknown) {
        const auto folder = program.parent_path();
        places.push_back(folder / library_name);
        places.push_back(folder.parent_path() / "lib" / library_name);
    }
    places.emplace_back(library_name);
    return places;
}

const library& open_library() {
    std::string tried;
    for (const auto& place : library_places()) {
        std::error_code unknown;
        if (place.has_parent_path() && !std::filesystem::exists(place, unknown)) {
            tried += (tried.empty() ? "" : ", ") + place.string();
            continue;
        }
        void* const opened = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!opened) {
            const char* const why = dlerror();
            tried += (tried.empty() ? "" : ", ") + std::string(why ? why : place.string());
            continue;
        }
        const auto table = reinterpret_cast<library_function>(dlsym(opened, library_symbol));
        if (!table) refuse(place.string() + " is not tessera's library for CUDA");
        if (table()->version != library_version)
            refuse(place.string() + " is of another version than this program: build both at once");
        return *table();
    }
    refuse(std::string(library_name) + " is not there (" + tried +
           "): build with CUDA's compiler, or name it by TESSERA_CUDA_LIBRARY");
}

}  // namespace tessera::engine::cuda
