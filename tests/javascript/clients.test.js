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

// OpenAI's client given the URL of a function.
const { cerebrium: token } = await (await fetch(`${url}/_tessera/credentials`)).json();
const functionURL = `${url}/cerebrium/v4/p-tessera/1-openai-compatible-endpoint/run`;
const connectFunction = (apiKey, baseURL = functionURL) => new OpenAI({ apiKey, baseURL, maxRetries: 0 });

test("cerebrium: a chat", async () => {
    const reply = await connectFunction(token).chat.completions.create({
        model: "any", messages: question, temperature: 0,
    });
    assert.equal(reply.object, "chat.completion");
    assert.match(reply.choices[0].message.content, /Paris/);
    assert.equal(reply.usage.total_tokens, reply.usage.prompt_tokens + reply.usage.completion_tokens);
});

test("cerebrium: a stream says what the answer says, in both forms", async () => {
    const request = { model: "any", messages: question, seed: 7, stream_options: { include_usage: true } };
    const client = connectFunction(token);
    const whole = await client.chat.completions.create({ ...request, stream_options: undefined });
    let delta = "", text = "", last;
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
        assert.equal(chunk.object, "chat.completion");
        delta += chunk.choices[0].delta.content ?? "";
        text += chunk.choices[0].text;
        last = chunk;
    }
    assert.equal(delta, whole.choices[0].message.content);
    assert.equal(text, delta);
    assert.equal(last.usage.completion_tokens, whole.usage.completion_tokens);
});

test("cerebrium: tools and schemas", async () => {
    const client = connectFunction(token);
    const tools = [{
        type: "function",
        function: {
            name: "get_weather",
            parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
        },
    }];
    const called = await client.chat.completions.create({
        model: "any", messages: question, temperature: 0, tools, tool_choice: "required",
    });
    assert.equal(called.choices[0].finish_reason, "tool_calls");
    assert.equal(called.choices[0].message.tool_calls[0].function.name, "get_weather");
    const formed = await client.chat.completions.create({
        model: "any", messages: question, seed: 3,
        response_format: {
            type: "json_schema",
            json_schema: {
                name: "size", strict: true,
                schema: {
                    type: "object", properties: { size: { enum: ["small", "large"] } },
                    required: ["size"], additionalProperties: false,
                },
            },
        },
    });
    assert.ok(["small", "large"].includes(JSON.parse(formed.choices[0].message.content).size));
});

test("cerebrium: embeddings", async () => {
    const input = ["The capital of France is Paris.", "A second text."];
    const client = connectFunction(token);
    const made = await client.embeddings.create({ model: "any", input });  // as base64, by itself
    const numbers = await client.embeddings.create({ model: "any", input, encoding_format: "float" });
    assert.equal(made.data.length, 2);
    assert.deepEqual([...made.data[1].embedding].map(Math.fround), numbers.data[1].embedding.map(Math.fround));
    assert.ok(made.usage.prompt_tokens > 2);
});

test("cerebrium: errors arrive as the vendor's own kinds", async () => {
    const ask = (client) => client.chat.completions.create({ model: "any", messages: question });
    await assert.rejects(ask(connectFunction("wrong")), { status: 401 });
    await assert.rejects(ask(connectFunction(token, functionURL.replace("p-tessera", "p-other"))), { status: 403 });
    await assert.rejects(ask(connectFunction(token, functionURL.replace("/run", "/absent"))), { status: 404 });
    await assert.rejects(ask(connectFunction(token, functionURL.replace("1-openai-compatible-endpoint", "failing"))),
        (error) => error.status === 400 && /messages: is no parameter/.test(error.message));
});
