#include <pthread.h>
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "apis.hpp"
#include "cerebrium/api.hpp"
#include "server.hpp"

namespace {

using tessera::server::options;

std::vector<std::string> api_choices() {
    std::vector<std::string> choices{"all"};
    for (const std::string_view name : tessera::server::api_names()) choices.emplace_back(name);
    return choices;
}

struct token_flags {
    std::string project = "p-tessera";
    std::int64_t seconds = 3600;
};

// What is looked at after parsing.
struct flag_texts {
    std::string backend = "auto";
    std::string precision = "auto";
    std::string kv_precision = "f32";
    std::string config;
};

// What clients have to know.
void add_shared_flags(CLI::App& app, options& settings, flag_texts& texts) {
    app.add_option("--host", settings.host, "Address or name to listen on")->capture_default_str();
    app.add_option("--port", settings.port, "Port to listen on; 0 takes a free one")
        ->capture_default_str();
    app.add_option("--api", settings.api, "The API that answers at / as well as below its name")
        ->check(CLI::IsMember(api_choices()))
        ->capture_default_str();
    app.add_option("--config", texts.config,
                   "File of settings, YAML or JSON: limits, keys and quotas")
        ->check(CLI::ExistingFile);
}

void add_flags(CLI::App& app, options& settings, flag_texts& texts) {
    add_shared_flags(app, settings, texts);
    app.add_option(
           "--model", settings.models,
           "Folder of a model (config.json, tokenizer.json, safetensors); may be repeated, "
           "the first answers for every name of the catalogue; without it the bundled model")
        ->check(CLI::ExistingDirectory);
    app.add_option("--upstream", settings.upstream.url,
                   "URL of an OpenAI-compatible server (vLLM, SGLang, llama.cpp) whose model "
                   "answers for every name of the catalogue");
    app.add_option("--upstream-key", settings.upstream.api_key, "Key that the upstream asks for");
    app.add_option("--upstream-model", settings.upstream.model,
                   "Model to ask the upstream for; without it the first that it lists");
    app.add_option("--backend", texts.backend,
                   "What computes: auto takes an NVIDIA GPU where there is one that can be used")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
        ->capture_default_str();
    app.add_option("--precision", texts.precision,
                   "Of the weights while they compute: auto takes bf16 where they are stored so, "
                   "else f32; int8 quantises them as they are loaded")
        ->check(CLI::IsMember({"auto", "f32", "bf16", "int8"}))
        ->capture_default_str();
    app.add_option("--kv-precision", texts.kv_precision,
                   "Of cached keys and values: bf16 takes half the memory")
        ->check(CLI::IsMember({"f32", "bf16"}))
        ->capture_default_str();
    app.add_option("--data", settings.data,
                   "Folder of what outlives the server: the gateway's records of usage, and all "
                   "that stands in Emissary's projects");
    app.add_option("--seed", settings.seed, "Makes ids and unseeded requests repeatable");
    app.add_option("--threads", settings.threads, "Threads that compute; 0 takes all cores")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
}

CLI::App* add_token_command(CLI::App& app, token_flags& flags, flag_texts& texts) {
    CLI::App* const made = app.add_subcommand(
        "token", "Print a token that opens the functions of a Cerebrium project");
    made->add_option("--project", flags.project, "The project")->capture_default_str();
    made->add_option("--ttl", flags.seconds, "How long it lasts: 30s, 15m, 1h, 7d; by itself 1h")
        ->transform(CLI::AsNumberWithUnit(
            std::map<std::string, std::int64_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}))
        ->check(CLI::Range(std::int64_t(1), std::int64_t(10) * 365 * 86400));
    made->add_option("--config", texts.config, "The server's file of settings, which has its key")
        ->check(CLI::ExistingFile);
    return made;
}

// Throws std::runtime_error for what cannot be had.
options checked(options settings, const flag_texts& texts) {
    if (!texts.config.empty()) {
        auto read = tessera::server::with_settings(std::move(settings), texts.config);
        if (!read) throw std::runtime_error(read.error().message);
        settings = std::move(*read);
    }
    using tessera::server::kv_precision;
    using tessera::server::weight_precision;
    const std::map<std::string_view, weight_precision> precisions{
        {"auto", weight_precision::automatic},
        {"f32", weight_precision::f32},
        {"bf16", weight_precision::bf16},
        {"int8", weight_precision::int8}};
    settings.precision = precisions.at(texts.precision);
    if (texts.kv_precision == "bf16") settings.cached = kv_precision::bf16;
    using tessera::server::backend_kind;
    const std::map<std::string_view, backend_kind> backends{{"auto", backend_kind::automatic},
                                                            {"cpu", backend_kind::cpu},
                                                            {"cuda", backend_kind::cuda}};
    settings.backend = backends.at(texts.backend);
    return settings;
}

void serve(options settings) {
    // Blocked before any thread starts, so that only the wait below receives them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);

    settings.log = [](const std::string& line) { std::cerr << "tessera-server: " + line + '\n'; };
    tessera::server::server server(std::move(settings));
    server.start();
    std::cout << "listening on " << server.url() << std::endl;
    int received = 0;
    sigwait(&signals, &received);
    // A second signal ends the program without waiting for answers in progress.
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    server.stop();
}

void show_environment(const options& settings) {
    if (settings.port == 0) throw std::runtime_error("env needs --port: the one that was taken");
    std::cout << tessera::server::environment(settings);
}

}  // namespace

int main(int argc, char** argv) {
    options settings;
    settings.port = 8090;
    flag_texts texts;
    CLI::App app("One process that speaks the APIs of four inference clouds, with a real model.",
                 "tessera-server");
    add_flags(app, settings, texts);
    CLI::App* const env = app.add_subcommand(
        "env",
        "Print what points the vendors' own SDKs at a running server: eval $(tessera-server env)");
    add_shared_flags(*env, settings, texts);
    token_flags token;
    CLI::App* const mint = add_token_command(app, token, texts);
    CLI11_PARSE(app, argc, argv);

    try {
        settings = checked(std::move(settings), texts);
        if (env->parsed())
            show_environment(settings);
        else if (mint->parsed())
            std::cout << tessera::server::cerebrium::token_for(settings, token.project,
                                                               std::chrono::seconds(token.seconds))
                      << '\n';
        else
            serve(std::move(settings));
        return 0;
    } catch (const std::exception& thrown) {
        std::cerr << "tessera-server: " << thrown.what() << '\n';
        return 1;
    }
}
