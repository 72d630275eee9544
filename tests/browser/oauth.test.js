// What a person does with OAuth: reads, chooses, clicks.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";

const url = process.env.TESSERA_URL;
const gateway = `${url}/cortex`;
let browser, page, complaints;

before(async () => {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM });
});
after(() => browser.close());
beforeEach(async () => {
    page = await new_person();
    complaints = [];
    page.on("console", (message) => {
        if (!message.location().url.endsWith("/favicon.ico")) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
});
afterEach(async () => {
    await page.context().close();
    for (const provider of ["google", "anthropic", "qwen", "openrouter"]) await sign_out(provider);
});

const new_person = async () => (await browser.newContext()).newPage();
const begin = (provider, query = "") => page.goto(`${gateway}/oauth/${provider}/authorize${query}`);
const text_of = (of) => of.locator("body").innerText();
const status = async (provider) => (await fetch(`${gateway}/oauth/${provider}/status`)).json();
const sign_out = (provider) => fetch(`${gateway}/oauth/${provider}/token`, { method: "DELETE" });

// What a click would send, without going where the answer leads.
async function decide(decision, ticket) {
    const form = { ticket: ticket ?? (await page.locator("input[name=ticket]").inputValue()), user: "ada", decision };
    return page.request.post(`${url}/identity/authorize`, { form, maxRedirects: 0 });
}

async function comes_true(condition) {
    for (const end = Date.now() + 20_000; !(await condition()); ) {
        assert.ok(Date.now() < end, "it does not come true");
        await new Promise((go) => setTimeout(go, 50));
    }
}

test("Allow gives the gateway a token", async () => {
    await begin("google");
    assert.equal(await page.title(), "Allow access?");
    assert.match(page.url(), /\/identity\/authorize\?/);
    assert.match(await text_of(page), /tessera's gateway, for google asks for access/);
    assert.equal(await page.evaluate(() => document.cookie), "", "cookies are none of a page's business");
    await page.click("#allow");
    const shown = JSON.parse(await text_of(page));
    assert.equal(shown.success, true);
    assert.equal(shown.provider, "google");
    const now = await status("google");
    assert.equal(now.authenticated, true);
    assert.equal(now.expires_at, shown.expires_at);
    assert.deepEqual(complaints, []);
});

test("Deny gives it nothing", async () => {
    await begin("google");
    const [answer] = await Promise.all([page.waitForNavigation(), page.click("#deny")]);
    assert.equal(answer.status(), 400);
    assert.match(answer.headers()["content-type"], /^text\/plain/);
    assert.equal(await text_of(page), "OAuth error: access_denied - User denied access");
    assert.equal((await status("google")).authenticated, false);
});

test("a person chooses who they are and what they give", async () => {
    await begin("anthropic");
    await page.getByLabel("Alan Turing").check();
    await page.getByLabel("user:profile").uncheck();
    await page.getByRole("button", { name: "Allow" }).click();
    await comes_true(async () => (await status("anthropic")).authenticated);
    assert.deepEqual((await status("anthropic")).scopes, ["user:inference"]);
});

test("the browser ends where the program wants it, and tells it no secret", async () => {
    const asked = [];
    const program = createServer((request, response) => {
        asked.push(request);
        response.setHeader("content-type", "text/html");
        response.end("<title>Welcome back</title>");
    }).listen(0, "127.0.0.1");
    await once(program, "listening");
    const place = `http://127.0.0.1:${program.address().port}/done?a=b`;
    // Under the other name of this machine, which is another origin with other cookies.
    const here = gateway.replace("127.0.0.1", "localhost");
    await page.goto(`${here}/oauth/openrouter/authorize?redirect_url=${encodeURIComponent(place)}`);
    await page.click("#allow");
    await page.waitForURL(place);
    assert.equal(await page.title(), "Welcome back");
    const first = asked.find((request) => request.url.startsWith("/done"));
    assert.equal(first.url, "/done?a=b");
    assert.equal(first.headers.referer, undefined);
    assert.deepEqual(await status("openrouter"), {
        provider: "openrouter",
        configured: true,
        authenticated: true,
        token_type: "permanent",
    });
    program.close();
    program.closeAllConnections();
});

test("a link that comes back works in its own browser, and once", async () => {
    await begin("google");
    const answer = await decide("allow");
    const link = answer.headers().location;
    const other = await new_person();
    const refused = await other.goto(link);
    assert.equal(refused.status(), 400);
    assert.match(await text_of(other), /of another provider or browser/);
    await other.context().close();
    assert.equal((await page.goto(link)).status(), 400, "it is used up");
    assert.equal((await status("google")).authenticated, false);
});

test("a page that was answered is answered once", async () => {
    await begin("google");
    const ticket = await page.locator("input[name=ticket]").inputValue();
    await page.click("#deny");
    await page.waitForURL("**/callback?*");
    const again = await decide("allow", ticket);
    assert.equal(again.status(), 400);
    assert.match(await again.text(), /This page is too old/);
    assert.equal((await status("google")).authenticated, false);
});

test("a device is let in by its link", async () => {
    const begun = await (await fetch(`${gateway}/oauth/qwen/device`, { method: "POST" })).json();
    await page.goto(begun.verification_uri_complete);
    assert.ok((await text_of(page)).includes(begun.user_code));
    await page.click("#allow");
    assert.match(await text_of(page), /The device is connected/);
    await comes_true(async () => (await status("qwen")).authenticated);
    assert.deepEqual(complaints, []);
});

test("a device is kept out by its code", async () => {
    const begun = await (await fetch(`${gateway}/oauth/qwen/device`, { method: "POST" })).json();
    await page.goto(begun.verification_uri);
    await page.getByRole("textbox").fill("BCDF-GHJK");
    await page.getByRole("button", { name: "Go on" }).click();
    assert.equal(await page.getByRole("alert").innerText(), "No device waits under this code.");
    await page.getByRole("textbox").fill(begun.user_code.toLowerCase());
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Deny" }).click();
    assert.match(await text_of(page), /Access denied/);
    const poll = () => fetch(`${gateway}/oauth/qwen/device/poll`, { method: "POST" });
    await comes_true(async () => (await (await poll()).json()).error === "access_denied");
    assert.equal((await status("qwen")).authenticated, false);
});
