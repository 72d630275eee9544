#pragma once
// Every operation of the Emissary API, once: clients, server routes and tests are made of these.
#include "tessera/call/form.hpp"
#include "tessera/emissary/chat.hpp"
#include "tessera/emissary/classification.hpp"
#include "tessera/emissary/completions.hpp"
#include "tessera/emissary/datasets.hpp"
#include "tessera/emissary/deployments.hpp"
#include "tessera/emissary/embeddings.hpp"
#include "tessera/emissary/engines.hpp"
#include "tessera/emissary/models.hpp"
#include "tessera/emissary/projects.hpp"
#include "tessera/emissary/testing_functions.hpp"
#include "tessera/emissary/training_jobs.hpp"
#include "tessera/emissary/training_requests.hpp"
#include "tessera/http/operation.hpp"

namespace tessera::emissary::operations {

using http::operation;

/// Every operation needs a key.
inline constexpr http::auth key = http::auth::api_key_header;

// Models.

/// What can be trained and deployed.
inline constexpr operation<void, base_models> list_models{"listBaseModels", "GET", "/v1/models",
                                                          key};
/// One of them.
inline constexpr operation<void, base_model> get_model{"retrieveBaseModelByName", "GET",
                                                       "/v1/models/{base_model_name}", key};

// Projects.

/// Creates a project.
inline constexpr operation<project_request, project_summary> create_project{
    .id = "createProject",
    .method = "POST",
    .path = "/v1/projects",
    .authentication = key,
    .status = 201,
    .body = {.optional = true}};
/// All projects.
inline constexpr operation<void, project_summaries> list_projects{"listProjects", "GET",
                                                                  "/v1/projects", key};
/// A project and what stands in it.
inline constexpr operation<void, project_detail> get_project{"retrieveProjectById", "GET",
                                                             "/v1/projects/{project_id}", key};
/// Removes a project with all that stands in it.
inline constexpr operation<void, void> delete_project{"deleteProjectById", "DELETE",
                                                      "/v1/projects/{project_id}", key, 204};

// Datasets.

/// Takes a file of up to 5 MiB.
inline constexpr operation<dataset_upload, dataset_summary> create_dataset{
    .id = "createDataset",
    .method = "POST",
    .path = "/v1/projects/{project_id}/datasets",
    .authentication = key,
    .status = 201,
    .takes = http::media::form,
    .body = {.most_file_bytes = 5'242'880, .too_large = 400}};
/// The datasets of a project.
inline constexpr operation<void, dataset_summaries> list_datasets{
    "listDatasets", "GET", "/v1/projects/{project_id}/datasets", key};
/// A dataset, and where it can be downloaded.
inline constexpr operation<void, dataset_detail> get_dataset{
    "retrieveDatasetById", "GET", "/v1/projects/{project_id}/datasets/{dataset_id}", key};
/// Removes a dataset.
inline constexpr operation<void, void> delete_dataset{
    "deleteDatasetById", "DELETE", "/v1/projects/{project_id}/datasets/{dataset_id}", key, 204};

// Training jobs.

/// Begins supervised fine-tuning.
inline constexpr operation<sft_request, training_job_summary> create_training_job{
    .id = "createTrainingJob",
    .method = "POST",
    .path = "/v1/projects/{project_id}/training-jobs",
    .authentication = key,
    .status = 201};
/// Begins fine-tuning by rewards.
inline constexpr operation<grpo_request, training_job_summary> create_grpo_training_job{
    .id = "createGRPOTrainingJob",
    .method = "POST",
    .path = "/v1/projects/{project_id}/training-jobs/grpo",
    .authentication = key,
    .status = 201};
/// The training jobs of a project.
inline constexpr operation<void, training_job_summaries> list_training_jobs{
    "listTrainingJobs", "GET", "/v1/projects/{project_id}/training-jobs", key};
/// A training job as it stands.
inline constexpr operation<void, training_job_detail> get_training_job{
    "retrieveTrainingJobById", "GET", "/v1/projects/{project_id}/training-jobs/{training_job_id}",
    key};
/// Removes a training job with its checkpoints.
inline constexpr operation<void, void> delete_training_job{
    "deleteTrainingJobById", "DELETE", "/v1/projects/{project_id}/training-jobs/{training_job_id}",
    key, 204};
/// Stops a training job; one that is over stays as it is.
inline constexpr operation<void, void> cancel_training_job{
    .id = "cancelTrainingJobById",
    .method = "POST",
    .path = "/v1/projects/{project_id}/training-jobs/{training_job_id}/cancel",
    .authentication = key,
    .status = 204,
    .replays = http::replay::safe};
/// What a training job has left so far.
inline constexpr operation<void, training_job_checkpoints> list_checkpoints{
    "listCheckpoints", "GET",
    "/v1/projects/{project_id}/training-jobs/{training_job_id}/checkpoints", key};

// Engines.

/// Creates an engine.
inline constexpr operation<engine_request, engine_summary> create_engine{.id = "createEngine",
                                                                         .method = "POST",
                                                                         .path = "/v1/engines",
                                                                         .authentication = key,
                                                                         .status = 201};
/// The engines that match.
inline constexpr operation<void, engine_summaries, void, engines_query> list_engines{
    "listEngines", "GET", "/v1/engines", key};
/// An engine and what runs on it.
inline constexpr operation<void, engine_detail> get_engine{"getEngine", "GET",
                                                           "/v1/engines/{engine_id}", key};
/// Removes an engine with its deployments.
inline constexpr operation<void, void> delete_engine{"deleteEngineById", "DELETE",
                                                     "/v1/engines/{engine_id}", key, 204};
/// Deploys a checkpoint on an engine.
inline constexpr operation<deploy_request, deployment_summary> deploy_on_engine{
    .id = "deployOnEngine",
    .method = "POST",
    .path = "/v1/engines/{engine_id}/deploy",
    .authentication = key,
    .status = 201};
/// Takes a deployment from an engine.
inline constexpr operation<undeploy_request, void> undeploy_from_engine{
    .id = "unDeployFromEngine",
    .method = "POST",
    .path = "/v1/engines/{engine_id}/undeploy",
    .authentication = key,
    .status = 204};
/// Wakes an engine that rests.
inline constexpr operation<void, void> reactivate_engine{
    "reactivateEngineById", "POST", "/v1/engines/{engine_id}/reactivate", key, 204};
/// Lets an engine rest that is active.
inline constexpr operation<void, void> deactivate_engine{
    "deactivateEngineById", "POST", "/v1/engines/{engine_id}/deactivate", key, 204};

// Deployments.

/// Deploys a checkpoint or a base model.
inline constexpr operation<deployment_request, deployment_summary> create_deployment{
    .id = "createDeployment",
    .method = "POST",
    .path = "/v1/projects/{project_id}/deployments",
    .authentication = key,
    .status = 201};
/// The deployments of a project.
inline constexpr operation<void, deployment_summaries> list_deployments{
    "listDeployments", "GET", "/v1/projects/{project_id}/deployments", key};
/// A deployment as it stands.
inline constexpr operation<void, deployment_detail> get_deployment{
    "retrieveDeploymentById", "GET", "/v1/projects/{project_id}/deployments/{deployment_id}", key};
/// Removes a deployment.
inline constexpr operation<void, void> delete_deployment{
    "deleteDeploymentById", "DELETE", "/v1/projects/{project_id}/deployments/{deployment_id}", key,
    204};
/// Wakes a deployment that rests.
inline constexpr operation<void, void> reactivate_deployment{
    "reactivateDeploymentById", "POST",
    "/v1/projects/{project_id}/deployments/{deployment_id}/reactivate", key, 204};

// Inference.

/// Goes on with a text.
inline constexpr operation<completion_request, completion> create_completion{
    .id = "getCompletionsFromDeployment",
    .method = "POST",
    .path = "/v1/completions",
    .authentication = key,
    .replays = http::replay::safe};
/// Answers a conversation, whole or as a stream.
inline constexpr operation<chat_request, openai::chat_response, openai::chat_chunk>
    create_chat_completion{.id = "getChatCompletions",
                           .method = "POST",
                           .path = "/v1/chat/completions",
                           .authentication = key,
                           .replays = http::replay::safe};
/// Two texts as vectors.
inline constexpr operation<embedding_request, embedding_answer> create_embedding{
    .id = "getEmbeddingsFromDeployment",
    .method = "POST",
    .path = "/v1/embeddings",
    .authentication = key,
    .replays = http::replay::safe};
/// Scores labels.
inline constexpr operation<classification_request, classification_answer> create_classification{
    .id = "getClassificationFromDeployment",
    .method = "POST",
    .path = "/v1/classification",
    .authentication = key,
    .replays = http::replay::safe};

/// What tests answers.
inline constexpr operation<void, testing_functions> list_testing_functions{
    "listTestFunctions", "GET", "/v1/testing-functions", key};

}  // namespace tessera::emissary::operations
