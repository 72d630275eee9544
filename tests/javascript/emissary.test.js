import assert from "node:assert/strict";
import { test } from "node:test";

import OpenAI from "openai";

const url = process.env.TESSERA_URL;
const { emissary: key } = await (await fetch(`${url}/_tessera/credentials`)).json();
const connect = (shown) => new OpenAI({
    apiKey: "unused", baseURL: `${url}/emissary/v1`, defaultHeaders: { "X-API-Key": shown }, maxRetries: 0,
});
const client = connect(key);
const request = {
    model: "Llama-3.2-1B-Instruct",
    messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "What is the capital of France?" }],
    top_k: 1,
};

test("emissary: a chat", async () => {
    const reply = await client.chat.completions.create({ ...request, max_tokens: 64 });
    assert.equal(reply.object, "chat.completion");
    assert.equal(reply.model, request.model);
    assert.match(reply.choices[0].message.content, /Paris/);
    assert.equal(reply.choices[0].finish_reason, "stop");
    assert.equal(reply.usage.total_tokens, reply.usage.prompt_tokens + reply.usage.completion_tokens);
});

test("emissary: a stream says what the answer says", async () => {
    const whole = await client.chat.completions.create(request);
    const stream = await client.chat.completions.create({
        ...request, stream: true, stream_options: { include_usage: true },
    });
    let text = "", last;
    const reasons = [];
    for await (const chunk of stream) {
        assert.equal(chunk.object, "chat.completion.chunk");
        text += chunk.choices[0]?.delta?.content ?? "";
        if (chunk.choices[0]?.finish_reason) reasons.push(chunk.choices[0].finish_reason);
        last = chunk;
    }
    assert.equal(text, whole.choices[0].message.content);
    assert.deepEqual(reasons, ["stop"]);
    assert.deepEqual(last.choices, []);
    assert.equal(last.usage.completion_tokens, whole.usage.completion_tokens);
});

test("emissary: the helper of streams puts the answer together", async () => {
    const whole = await client.chat.completions.create(request);
    const final = await client.chat.completions.stream(request).finalContent();
    assert.equal(final, whole.choices[0].message.content);
});

test("emissary: errors are what they are", async () => {
    const failure = async (shown, more) => {
        try {
            await connect(shown).chat.completions.create({ ...request, ...more });
        } catch (error) {
            return error;
        }
    };
    assert.ok((await failure("wrong", {})) instanceof OpenAI.AuthenticationError);
    assert.ok((await failure(key, { model: "absent" })) instanceof OpenAI.NotFoundError);
    assert.ok((await failure(key, { messages: [] })) instanceof OpenAI.BadRequestError);
    assert.ok((await failure(key, { top_k: 0 })) instanceof OpenAI.BadRequestError);
});
