#pragma once

/// The definitions of everything that a program with TESSERA_SEPARATE_COMPILATION only declares: for
/// one source file of the program, or of a library, that is compiled with the same definition.
/// CMake's tessera::compiled is such a library.
#ifndef TESSERA_SEPARATE_COMPILATION
#error "Define TESSERA_SEPARATE_COMPILATION for the whole program, or leave tessera/src.hpp out."
#endif
#define TESSERA_SOURCE

#if defined(__GNUC__) && !defined(__clang__)
// What a coroutine holds of lambdas is taken for something that several sources define.
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

#include "tessera/anthropic/accumulator.hpp"
#include "tessera/anthropic/parse.hpp"
#include "tessera/anthropic/tool_runner.hpp"
#include "tessera/call.hpp"
#include "tessera/call/detail/kept.hpp"
#include "tessera/call/form.hpp"
#include "tessera/cerebras.hpp"
#include "tessera/cerebras/events.hpp"
#include "tessera/cerebrium.hpp"
#include "tessera/cortex.hpp"
#include "tessera/cortex/errors.hpp"
#include "tessera/emissary.hpp"
#include "tessera/emissary/errors.hpp"
#include "tessera/http/src.hpp"
#include "tessera/json/src.hpp"
#include "tessera/openai/embeddings.hpp"
#include "tessera/openai/tool_runner.hpp"

namespace tessera::detail {

/// Of each API: the resources of its client, and what errors carry. Of what several APIs share: what
/// no resource here has.
void keep_tables() {
    const auto resources = [](const auto*... all) { (call::detail::keep(all), ...); };
    resources(static_cast<cerebras::chat_completions_resource*>(nullptr),
              static_cast<cerebras::completions_resource*>(nullptr),
              static_cast<cerebras::models_resource*>(nullptr),
              static_cast<cerebras::public_models_resource*>(nullptr));
    json::detail::keep<cerebras::http_validation_error, cerebras::error_content,
                       cerebras::error_chunk>();
    resources(static_cast<cerebrium::chat_completions_resource*>(nullptr),
              static_cast<cerebrium::embeddings_resource*>(nullptr));
    resources(static_cast<cortex::chat_completions_resource*>(nullptr),
              static_cast<cortex::models_resource*>(nullptr),
              static_cast<cortex::embeddings_resource*>(nullptr),
              static_cast<cortex::transcriptions_resource*>(nullptr),
              static_cast<cortex::messages_resource*>(nullptr),
              static_cast<cortex::anthropic_models_resource*>(nullptr),
              static_cast<cortex::providers_resource*>(nullptr),
              static_cast<cortex::admin_resource*>(nullptr),
              static_cast<cortex::caching_resource*>(nullptr),
              static_cast<cortex::token_refresh_resource*>(nullptr),
              static_cast<cortex::oauth_resource*>(nullptr),
              static_cast<cortex::usage_resource*>(nullptr));
    json::detail::keep<cortex::error_body, cortex::oauth_error, cortex::oauth_callback_query,
                       anthropic::error_body>();
    resources(static_cast<emissary::models_resource*>(nullptr),
              static_cast<emissary::projects_resource*>(nullptr),
              static_cast<emissary::datasets_resource*>(nullptr),
              static_cast<emissary::training_jobs_resource*>(nullptr),
              static_cast<emissary::engines_resource*>(nullptr),
              static_cast<emissary::deployments_resource*>(nullptr),
              static_cast<emissary::completions_resource*>(nullptr),
              static_cast<emissary::chat_completions_resource*>(nullptr),
              static_cast<emissary::embeddings_resource*>(nullptr),
              static_cast<emissary::classification_resource*>(nullptr),
              static_cast<emissary::testing_functions_resource*>(nullptr));
    json::detail::keep<emissary::error_body>();
    json::detail::keep<cerebrium::run_response<>, cerebrium::accepted_run, cerebrium::failed_run,
                       cerebrium::run_query, cerebrium::token_claims, openai::chat_chunk>();
}

}  // namespace tessera::detail
