#pragma once

#include <memory>
#include <utility>

#include "tessera/call/resource.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/emissary/downloads.hpp"
#include "tessera/emissary/operations.hpp"
#include "tessera/emissary/waiting.hpp"

// The Emissary API as a tree that mirrors its URLs. call/resource.hpp says which forms every verb
// has.
namespace tessera::emissary {

TESSERA_CALL_VERB(upload);
TESSERA_CALL_VERB(create_grpo);
TESSERA_CALL_VERB(checkpoints);
TESSERA_CALL_VERB(deploy);
TESSERA_CALL_VERB(undeploy);
TESSERA_CALL_VERB(reactivate);
TESSERA_CALL_VERB(deactivate);

/// list() of GET /v1/models, retrieve(name) of GET /v1/models/{base_model_name}.
using models_resource =
    call::resource<call::list<operations::list_models>, call::retrieve<operations::get_model>>;

/// create([request]), list(), retrieve(id) and remove(id) of /v1/projects.
using projects_resource =
    call::resource<call::create<operations::create_project>, call::list<operations::list_projects>,
                   call::retrieve<operations::get_project>,
                   call::remove<operations::delete_project>>;

/// upload(project, form), list(project), retrieve(project, id), download(project, id) and
/// remove(project, id) of /v1/projects/{project_id}/datasets.
using datasets_resource =
    call::resource<upload<operations::create_dataset>, call::list<operations::list_datasets>,
                   call::retrieve<operations::get_dataset>, download<operations::get_dataset>,
                   call::remove<operations::delete_dataset>>;

/// create(project, request), create_grpo(project, request), list(project), and with (project, id)
/// retrieve, wait, watch, checkpoints, cancel and remove of /v1/projects/{project_id}/training-jobs.
using training_jobs_resource = call::resource<
    call::create<operations::create_training_job>,
    create_grpo<operations::create_grpo_training_job>, call::list<operations::list_training_jobs>,
    call::retrieve<operations::get_training_job>, wait<operations::get_training_job>,
    watch<operations::get_training_job>, checkpoints<operations::list_checkpoints>,
    call::cancel<operations::cancel_training_job>, call::remove<operations::delete_training_job>>;

/// create(request), list([query]), deploy(id, request), undeploy(id, request), and with (id)
/// retrieve, wait, watch, reactivate, deactivate and remove of /v1/engines.
using engines_resource = call::resource<
    call::create<operations::create_engine>, call::list<operations::list_engines>,
    call::retrieve<operations::get_engine>, wait<operations::get_engine>,
    watch<operations::get_engine>, deploy<operations::deploy_on_engine>,
    undeploy<operations::undeploy_from_engine>, reactivate<operations::reactivate_engine>,
    deactivate<operations::deactivate_engine>, call::remove<operations::delete_engine>>;

/// create(project, request), list(project), and with (project, id) retrieve, wait, watch, reactivate
/// and remove of /v1/projects/{project_id}/deployments.
using deployments_resource =
    call::resource<call::create<operations::create_deployment>,
                   call::list<operations::list_deployments>,
                   call::retrieve<operations::get_deployment>, wait<operations::get_deployment>,
                   watch<operations::get_deployment>, reactivate<operations::reactivate_deployment>,
                   call::remove<operations::delete_deployment>>;

/// create(request) of POST /v1/completions.
using completions_resource = call::resource<call::create<operations::create_completion>>;

/// create(request) and stream(request) of POST /v1/chat/completions.
using chat_completions_resource = call::resource<call::create<operations::create_chat_completion>,
                                                 call::stream<operations::create_chat_completion>>;

/// /v1/chat
struct chat_resource {
    chat_completions_resource completions;  ///< /v1/chat/completions
};

/// create(request) of POST /v1/embeddings.
using embeddings_resource = call::resource<call::create<operations::create_embedding>>;

/// create(request) of POST /v1/classification.
using classification_resource = call::resource<call::create<operations::create_classification>>;

/// list() of GET /v1/testing-functions.
using testing_functions_resource = call::resource<call::list<operations::list_testing_functions>>;

/// Thread-safe; copies share their connections. The key goes into `x-api-key`.
class client {
  public:
    /// Blocking calls run on the calling thread, asynchronous ones where their handlers run. An
    /// empty `base_url` means the vendor's cloud. Throws invalid_argument_error for a URL, proxy or
    /// header that cannot be used.
    TESSERA_COLD_DECL explicit client(client_options options);
    /// Asynchronous calls run on `executor`.
    TESSERA_COLD_DECL client(net::executor executor, client_options options);

    models_resource models;                        ///< what can be trained and deployed
    projects_resource projects;                    ///< where all the rest stands
    datasets_resource datasets;                    ///< what models learn from
    training_jobs_resource training_jobs;          ///< how they learn
    engines_resource engines;                      ///< what several deployments run on
    deployments_resource deployments;              ///< models that answer
    completions_resource completions;              ///< text that goes on
    chat_resource chat;                            ///< chat.completions: conversations
    embeddings_resource embeddings;                ///< texts as vectors
    classification_resource classification;        ///< labels of texts
    testing_functions_resource testing_functions;  ///< what tests answers
    files_resource files;                          ///< what there are URLs of

  private:
    TESSERA_COLD_DECL explicit client(const std::shared_ptr<call::channel>& on);
};

}  // namespace tessera::emissary

#ifdef TESSERA_DEFINITIONS
#include "tessera/emissary/detail/client_impl.hpp"
#endif
