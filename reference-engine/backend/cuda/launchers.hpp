#pragma once

#include "backend/cuda/training.hpp"

namespace tessera::engine::cuda {

/// Launchers of the kernels, each beside its kernels: see the structs.
status launch_embed(const embed&, stream);
status launch_weigh(const weigh&, stream);
status launch_normalise(const normalise&, stream);
status launch_convert(const convert&, stream);
status launch_multiply(const product&, stream);
status launch_unpack(const unpack&, stream);
status launch_adapt(const adapt&, stream);
status launch_rotate_and_store(const rotate_and_store&, stream);
status launch_attend(const attention&, stream);
status launch_gate(const gate&, stream);
status launch_keep(const keep&, stream);
status launch_draw(const draw&, stream);
status launch_describe(const describe&, stream);

/// The part of a table that is the same on every device.
inline void add_launchers(library& to) {
    to.version = library_version;
    to.embed = launch_embed;
    to.weigh = launch_weigh;
    to.normalise = launch_normalise;
    to.convert = launch_convert;
    to.multiply = launch_multiply;
    to.unpack = launch_unpack;
    to.adapt = launch_adapt;
    to.rotate_and_store = launch_rotate_and_store;
    to.attend = launch_attend;
    to.gate = launch_gate;
    to.keep = launch_keep;
    to.draw = launch_draw;
    to.describe = launch_describe;
    to.training = &training_launchers();
}

}  // namespace tessera::engine::cuda
