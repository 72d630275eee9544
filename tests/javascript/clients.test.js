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

    const weather = {
        type: "function",
        function: {
            name: "get_weather", description: "Get the weather in a city.", strict: true,
            parameters: {
                type: "object", properties: { city: { type: "string" } },
                required: ["city"], additionalProperties: false,
            },
        },
    };

    test(`${name}: a tool is called, and its result is read`, async () => {
        const request = { model: "llama3.1-8b", temperature: 0, tools: [weather], tool_choice: "required" };
        const messages = [{ role: "user", content: "What is the weather in Paris?" }];
        const { message, finish_reason } =
            (await client.chat.completions.create({ ...request, messages })).choices[0];
        assert.equal(finish_reason, "tool_calls");
        assert.equal(message.tool_calls[0].function.name, "get_weather");
        const { city } = JSON.parse(message.tool_calls[0].function.arguments);
        assert.equal(typeof city, "string");

        let name = "", streamed = "";
        for await (const chunk of await client.chat.completions.create({ ...request, messages, stream: true }))
            for (const call of chunk.choices[0]?.delta?.tool_calls ?? []) {
                if (call.index !== 0) continue;
                name += call.function.name ?? "";
                streamed += call.function.arguments ?? "";
            }
        assert.equal(name, "get_weather");
        assert.equal(streamed, message.tool_calls[0].function.arguments);

        const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: '{"temperature": 21}' };
        const next = await client.chat.completions.create({
            ...request, tool_choice: "auto", messages: [...messages, message, result],
        });
        assert.equal(next.choices[0].message.role, "assistant");
    });

    test(`${name}: an answer keeps to its schema`, async () => {
        const reply = await client.chat.completions.create({
            model: "llama3.1-8b", messages: question, seed: 3,
            response_format: {
                type: "json_schema",
                json_schema: {
                    name: "city", strict: true,
                    schema: {
                        type: "object",
                        properties: {
                            size: { enum: ["small", "large"] },
                            districts: { type: "integer", minimum: 1, maximum: 20 },
                        },
                        required: ["size", "districts"], additionalProperties: false,
                    },
                },
            },
        });
        const { size, districts, ...rest } = JSON.parse(reply.choices[0].message.content);
        assert.ok(["small", "large"].includes(size));
        assert.ok(Number.isInteger(districts) && districts >= 1 && districts <= 20);
        assert.deepEqual(rest, {});
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
