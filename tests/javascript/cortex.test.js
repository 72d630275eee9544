// The gateway through the clients of both vendors, each with models of both.
import assert from "node:assert/strict";
import { test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const url = process.env.TESSERA_URL;
const { cortex: key } = await (await fetch(`${url}/_tessera/credentials`)).json();
const openaiOf = (apiKey) => new OpenAI({ apiKey, baseURL: `${url}/cortex/v1`, maxRetries: 0 });
const anthropicOf = (apiKey) => new Anthropic({ apiKey, baseURL: `${url}/cortex/anthropic`, maxRetries: 0 });
const openai = openaiOf(key), anthropic = anthropicOf(key);

const messages = [{ role: "user", content: "What is the capital of France?" }];
const weatherQuestion = [{ role: "user", content: "What is the weather in Paris?" }];
const parameters = {
    type: "object", properties: { city: { type: "string" } },
    required: ["city"], additionalProperties: false,
};

for (const model of ["gpt-4o", "claude-3-5-sonnet-20241022"]) {
    test(`openai, ${model}: a chat, whole and streamed`, async () => {
        const request = { model, messages, temperature: 0 };
        const whole = await openai.chat.completions.create(request);
        assert.equal(whole.object, "chat.completion");
        assert.match(whole.choices[0].message.content, /Paris/);
        assert.equal(whole.choices[0].finish_reason, "stop");
        assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);

        const chunks = [];
        const asked = { ...request, stream: true, stream_options: { include_usage: true } };
        for await (const chunk of await openai.chat.completions.create(asked)) chunks.push(chunk);
        const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
        assert.equal(text, whole.choices[0].message.content);
        assert.equal(chunks[0].choices[0].delta.role, "assistant");
        assert.deepEqual(chunks.at(-1).choices, []);
        assert.equal(chunks.at(-1).usage.total_tokens, whole.usage.total_tokens);
    });

    test(`openai, ${model}: the stream helper`, async () => {
        const stream = openai.chat.completions.stream({ model, messages, temperature: 0 });
        let text = "";
        stream.on("content", (delta) => (text += delta));
        const said = await stream.finalChatCompletion();
        assert.match(text, /Paris/);
        assert.equal(said.choices[0].message.content, text);
    });

    test(`openai, ${model}: a tool is called, and its result is read`, async () => {
        let asked;
        const runner = openai.chat.completions.runTools({
            model, messages: weatherQuestion, temperature: 0,
            tools: [{
                type: "function",
                function: {
                    name: "get_weather", description: "Get the weather in a city.", parameters,
                    parse: JSON.parse, function: (given) => ((asked = given), '{"temperature": 21}'),
                },
            }],
        });
        assert.equal(typeof (await runner.finalContent()), "string");
        assert.equal(typeof asked?.city, "string");
    });

    test(`openai, ${model}: a stream of a call`, async () => {
        const stream = openai.chat.completions.stream({
            model, messages: weatherQuestion, temperature: 0, tool_choice: "required",
            tools: [{ type: "function", function: { name: "get_weather", parameters } }],
        });
        const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0];
        assert.equal(finish_reason, "tool_calls");
        assert.equal(message.content, null);
        assert.equal(message.tool_calls[0].function.name, "get_weather");
        assert.equal(typeof JSON.parse(message.tool_calls[0].function.arguments).city, "string");
    });

    test(`openai, ${model}: an answer is parsed`, async () => {
        const said = await openai.chat.completions.parse({
            model, messages, seed: 3,
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
        assert.ok(["small", "large"].includes(said.choices[0].message.parsed.size));
    });
}

test("openai: embeddings", async () => {
    const input = ["The capital of France is Paris.", "A second text."];
    const model = "text-embedding-3-small";
    const made = await openai.embeddings.create({ model, input });  // as base64, by itself
    const numbers = await openai.embeddings.create({ model, input, encoding_format: "float" });
    assert.equal(made.data.length, 2);
    assert.deepEqual([...made.data[1].embedding].map(Math.fround), numbers.data[1].embedding.map(Math.fround));
    const short = await openai.embeddings.create({ model, input: input[0], dimensions: 8 });
    assert.equal(short.data[0].embedding.length, 8);
    assert.ok(made.usage.prompt_tokens > 2);
});

test("openai: models and errors", async () => {
    const ids = (await openai.models.list()).data.map((model) => model.id);
    for (const id of ["gpt-4o", "claude-3-5-sonnet-20241022"]) assert.ok(ids.includes(id), ids.join());
    await assert.rejects(openaiOf("wrong").models.list(), { status: 401 });
    await assert.rejects(openai.chat.completions.create({ model: "none", messages }),
        { status: 404, code: "model_not_found" });
    await assert.rejects(openai.chat.completions.create({ model: "gpt-4o", messages, temperature: 9 }),
        { status: 400, type: "invalid_request_error" });
});

for (const model of ["claude-3-5-sonnet-20241022", "gpt-4o"]) {
    test(`anthropic, ${model}: a message, whole and streamed`, async () => {
        const request = { model, messages, max_tokens: 64, temperature: 0 };
        const whole = await anthropic.messages.create(request);
        assert.equal(whole.type, "message");
        assert.match(whole.content.at(-1).text, /Paris/);
        assert.equal(whole.stop_reason, "end_turn");
        assert.ok(whole.usage.input_tokens > 0 && whole.usage.output_tokens > 0);

        const kinds = [];
        for await (const event of await anthropic.messages.create({ ...request, stream: true })) kinds.push(event.type);
        assert.equal(kinds[0], "message_start");
        assert.equal(kinds.at(-1), "message_stop");
    });

    test(`anthropic, ${model}: the stream helper`, async () => {
        const request = { model, messages, max_tokens: 64, temperature: 0 };
        const stream = anthropic.messages.stream(request);
        let text = "";
        stream.on("text", (delta) => (text += delta));
        const said = await stream.finalMessage();
        const whole = await anthropic.messages.create(request);
        assert.match(text, /Paris/);
        assert.deepEqual(said.content, whole.content);
        assert.equal(said.stop_reason, whole.stop_reason);
        assert.equal(said.usage.output_tokens, whole.usage.output_tokens);
        assert.equal(said.usage.input_tokens, whole.usage.input_tokens);
    });

    test(`anthropic, ${model}: a tool is called, and its result is read`, async () => {
        const request = {
            model, max_tokens: 128, temperature: 0,
            tools: [{ name: "get_weather", description: "Get the weather in a city.", input_schema: parameters }],
        };
        const said = await anthropic.messages.stream(
            { ...request, messages: weatherQuestion, tool_choice: { type: "any" } }).finalMessage();
        assert.equal(said.stop_reason, "tool_use");
        const call = said.content.find((block) => block.type === "tool_use");
        assert.equal(call.name, "get_weather");
        assert.equal(typeof call.input.city, "string");
        const next = await anthropic.messages.create({
            ...request,
            messages: [
                ...weatherQuestion, { role: "assistant", content: said.content },
                { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "21 degrees" }] },
            ],
        });
        assert.equal(next.role, "assistant");
    });
}

