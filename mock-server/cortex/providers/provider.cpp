#include "cortex/providers/provider.hpp"

#include <utility>

#include "chat/embeddings.hpp"
#include "cortex/model_names.hpp"
#include "cortex/providers/failures.hpp"
#include "cortex/providers/later.hpp"
#include "cortex/providers/local_chat.hpp"
#include "cortex/providers/remote.hpp"
#include "cortex/providers/translated.hpp"
#include "cortex/speech/local.hpp"
#include "cortex/speech/remote.hpp"

namespace tessera::server::cortex {
namespace {

translation_facts facts_of(const std::string& name, const provider_settings& settings,
                           const services& with) {
    return {.provider = name, .type = settings.type, .ids = &with.ids, .time = with.options.clock};
}

class told_later : public pending {
  public:
    told_later(provider::executor_type executor, std::function<void()> tell)
        : told_(executor, std::move(tell)) {}

  private:
    later told_;
};

class pending_vectors : public pending {
  public:
    explicit pending_vectors(std::unique_ptr<embedding_run> run) : run_(std::move(run)) {}

  private:
    std::unique_ptr<embedding_run> run_;
};

// The engine speaks OpenAI's dialect. A provider of Anthropic's speaks that, over the engine's.
class local_provider : public provider {
  public:
    local_provider(const std::string& name, const provider_settings& settings, const services& with,
                   speech_desk& speech)
        : settings_(settings),
          with_(with),
          engine_(with),
          messages_(engine_, facts_of(name, settings, with)),
          chats_over_(messages_, facts_of(name, settings, with)),
          transcriptions_(local_transcriptions(speech)) {}

    caller<chats>& chat() override {
        if (speaks_messages(settings_)) return chats_over_;
        return engine_;
    }
    caller<messages>& message() override { return messages_; }
    caller<transcriptions>& transcription() override { return *transcriptions_; }

    std::unique_ptr<pending> embed(openai::embedding_request asked, executor_type executor,
                                   told<openai::embedding_response> done) override {
        model& with = local_model_of(with_, asked.model);
        issue_list issues;
        embedding_task task = read_embedding(asked, with.card(), issues);
        if (!issues.empty())
            return std::make_unique<told_later>(
                executor, [done = std::move(done), why = failure_of(issues)] { done(why); });
        const auto encoding = asked.encoding_format.value_or(openai::embedding_encoding::floats);
        return std::make_unique<pending_vectors>(with.embed(
            std::move(task), executor,
            [done = std::move(done), encoding,
             model = std::move(asked.model)](std::variant<embeddings, refusal> made) {
                if (const auto* refused = std::get_if<refusal>(&made))
                    return done(failure_of(*refused, embedding_names()));
                done(embedding_response_of(std::get<embeddings>(std::move(made)), encoding, model));
            }));
    }

    std::unique_ptr<pending> list_models(executor_type executor,
                                         told<std::vector<shown_model>> done) override {
        std::vector<shown_model> all;
        for (const std::string& each : settings_.models.value_or(std::vector<std::string>{}))
            all.push_back({each, display_name_of(each)});
        return std::make_unique<told_later>(
            executor, [done = std::move(done), all = std::move(all)] { done(all); });
    }

  private:
    const provider_settings settings_;
    const services with_;
    local_chats engine_;
    messages_over_chats messages_;
    chats_over_messages chats_over_;
    const std::unique_ptr<caller<transcriptions>> transcriptions_;
};

class remote_provider : public provider {
  public:
    remote_provider(const std::string& name, const provider_settings& settings,
                    const services& with, provider_tokens tokens)
        : on_(std::make_shared<connection>(name, settings, std::move(tokens))),
          own_chats_(remote_chats(on_)),
          own_messages_(remote_messages(on_)),
          transcriptions_(remote_transcriptions(on_)),
          messages_over_(*own_chats_, facts_of(name, settings, with)),
          chats_over_(*own_messages_, facts_of(name, settings, with)) {}

    caller<chats>& chat() override {
        if (speaks_messages(on_->settings())) return chats_over_;
        return *own_chats_;
    }
    caller<messages>& message() override {
        if (speaks_messages(on_->settings())) return *own_messages_;
        return messages_over_;
    }
    caller<transcriptions>& transcription() override { return *transcriptions_; }

    std::unique_ptr<pending> embed(openai::embedding_request asked, executor_type executor,
                                   told<openai::embedding_response> done) override {
        return remote_embedding(on_, std::move(asked), executor, std::move(done));
    }

    std::unique_ptr<pending> list_models(executor_type executor,
                                         told<std::vector<shown_model>> done) override {
        return remote_models(on_, executor, std::move(done));
    }

  private:
    const std::shared_ptr<connection> on_;
    const std::unique_ptr<caller<chats>> own_chats_;
    const std::unique_ptr<caller<messages>> own_messages_;
    const std::unique_ptr<caller<transcriptions>> transcriptions_;
    messages_over_chats messages_over_;
    chats_over_messages chats_over_;
};

}  // namespace

std::shared_ptr<provider> make_provider(const std::string& name, const provider_settings& settings,
                                        const services& with, speech_desk& speech,
                                        provider_tokens tokens) {
    if (settings.base_url)
        return std::make_shared<remote_provider>(name, settings, with, std::move(tokens));
    return std::make_shared<local_provider>(name, settings, with, speech);
}

}  // namespace tessera::server::cortex
