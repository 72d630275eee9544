import assert from "node:assert/strict";
import { test } from "node:test";

import Cerebras from "@cerebras/cerebras_cloud_sdk";
import OpenAI from "openai";

const url = process.env.TESSERA_URL;
const { cerebras: key } = await (await fetch(`${url}/_tessera/credentials`)).json();
const question = [{ role: "user", content: "What is the capital of France?" }];

const vendors = {
    cerebras: (apiKey) =>
        new Cerebras({ apiKey, baseURL: `${url}/cerebras`, warmTCPConnection: false, maxRetries: 0 }),
    openai: (apiKey) => new OpenAI({ apiKey, baseURL: `${url}/cerebras/v1`, maxRetries: 0 }),
};

for (const [name, connect] of Object.entries(vendors)) {
    const client = connect(key);

    test(`${name}: a chat`, async () => {
        const reply = await client.chat.completions.create({
            model: "llama3.1-8b", messages: question, temperature: 0,
        });
        assert.equal(reply.object, "chat.completion");
        assert.match(reply.choices[0].message.content, /Paris/);
        assert.equal(reply.choices[0].finish_reason, "stop");
        assert.equal(reply.usage.total_tokens, reply.usage.prompt_tokens + reply.usage.completion_tokens);
    });

    test(`${name}: a stream says what the answer says`, async () => {
        const request = { model: "llama3.1-8b", messages: question, seed: 7 };
        const whole = await client.chat.completions.create(request);
        const stream = await client.chat.completions.create({ ...request, stream: true });
        let text = "", chunks = 0, last;
        for await (const chunk of stream) {
            text += chunk.choices?.[0]?.delta?.content ?? "";
            chunks += 1;
            last = chunk;
        }
        assert.equal(text, whole.choices[0].message.content);
        assert.ok(chunks > 2, `${chunks} chunks`);
        assert.equal(last.usage.completion_tokens, whole.usage.completion_tokens);
    });

    test(`${name}: a text completion`, async () => {
        const reply = await client.completions.create({ model: "llama3.1-8b", prompt: "Once", max_tokens: 3 });
        assert.equal(reply.object, "text_completion");
        assert.ok(reply.usage.completion_tokens <= 3);
    });

    test(`${name}: models`, async () => {
        const ids = (await client.models.list()).data.map((model) => model.id);
        assert.ok(ids.includes("llama3.1-8b"), ids.join());
        assert.equal((await client.models.retrieve("llama3.1-8b")).id, "llama3.1-8b");
    });

    test(`${name}: errors arrive as the vendor's own kinds`, async () => {
        await assert.rejects(connect("wrong").models.list(), { status: 401 });
        await assert.rejects(client.models.retrieve("no-such-model"), { status: 404 });
        await assert.rejects(
            client.chat.completions.create({ model: "llama3.1-8b", messages: question, temperature: 9 }),
            { status: 422 });
    });
}