test("anthropic: models and errors", async () => {
    const ids = [];
    for await (const model of anthropic.models.list()) ids.push(model.id);
    assert.ok(ids.includes("claude-3-5-sonnet-20241022"), ids.join());
    const ask = (client, more) => client.messages.create(
        { model: "claude-3-5-sonnet-20241022", messages, max_tokens: 8, ...more });
    await assert.rejects(ask(anthropicOf("wrong")), { status: 401 });
    await assert.rejects(ask(anthropic, { model: "none" }), { status: 404 });
    await assert.rejects(ask(anthropic, { max_tokens: undefined }), { status: 400 });
    await assert.rejects(anthropic.messages.countTokens({ model: "claude-3-5-sonnet-20241022", messages }),
        (error) => error.status === 404 && error.error.type === "error");
});

test("openai: a transcription, in its forms and streamed", async () => {
    const registered = await fetch(`${url}/_tessera/cortex/transcripts`, {
        method: "POST", headers: { "content-type": "application/json" },
        body: JSON.stringify({
            file_name: "talk.wav",
            segments: [{ text: "Hello there.", start: 0, end: 1.5 }, { text: "Bye.", start: 2, end: 3 }],
        }),
    });
    assert.equal(registered.status, 204);
    const file = new File(["sound"], "talk.wav"), model = "whisper-1";
    const create = (more) => openai.audio.transcriptions.create({ file, model, ...more });
    assert.equal((await create()).text, "Hello there. Bye.");
    assert.equal(await create({ response_format: "text" }), "Hello there. Bye.\n");
    assert.match(await create({ response_format: "vtt" }), /^WEBVTT\n\n00:00:00\.000 --> 00:00:01\.500\n/);
    const verbose = await create({
        response_format: "verbose_json", timestamp_granularities: ["word", "segment"],
    });
    assert.equal(verbose.words.length, 3);
    assert.equal(verbose.segments[1].start, 2);

    const events = [];
    for await (const event of await create({ stream: true })) events.push(event);
    const last = events.pop();
    assert.equal(last.type, "transcript.text.done");
    assert.equal(events.map((event) => event.delta).join(""), last.text);
    assert.equal(last.text, "Hello there. Bye.");
    await assert.rejects(create({ file: new File(["x"], "talk.txt") }), { status: 400 });
});
